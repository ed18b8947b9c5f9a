import * as z from 'zod';

export const backendSummary = z.object({
  name: z.enum(['tensorflow', 'webgpu', 'wasm']),
  device: z.enum(['cpu', 'gpu']),
  /** Why no better one is used; empty where there is none better. */
  why: z.string(),
});
export type BackendSummary = z.infer<typeof backendSummary>;

/** State of the process that computes. `dead`: it ended too often and is not started again until work is asked of it after a while. */
export const engineState = z.enum(['idle', 'starting', 'busy', 'restarting', 'dead']);
export type EngineState = z.infer<typeof engineState>;

export const workspaceSummary = z.object({
  name: z.string(),
  access: z.enum(['read', 'write']),
  /** Why nothing can be written. */
  reason: z.string().exactOptional(),
});
export type WorkspaceSummary = z.infer<typeof workspaceSummary>;

export const status = z.object({
  version: z.string(),
  /** Null until the engine was needed. */
  backend: backendSummary.nullable(),
  engine: engineState,
  workspace: workspaceSummary.nullable(),
  /** Whether the page is shown in the desktop window, which has native dialogs. */
  desktop: z.boolean(),
});
export type Status = z.infer<typeof status>;
