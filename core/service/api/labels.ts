import * as z from 'zod';
import { count, id } from './common.ts';
import { layerSummary, segment } from './layers.ts';

// Drawing labels: what page and host say to each other about one layer.

/** Free text that people wrote. */
const text = z.string().min(1).max(200);
/** Who asks: a random name of one window, so that it knows its own changes again. */
const client = z.string().min(1).max(64);
/** A random name of one change. Asking for it again, when the answer got lost, does it once. */
const edit = z.string().min(8).max(64);

/** A segment as it is given: as in `segment`, with texts of sensible length. 0 is the background and no segment. */
const givenSegment = segment.extend({
  value: z.number().int().min(1).max(65535),
  name: z.string().min(1).max(1000),
  code: z.object({ value: z.string().max(64), scheme: z.string().max(64), meaning: z.string().max(1000) }).exactOptional(),
});
/** All segments of a layer in the order of its list; each value is there once. */
const givenSegments = z
  .array(givenSegment)
  .max(65535)
  .refine((segments) => new Set(segments.map(({ value }) => value)).size === segments.length, 'A value is there twice');

/** A layer as its changes left it. */
export const labelState = z.object({
  /** Number of its last change. */
  sequence: count,
  /** Steps that can be undone, and redone. */
  undo: count,
  redo: count,
  /** What they are called; null where there are none. */
  undoTitle: z.string().nullable(),
  redoTitle: z.string().nullable(),
  segments: z.array(segment),
});
export type LabelState = z.infer<typeof labelState>;

/** The JSON of an edit frame (core/labelling/edit-frame.ts); its delta is the change of voxels. */
export const editRequest = z.object({
  /** Number of the last change that the client knows; refused with `conflict` when it is not the last. */
  after: count,
  client,
  /** Of the step, as undo calls it. */
  title: text,
  /** All segments as they shall be; left out when they stay. */
  segments: givenSegments.exactOptional(),
  edit: edit.exactOptional(),
  /** Name of the change that this one goes on with, piece by piece: one step with it, as long as that was the last and segments stay. */
  joins: edit.exactOptional(),
});
export type EditRequest = z.input<typeof editRequest>;

/** Undo, redo, and bringing back a version. */
export const stepRequest = z.object({ after: count, client, edit: edit.exactOptional() });
export type StepRequest = z.infer<typeof stepRequest>;

export const newLayer = z.object({
  name: text,
  segments: givenSegments.exactOptional(),
  /** A layer of the scan whose voxels, and segments unless given, it begins with: a proposal that is taken over. */
  from: id.exactOptional(),
  /** `uint8` unless given, or that of `from`. */
  storedType: z.enum(['uint8', 'uint16']).exactOptional(),
});
export type NewLayer = z.input<typeof newLayer>;

export const renameLayer = z.object({ name: text });

/** A layer in the trash. */
export const removedLayer = z.object({ layer: layerSummary, removed: z.string(), by: z.string() });
export type RemovedLayer = z.infer<typeof removedLayer>;

export const labelVersion = z.object({
  id,
  name: z.string(),
  author: z.string(),
  time: z.string(),
  /** Number of the last change in it. */
  sequence: count,
});
export type LabelVersion = z.infer<typeof labelVersion>;

export const newVersion = z.object({ name: text });
export type NewVersion = z.infer<typeof newVersion>;

/** Of the event `layer-edited`: a change that is on the disk. */
export const layerEdited = z.object({ scan: id, layer: id, sequence: count, client: z.string() });
export type LayerEdited = z.infer<typeof layerEdited>;
