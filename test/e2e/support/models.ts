import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { program, samples } from './places.ts';

/** Bundled scans that the autoencoder learns from; the stories open another one. */
const CASES = 10;
const hippocampus = join(samples, 'hippocampus');
const set = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);

/** One of the bundled MR crops, its labels, and what those mean. */
export const sample = (name: string): string => join(hippocampus, 'images', `${name}.nii.gz`);
export const sampleLabels = (name: string): string[] => [join(hippocampus, 'labels', `${name}.nii.gz`), join(hippocampus, 'labels.json')];

/** A UNETR that was trained before: folder of a model. */
export const tinySegmentation = join(import.meta.dirname, '..', 'models', 'tiny-unetr');

/** A masked autoencoder of a few steps. @returns its run folder */
export async function tinyPretraining(folder: string, epochs: number): Promise<string> {
  const run = join(folder, 'tiny GL-MAE');
  const small = { width: '48', depth: '3', heads: '3', 'decoder.width': '48', 'decoder.depth': '1', 'decoder.heads': '2' };
  const views = { hidden: '16', out: '8', globalSize: '32,48,32', localSize: '16,24,16', locals: '2', batch: '4', learningRate: '0.003' };
  await tessera([
    'pretrain',
    '--data',
    data(folder, CASES),
    '--out',
    run,
    '--recipe',
    'hippocampus',
    ...set({ ...small, ...views }),
    '--epochs',
    String(epochs),
  ]);
  return run;
}

async function tessera(args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [program, ...args, '--seed', '5'], { maxBuffer: 2 ** 26 });
}

/** A data folder of the first bundled crops. */
function data(folder: string, cases: number): string {
  const out = join(folder, 'data');
  for (const part of ['images', 'labels']) {
    mkdirSync(join(out, part), { recursive: true });
    for (const name of readdirSync(join(hippocampus, part)).sort().slice(0, cases))
      cpSync(join(hippocampus, part, name), join(out, part, name));
  }
  cpSync(join(hippocampus, 'labels.json'), join(out, 'labels.json'));
  return out;
}
