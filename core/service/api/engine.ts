import * as z from 'zod';
import { box, dims, id, range, triple } from './common.ts';
import {
  consistencyRequest,
  consistencyResult,
  featuresRequest,
  featuresResult,
  inspectRequest,
  inspectResult,
  inspectView,
  similarRequest,
  similarResult,
  warmUpRequest,
} from './inspect.ts';
import { improveRequest, modelHistory } from './improvements.ts';
import { jobResult } from './jobs.ts';
import { layerSummary, segmentStatistics } from './layers.ts';
import { exportedModel, modelCard, modelChoiceOf } from './model-card.ts';
import { modelSummary } from './models.ts';
import { promptsInput, promptSpaceInput, promptsOutput } from './prompts.ts';
import { rankInput, ranking } from './ranking.ts';
import { preflightCard, preflightViews, preflightViewsRequest } from './preflight.ts';
import { settingsKind, trainingSettingsList } from './runs.ts';
import { backendSummary } from './status.ts';
import { consensusRequest, scanAgreement } from './work.ts';
import { newEvaluation } from './evaluations.ts';
import { newFinetuning, newPretraining, newTraining, runProgress } from './training.ts';

// What the host asks of the engine, between programs of one version. The page does not see it.

/** A file in the workspace's folder, relative to it, with forward slashes. */
const file = z.string();

/** Files that an import reads: those the user uploaded or chose, files or folders. Absolute. */
const paths = z.array(z.string()).min(1);

export const preparedVolume = z.object({
  range,
  levels: z.array(z.object({ level: z.number().int(), dims, spacing: triple, bytes: z.number(), file })),
});
export type PreparedVolume = z.infer<typeof preparedVolume>;

/**
 * Everything the engine can do. `uses`: which of the two engine processes does it, the one that computes or the light one beside it, which
 * never loads a tensor runtime.
 */
export const engineRequests = {
  /**
   * Makes the coarser levels of a scan in the cache, at once when they are there. Answers with all levels: level 0 is the scan's own
   * `scans/<id>/voxels.raw`.
   */
  'prepare-volume': { uses: 'light', input: z.object({ scan: id }), output: preparedVolume },
  /** A PNG of 128 pixels at most in the cache. */
  thumbnail: { uses: 'light', input: z.object({ scan: id }), output: z.object({ file }) },
  /** Reads scans and stores them in the workspace; emits `scan-stored` for each. */
  import: { uses: 'light', input: z.object({ paths }), output: jobResult },
  /** Reads a label map and stores it as layers of the scan; emits `layer-stored` for each. */
  'import-layer': {
    uses: 'light',
    /** `resample`: the user's word that labels on another grid may be brought onto the scan by the nearest voxel. */
    input: z.object({ scan: id, paths, resample: z.boolean().exactOptional() }),
    output: jobResult,
  },
  'import-model': { uses: 'light', input: z.object({ paths }), output: jobResult },
  'layer-statistics': { uses: 'light', input: z.object({ scan: id, layer: id }), output: z.array(segmentStatistics) },
  /** How far two layers of a scan agree; `tolerance` of the surface Dice in mm. */
  agreement: { uses: 'light', input: z.object({ scan: id, first: id, second: id, tolerance: z.number() }), output: scanAgreement },
  /** Makes a layer of what several say; emits `layer-stored`. */
  consensus: { uses: 'light', input: consensusRequest.extend({ scan: id }), output: z.object({ layer: id }) },
  'model-card': { uses: 'light', input: modelChoiceOf, output: modelCard },
  'export-model': { uses: 'light', input: modelChoiceOf, output: exportedModel },
  models: { uses: 'light', input: z.object({}), output: z.array(modelSummary) },
  /** Emits `layer-grown` as it goes and `layer-stored` for each scan that is done. */
  segment: {
    uses: 'accelerator',
    input: z.object({ model: id, scans: z.array(id).min(1), entropy: z.boolean() }),
    output: jobResult,
  },
  /**
   * Trains in the folder `runs/<run>`, or goes on with what lies there. Emits `metrics`. Gives way between steps, and keeps a checkpoint when it
   * is cancelled.
   */
  pretrain: { uses: 'accelerator', input: newPretraining.extend({ run: id }), output: jobResult },
  /** `trial`: take a few steps to tell the time. */
  preflight: { uses: 'accelerator', input: z.object({ job: newTraining, trial: z.boolean() }), output: preflightCard },
  'training-settings': { uses: 'light', input: z.object({ kind: settingsKind }), output: trainingSettingsList },
  'preflight-views': { uses: 'light', input: preflightViewsRequest, output: preflightViews },
  finetune: { uses: 'accelerator', input: newFinetuning.extend({ run: id }), output: jobResult },
  /** Keeps what came out as `evaluations/<id>/evaluation.json`. */
  evaluate: { uses: 'accelerator', input: newEvaluation, output: jobResult },
  /** Measures what speaks for labelling each scan next. */
  rank: { uses: 'accelerator', input: rankInput, output: jobResult },
  /** The order that follows from it for what is labelled now. */
  ranking: { uses: 'light', input: z.object({}), output: ranking },
  /** Fine-tunes in the folder `runs/<run>` on all labels that are done, and compares with the model in use. Emits `metrics`. */
  improve: { uses: 'accelerator', input: improveRequest.extend({ run: id }), output: jobResult },
  'model-history': { uses: 'light', input: z.object({}), output: modelHistory },
  /** Starts the tensor runtime and loads a network, so that the first question is answered sooner. */
  'warm-up': { uses: 'accelerator', input: warmUpRequest, output: z.object({}) },
  /** Needs no network, so it is answered while the other engine starts or trains. Volumes lie as `cache/views/<id>/<volume>.raw`. */
  'inspect-view': { uses: 'light', input: inspectRequest, output: inspectView },
  /** Volumes lie as `cache/inspect/<id>/<volume>.raw`. */
  inspect: { uses: 'accelerator', input: inspectRequest, output: inspectResult },
  /** Colours lie as `cache/features/<id>/features.raw`. */
  features: { uses: 'accelerator', input: featuresRequest, output: featuresResult },
  /** Cosines lie as `cache/similar/<id>/similar.raw`. */
  similar: { uses: 'accelerator', input: similarRequest, output: similarResult },
  consistency: { uses: 'accelerator', input: consistencyRequest, output: consistencyResult },
  /** Makes the features of a scan that prompts are answered with. */
  'prompt-features': { uses: 'accelerator', input: promptSpaceInput, output: z.object({}) },
  /** Needs the features only, so it is answered while the other engine trains. */
  prompts: { uses: 'light', input: promptsInput, output: promptsOutput },
} as const;

export type EngineRequestName = keyof typeof engineRequests;
export type EngineInput<N extends EngineRequestName> = z.infer<(typeof engineRequests)[N]['input']>;
export type EngineOutput<N extends EngineRequestName> = z.infer<(typeof engineRequests)[N]['output']>;

/** What a handler tells while it works. */
export const engineEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('scan-stored'), scan: id, added: z.boolean() }),
  z.object({ kind: z.literal('layer-stored'), scan: id, layer: id }),
  /**
   * A segmentation grew by the voxels of a box. `layer` describes it as it will be when it is stored under this id; its voxels so far lie in
   * `file` (raw, on the scan's grid), which goes when the layer is stored.
   */
  z.object({ kind: z.literal('layer-grown'), scan: id, layer: layerSummary, box, file }),
  runProgress.extend({ kind: z.literal('metrics') }),
  z.object({ kind: z.literal('backend'), backend: backendSummary }),
]);
export type EngineEvent = z.infer<typeof engineEvent>;
