import { orientationCode } from '../../imaging/index.ts';
import type { LayerDocument, ScanDocument } from '../../workspace/index.ts';
import type { LayerSummary } from '../api/layers.ts';
import type { ScanSummary } from '../api/scans.ts';
import { segmentColour } from './colours.ts';

/** @param layers how many it has @param split its part in the split that is in use */
export function scanSummary(scan: ScanDocument, layers: number, removed: boolean, split?: string): ScanSummary {
  const { geometry, voxels, modality } = scan;
  return {
    id: scan.id,
    title: scan.title ?? `${modality ?? scan.format} ${scan.id.slice(0, 6)}`,
    format: scan.format,
    ...(modality === undefined ? {} : { modality }),
    dims: [...geometry.dims],
    spacing: [...geometry.spacing],
    orientation: orientationCode(geometry),
    storedType: voxels.type,
    bytes: voxels.bytes,
    added: scan.added,
    findings: scan.findings.map((finding) => ({ ...finding })),
    layers,
    ...(split === undefined ? {} : { split }),
    removed,
  };
}

/** @param changed when it last changed, as milliseconds since 1970 */
export function layerSummary(layer: LayerDocument, changed: number, entropy: boolean): LayerSummary {
  const { model } = layer;
  return {
    id: layer.id,
    name: layer.name,
    kind: layer.kind ?? (model === undefined ? 'label' : 'proposal'),
    dims: [...layer.dims],
    storedType: layer.type,
    segments: layer.labels
      .filter(({ value }) => value > 0)
      .map(({ value, name, colour, code }) => ({
        value,
        name,
        colour: colour ?? segmentColour(value),
        ...(code === undefined ? {} : { code: { ...code } }),
        state: 'todo',
        locked: false,
      })),
    ...(model === undefined ? {} : { model }),
    changed,
    ...(entropy ? { entropy } : {}),
  };
}
