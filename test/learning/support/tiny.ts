import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  RunFolder,
  finetuneSettings,
  pretrainSettings,
  segResNetFinetuneSettings,
  type FinetuneSettings,
  type Metrics,
  type PretrainSettings,
} from '../../../core/learning/index.ts';

const samples = join(import.meta.dirname, '..', '..', '..', 'resources', 'samples', 'hippocampus');

export const temporary = (): string => mkdtempSync(join(tmpdir(), 'tessera-learning-'));

/** A folder with the first few bundled hippocampus scans and their labels. */
export function smallData(cases: number): string {
  const folder = temporary();
  for (const part of ['images', 'labels']) {
    mkdirSync(join(folder, part));
    for (const name of readdirSync(join(samples, part)).sort().slice(0, cases)) cpSync(join(samples, part, name), join(folder, part, name));
  }
  cpSync(join(samples, 'labels.json'), join(folder, 'labels.json'));
  return folder;
}

const preparation = { intensity: { kind: 'zscore' }, foreground: false };

/** Steps of a few milliseconds. */
export function tinyPretraining(changes: Readonly<Record<string, unknown>> = {}): PretrainSettings {
  return pretrainSettings.parse({
    encoder: { width: 24, depth: 2, heads: 2, patch: [8, 8, 8] },
    decoder: { width: 12, depth: 1, heads: 2 },
    head: { hidden: 16, out: 8 },
    globalSize: [16, 24, 16],
    localSize: [8, 16, 16],
    locals: 2,
    batch: 2,
    epochs: 4,
    preparation,
    ...changes,
  });
}

export function tinyFinetuning(changes: Readonly<Record<string, unknown>> = {}): FinetuneSettings {
  return finetuneSettings.parse({
    width: 24,
    depth: 3,
    heads: 2,
    patch: [8, 8, 8],
    size: [24, 32, 24],
    features: 2,
    batch: 1,
    crops: 1,
    epochs: 4,
    validationShare: 0.34,
    validateEvery: 2,
    window: { overlap: 0 },
    preparation,
    ...changes,
  });
}

/** SegResNet with as few filters as its group norms allow. */
export function tinySegResNet(changes: Readonly<Record<string, unknown>> = {}): FinetuneSettings {
  return segResNetFinetuneSettings.parse({
    size: [16, 24, 16],
    filters: 8,
    blocksDown: [1, 1, 1, 1],
    batch: 1,
    crops: 1,
    epochs: 4,
    validationShare: 0.34,
    validateEvery: 2,
    window: { overlap: 0 },
    preparation,
    ...changes,
  });
}

export function checkpointBytes(folder: string, step: number): Buffer {
  return readFileSync(join(folder, 'checkpoints', `step-${step}.safetensors`));
}

/** What a run recorded, without what depends on the clock. */
export async function recorded(folder: string): Promise<Metrics[]> {
  const metrics = await (await RunFolder.open(folder)).run.metrics();
  const clock = new Set(['seconds', 'milliseconds', 'waiting', 'scansPerSecond']);
  return metrics.map((m) => Object.fromEntries(Object.entries(m).filter(([name]) => !clock.has(name))));
}
