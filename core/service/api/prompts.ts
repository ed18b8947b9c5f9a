import * as z from 'zod';
import { intensitySettings } from '../../imaging/intensity.ts';
import { count, geometry, id, pointLps } from './common.ts';

/** Points of all scribbles of a request. */
const MOST_POINTS = 20_000;

/** What a person showed of a structure: places that belong to it, or do not, and boxes around all of it. */
export const prompt = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('point'), positive: z.boolean(), point: pointLps }),
  z.object({ kind: z.literal('scribble'), positive: z.boolean(), points: z.array(pointLps).min(1).max(MOST_POINTS) }),
  z.object({ kind: z.literal('box'), from: pointLps, to: pointLps }),
]);
export type PromptDocument = z.infer<typeof prompt>;

const prompts = z.array(prompt).max(1000);
/** Where the structure may lie; nothing is proposed elsewhere. */
const within = z.object({ from: pointLps, to: pointLps }).exactOptional();
/** A pre-trained model; without a checkpoint its newest. */
const ofModel = { model: id, checkpoint: count.exactOptional() };

/** Without prompts the features of the scan are made ready, so that the first answer is quick. */
export const promptsRequest = z.object({ ...ofModel, prompts, within });
export type PromptsRequest = z.infer<typeof promptsRequest>;

/** The answer is an edit frame: this, and the proposed mask as a change from an empty label map (0 to 1) on the scan's grid. */
export const promptsResult = z.object({ voxels: count, milliseconds: z.number() });
export type PromptsResult = z.infer<typeof promptsResult>;

// Between host and engine.

export const promptSpaceInput = z.object({ ...ofModel, scan: id });
export type PromptSpaceInput = z.infer<typeof promptSpaceInput>;
/** What the engine keeps of a scan for prompts, beside the codes of its places. */
export const promptSpaceDocument = z.object({ geometry, width: count, intensity: intensitySettings });
export const promptsInput = promptsRequest.extend({ scan: id });
/** `missing`: the features must be made first. `delta`: the change in base64. */
export const promptsOutput = z.discriminatedUnion('state', [
  z.object({ state: z.literal('missing') }),
  promptsResult.extend({ state: z.literal('answered'), delta: z.base64() }),
]);
