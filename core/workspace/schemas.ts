import * as z from 'zod';
import { affineLPS, geometryFromLPS, pointLPS, type Geometry } from '../imaging/index.ts';
import type { DocumentKind } from './documents.ts';

const id = z.string().regex(/^[0-9a-f]{8,64}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();
const count = z.number().int().min(0);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const size = z.number().int().min(1).max(65535);

/** Millimetres, LPS; `direction` holds the unit vectors of i, j and k. */
const geometry = z
  .object({
    dims: z.tuple([size, size, size]),
    spacing: triple,
    origin: triple,
    direction: z.tuple([triple, triple, triple]),
  })
  .transform((read): Geometry => {
    const result: Geometry = { ...read, origin: pointLPS(...read.origin) };
    geometryFromLPS(affineLPS(result), result.dims);
    return result;
  });

export const storedTypes = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64'] as const;
export type StoredType = (typeof storedTypes)[number];

const finding = z.object({
  code: z.string(),
  severity: z.enum(['note', 'warning']),
  message: z.string(),
  repair: z.enum(['even-spacing', 'straighten']).exactOptional(),
});

const workspaceSchema = z.object({ id, name: z.string(), created: time });
export type WorkspaceDocument = z.infer<typeof workspaceSchema>;
export const workspaceKind: DocumentKind<WorkspaceDocument> = {
  name: 'tessera-workspace',
  version: 1,
  schema: workspaceSchema,
  migrations: {},
};

const scanSchema = z.object({
  id,
  /** The name of its file or series where the user wants it kept. It may name the patient, and lies nowhere but here. */
  title: z.string().exactOptional(),
  added: time,
  /** 'DICOM', 'NIfTI-1': what it came from. */
  format: z.string(),
  /** 'CT', 'MR', where the source tells. */
  modality: z.string().exactOptional(),
  /** SHA-256 of the DICOM frame of reference: labels with the same mean the same place. */
  frameOfReference: sha256.exactOptional(),
  /** Which volume of its source it is, from 0, where that holds several. */
  volume: z.object({ index: count, of: count }).exactOptional(),
  geometry,
  /** Value = stored·slope + intercept. */
  slope: z.number(),
  intercept: z.number(),
  voxels: z.object({ file: z.literal('voxels.raw'), type: z.enum(storedTypes), bytes: count, sha256 }),
  /** SHA-256 of type, geometry, scaling and voxels. The id is its beginning. */
  content: sha256,
  /** SHA-256 of the files that it was read from. */
  sources: z.array(sha256),
  findings: z.array(finding),
});
export type ScanDocument = z.infer<typeof scanSchema>;
export const scanKind: DocumentKind<ScanDocument> = { name: 'tessera-scan', version: 1, schema: scanSchema, migrations: {} };

/** What a value of a label map stands for. */
const layerLabel = z.object({
  value: count.max(65535),
  name: z.string(),
  /** '#rrggbb', where the source of the labels gave one. */
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .exactOptional(),
  /** The concept of a terminology, where one is known: SNOMED CT and others. */
  code: z.object({ value: z.string(), scheme: z.string(), meaning: z.string() }).exactOptional(),
  /** How far the work on it is; 'todo' unless given. */
  state: z.enum(['todo', 'working', 'flagged', 'done']).exactOptional(),
  /** Tools leave its voxels alone. */
  locked: z.boolean().exactOptional(),
  /** Of a proposal: somebody rejected it. */
  hidden: z.boolean().exactOptional(),
});
export type LayerSegment = z.infer<typeof layerLabel>;

/** One place in the table of segments where some entries gave way to others. */
const segmentsChange = z.object({ at: count, before: z.array(layerLabel), after: z.array(layerLabel) });
export type SegmentsChange = z.infer<typeof segmentsChange>;

/** What a record of a journal says besides the change of voxels. */
export const changeDetails = z.object({
  /** Of the step, as undo calls it. */
  title: z.string(),
  /** Who did it. */
  author: z.string(),
  /** Name of the change, given by whoever asked for it, so that it is not done twice. */
  edit: z.string().exactOptional(),
  /** It goes on with the change before it: both are one step. */
  joins: z.literal(true).exactOptional(),
  segments: segmentsChange.exactOptional(),
});
export type ChangeDetails = z.infer<typeof changeDetails>;

/** Lies in whatever is in the trash. */
const removalSchema = z.object({ removed: time, by: z.string() });
export type RemovalDocument = z.infer<typeof removalSchema>;
export const removalKind: DocumentKind<RemovalDocument> = { name: 'tessera-removal', version: 1, schema: removalSchema, migrations: {} };

const layerSchema = z.object({
  id,
  scan: id,
  name: z.string(),
  created: time,
  author: z.string(),
  /** `proposal`: drawn by a model and not yet taken over by a person; `imported`: read from a file. */
  kind: z.enum(['label', 'proposal', 'imported']).exactOptional(),
  type: z.enum(['uint8', 'uint16']),
  dims: z.tuple([size, size, size]),
  /** The model that drew its first state, if one did. */
  model: z.string().exactOptional(),
  /** Its first state is what several layers say together. */
  consensus: z.literal(true).exactOptional(),
  labels: z.array(layerLabel),
  /** The change up to which `labels` holds those of the journals; missing in documents of version 1, whose journals had none. */
  labelsAfter: count.exactOptional(),
});
export type LayerDocument = z.infer<typeof layerSchema>;
/** Version 2: journals may hold changes of `labels`, too. */
export const layerKind: DocumentKind<LayerDocument> = {
  name: 'tessera-layer',
  version: 2,
  schema: layerSchema,
  migrations: { 1: (document) => document },
};

const versionSchema = z.object({
  id,
  name: z.string(),
  author: z.string(),
  time,
  /** Number of the last change that it holds. */
  sequence: count,
  /** The segments of the layer then; missing in early versions. */
  labels: z.array(layerLabel).exactOptional(),
});
export type VersionDocument = z.infer<typeof versionSchema>;
export const versionKind: DocumentKind<VersionDocument> = { name: 'tessera-version', version: 1, schema: versionSchema, migrations: {} };

const splitSchema = z
  .object({
    id,
    name: z.string(),
    created: time,
    author: z.string(),
    parts: z.record(z.string(), z.array(id)),
    /** What it was drawn with, where it was drawn. */
    seed: count.exactOptional(),
  })
  .refine(({ parts }) => new Set(Object.values(parts).flat()).size === Object.values(parts).flat().length, 'a scan is in it twice');
export type SplitDocument = z.infer<typeof splitSchema>;
export const splitKind: DocumentKind<SplitDocument> = { name: 'tessera-split', version: 1, schema: splitSchema, migrations: {} };
