export { pretrain, resumePretrain, type PretrainOptions } from './pretrain.ts';
export { pretrainSettings, type PretrainSettings } from './pretrain-settings.ts';
export { finetune, resumeFinetune, type FinetuneOptions } from './finetune.ts';
export {
  finetuneSettings,
  finetuneSettingsOf,
  segResNetFinetuneSettings,
  type FinetunedNetworkName,
  type FinetuneSettings,
} from './finetune-settings.ts';
export type { DataSource } from './data-source.ts';
export { classify, resumeClassify, type ClassifyOptions } from './classify.ts';
export { classifySettings, type ClassifySettings } from './classify-settings.ts';
export { RunFolder, type Metrics, type RunDocument } from './run-folder.ts';
export { loadPretrainedRun, type PretrainedRun } from './pretrained-run.ts';
