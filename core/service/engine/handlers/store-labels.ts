import { basename } from 'node:path';
import type { Geometry } from '../../../imaging/index.ts';
import { formatOf } from '../../../imaging/index.ts';
import { readLabels, type LabelsOfScan, type SegmentDescription } from '../../../imaging/segmentations/index.ts';
import type { LayerDocument } from '../../../workspace/index.ts';
import type { EngineContext } from '../context.ts';

export interface StoreLabelsOptions {
  /** The user's word that labels on another grid may be resampled (nearest voxel). */
  readonly resample?: boolean;
}

/**
 * Reads labels of any kind onto the grid of a scan and stores them as layers: more than one where segments overlap. Names, colours and codes
 * are kept.
 * @throws TesseraError as `readLabels`; `write-failed`, `read-only`
 */
export async function storeLabels(
  { workspace, task, emit }: EngineContext,
  scan: string,
  geometry: Geometry,
  path: string,
  { resample = false }: StoreLabelsOptions = {},
): Promise<{ scan: string; layer: string }[]> {
  const read = await readLabels(path, { scan: { geometry }, resample, signal: task.signal });
  const stem = basename(path).slice(0, basename(path).length - (formatOf(path)?.extension.length ?? 0));
  const stored: { scan: string; layer: string }[] = [];
  for (const [i, { labels, values }] of read.layers.entries()) {
    const name = read.layers.length === 1 ? stem : `${stem} ${i + 1}`;
    const layer = await workspace.createLayer(scan, { name, kind: 'imported', initial: labels, labels: labelsOf(read, values) });
    stored.push({ scan, layer: layer.id });
    emit({ kind: 'layer-stored', scan, layer: layer.id });
  }
  return stored;
}

function labelsOf({ segments }: LabelsOfScan, values: readonly number[]): LayerDocument['labels'] {
  return values.map((value) =>
    layerLabel(
      value,
      segments.find((segment) => segment.value === value),
    ),
  );
}

/** What a layer keeps of a segment. */
export function layerLabel(value: number, segment: SegmentDescription | undefined): LayerDocument['labels'][number] {
  if (segment === undefined) return { value, name: `label ${value}` };
  const { name, colour, type } = segment;
  return {
    value,
    name,
    ...(colour === undefined ? {} : { colour: `#${colour.map((channel) => channel.toString(16).padStart(2, '0')).join('')}` }),
    ...(type.scheme === 'SCT' && type.meaning === 'Tissue' ? {} : { code: { ...type } }),
  };
}
