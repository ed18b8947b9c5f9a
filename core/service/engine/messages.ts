import * as z from 'zod';
import { engineEvent, engineRequests, type EngineRequestName } from '../api/engine.ts';
import { errorDocument } from '../api/errors.ts';

// What host and engine say to each other over the channel of a forked child. Big arrays go through files.

const request = z.number().int();
const requestNames = Object.keys(engineRequests) as [EngineRequestName, ...EngineRequestName[]];

export const engineStart = z.object({
  type: z.literal('start'),
  /** Undefined loan: the workspace is open for reading only. */
  workspace: z.object({ folder: z.string(), loan: z.object({ token: z.string() }).optional() }),
  backend: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm']),
  threads: z.number().int().optional(),
});
export type EngineStart = z.infer<typeof engineStart>;

export const toEngine = z.discriminatedUnion('type', [
  engineStart,
  z.object({ type: z.literal('run'), request, name: z.enum(requestNames), input: z.unknown() }),
  z.object({ type: z.literal('cancel'), request }),
  /** Wait at the next good place (`breathe`), which the engine tells with `held`, until `go`. */
  z.object({ type: z.literal('hold'), request }),
  z.object({ type: z.literal('go'), request }),
  /** End, whatever is under way. */
  z.object({ type: z.literal('stop') }),
  /** The entry of the audit file is written, or why not. */
  z.object({ type: z.literal('audited'), entry: z.number().int(), error: errorDocument.optional() }),
]);
export type ToEngine = z.infer<typeof toEngine>;

export const fromEngine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** Sign of life of the engine's main thread. */
  z.object({ type: z.literal('beat'), residentBytes: z.number() }),
  z.object({ type: z.literal('progress'), request, stage: z.string(), done: z.number(), total: z.number() }),
  z.object({ type: z.literal('event'), request, event: engineEvent }),
  z.object({ type: z.literal('held'), request }),
  z.object({ type: z.literal('done'), request, result: z.unknown() }),
  z.object({ type: z.literal('failed'), request, error: errorDocument }),
  z.object({
    type: z.literal('audit'),
    entry: z.number().int(),
    what: z.string(),
    about: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    model: z.string().optional(),
  }),
]);
export type FromEngine = z.infer<typeof fromEngine>;
