export { pretrain, resumePretrain, type PretrainOptions } from './pretrain.ts';
export { pretrainSettings, type PretrainSettings } from './pretrain-settings.ts';
