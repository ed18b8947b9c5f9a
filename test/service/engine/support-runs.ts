import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pretrainSettings } from '../../../core/learning/pretrain-settings.ts';
import { RunFolder } from '../../../core/learning/run-folder.ts';
import type { Workspace } from '../../../core/workspace/index.ts';

const tiny = join(import.meta.dirname, '..', '..', 'e2e', 'models', 'tiny-unetr');

/** What a run is said to have been made of. */
interface MadeOf {
  readonly cases: readonly { readonly id: string; readonly patient?: string }[];
  /** Id of the model whose weights it began with. */
  readonly from?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

async function writeRun(workspace: Workspace, kind: 'pretrain' | 'finetune', { cases, from, extra }: MadeOf): Promise<string> {
  const { id, path } = await workspace.newItem('runs');
  await RunFolder.create(path, {
    schema: 'tessera-run/1',
    kind,
    settings: kind === 'pretrain' ? pretrainSettings.parse({}) : {},
    seed: 0,
    data: { folder: 'scans', cases: cases.map((one) => ({ ...one, use: kind === 'pretrain' ? 'unlabelled' : 'training', sha256: '' })) },
    versions: {},
    started: new Date().toISOString(),
    extra: { name: kind, init: from === undefined ? null : join('elsewhere', 'runs', from), encoder: from ?? null, ...extra },
  });
  return id;
}

/** A pre-training run that is listed as a model, of which the weights are missing. */
export async function writePretrainedRun(workspace: Workspace, made: MadeOf): Promise<string> {
  const id = await writeRun(workspace, 'pretrain', made);
  mkdirSync(join(workspace.itemPath('runs', id), 'checkpoints'), { recursive: true });
  writeFileSync(join(workspace.itemPath('runs', id), 'checkpoints', 'step-1.safetensors'), '');
  return id;
}

/** A fine-tuning run whose model is the tiny UNETR. */
export async function writeFinetunedRun(workspace: Workspace, made: MadeOf): Promise<string> {
  const id = await writeRun(workspace, 'finetune', made);
  cpSync(tiny, join(workspace.itemPath('runs', id), 'model'), { recursive: true });
  return id;
}

/** The tiny UNETR as a model that was imported: no run lies beside it. */
export async function writeImportedModel(workspace: Workspace): Promise<string> {
  const { id, path } = await workspace.newItem('models');
  cpSync(tiny, path, { recursive: true });
  return id;
}
