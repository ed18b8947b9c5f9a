import { ApiError } from '../api/errors.ts';
import type { Host } from '../api/host.ts';
import type { LabelVersion, LayerSummary, Segment } from '../api/types.ts';
import { applyDelta, type LabelArray, type LabelDelta } from '../../core/labelling/index.ts';
import { layerPort, readTogether } from './label-port.ts';

/** What a layer is compared with: another layer of the scan, or a kept version of its own. */
export interface OtherLayer {
  /** A layer's id, or that of a version. */
  readonly id: string;
  readonly name: string;
  /** Where it is a layer. */
  readonly layer: LayerSummary | undefined;
  readonly labels: LabelArray;
  readonly segments: readonly Segment[];
}

export async function readLayer(host: Host, scan: string, layer: LayerSummary): Promise<OtherLayer> {
  const { state, voxels } = await readTogether(layerPort(host, scan, layer));
  return { id: layer.id, name: layer.name, layer, labels: voxels, segments: state.segments };
}

/** @param segments those of the layer now: a version is compared by its numbers */
export async function readVersion(
  host: Host,
  scan: string,
  { id, dims, storedType }: LayerSummary,
  version: LabelVersion,
  segments: readonly Segment[],
): Promise<OtherLayer> {
  const voxels = dims[0] * dims[1] * dims[2];
  const bytes = await host.versionVoxels(scan, id, version.id, voxels * (storedType === 'uint16' ? 2 : 1));
  return {
    id: version.id,
    name: version.name,
    layer: undefined,
    labels: storedType === 'uint16' ? new Uint16Array(bytes) : new Uint8Array(bytes),
    segments,
  };
}

/** Marks a segment of a proposal as rejected, or takes that back: a step in the history of the proposal. @returns it as it is then */
export async function setHidden(
  host: Host,
  scan: string,
  client: string,
  other: OtherLayer,
  value: number,
  hidden: boolean,
  title: string,
): Promise<OtherLayer> {
  const change = (segments: readonly Segment[]): Segment[] =>
    segments.map((segment) => {
      if (segment.value !== value) return segment;
      return hidden ? { ...segment, hidden } : shownSegment(segment);
    });
  const segments = await edit(host, scan, client, other.id, title, { runs: new Uint32Array() }, change);
  return { ...other, segments };
}

/** Takes voxels out of a proposal: a step in its history. @returns it as it is then */
export async function removeVoxels(
  host: Host,
  scan: string,
  client: string,
  other: OtherLayer,
  delta: LabelDelta,
  title: string,
): Promise<OtherLayer> {
  const segments = await edit(host, scan, client, other.id, title, delta);
  const labels = other.labels.slice();
  applyDelta(labels, delta);
  return { ...other, labels, segments };
}

/** The segment as one that nobody rejected. */
export function shownSegment({ value, name, colour, code, state, locked }: Segment): Segment {
  return { value, name, colour, ...(code ? { code } : {}), state, locked };
}

/** Another window may be faster: then once more. */
async function edit(
  host: Host,
  scan: string,
  client: string,
  layer: string,
  title: string,
  delta: LabelDelta,
  change?: (segments: readonly Segment[]) => Segment[],
): Promise<readonly Segment[]> {
  for (let tries = 0; ; tries++) {
    const { sequence, segments } = await host.labelState(scan, layer);
    const named = { after: sequence, client, title, edit: crypto.randomUUID(), ...(change ? { segments: change(segments) } : {}) };
    try {
      return (await host.editLabels(scan, layer, named, delta)).segments;
    } catch (error) {
      if (!(error instanceof ApiError && error.report.code === 'conflict') || tries === 2) throw error;
    }
  }
}
