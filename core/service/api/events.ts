import * as z from 'zod';
import { count, id } from './common.ts';
import { job } from './jobs.ts';
import { layerEdited } from './labels.ts';
import { layerGrown } from './layers.ts';
import { scanSummary } from './scans.ts';
import { engineState, workspaceSummary } from './status.ts';
import { runProgress } from './training.ts';

/** Kinds of server-sent events of GET /events; the event's name is the kind, its data the JSON of these. */
export const eventData = {
  job,
  /** Jobs that wait changed their turns: all of them, in their order. */
  'jobs-ordered': z.object({ ids: z.array(id) }),
  'scan-added': z.object({ scan: scanSummary }),
  'scan-removed': z.object({ id }),
  'scan-restored': z.object({ scan: scanSummary }),
  /** Another split is in use: scans have other parts. */
  'split-changed': z.object({ split: id }),
  'layer-changed': z.object({ scan: id, layer: id }),
  /** Somebody drew: all but the window whose `client` it is fetch the changes. */
  'layer-edited': layerEdited,
  /** A segmentation grew: the voxels in the box are new. */
  'layer-grown': layerGrown,
  metrics: runProgress,
  /** The work list is another one. */
  'work-changed': z.object({ sequence: count }),
  'comments-changed': z.object({ scan: id, sequence: count }),
  engine: z.object({ state: engineState }),
  workspace: z.object({ workspace: workspaceSummary.nullable() }),
  /** Events were missed: ask for everything anew. */
  resync: z.object({}),
};
export type EventKind = keyof typeof eventData;
export type EventData = { [K in EventKind]: z.infer<(typeof eventData)[K]> };
/** One event: its kind with the data of that kind. */
export type ServiceEvent = { [K in EventKind]: { readonly kind: K; readonly data: EventData[K] } }[EventKind];
