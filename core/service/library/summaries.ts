import { createHash } from 'node:crypto';
import { orientationCode } from '../../imaging/index.ts';
import type { LayerDocument, ScanDocument } from '../../workspace/index.ts';
import type { LayerSummary } from '../api/layers.ts';
import type { ScanSummary } from '../api/scans.ts';
import { segmentDocuments } from './segments.ts';

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
    ...seriesOf(scan),
  };
}

/** What the volumes of one source have in common, where they lie on one grid; the name says nothing about the source. */
function seriesOf({ volume, sources, geometry }: ScanDocument): Pick<ScanSummary, 'series'> {
  if (volume === undefined || sources.length === 0) return {};
  const shared = JSON.stringify([[...sources].sort(), volume.of, geometry]);
  return { series: { id: createHash('sha256').update(shared).digest('hex').slice(0, 24), ...volume } };
}

/** @param changed when it last changed, as milliseconds since 1970 */
export function layerSummary(layer: LayerDocument, changed: number, entropy: boolean, edited = false): LayerSummary {
  const { model } = layer;
  return {
    id: layer.id,
    name: layer.name,
    kind: layer.kind ?? (model === undefined ? 'label' : 'proposal'),
    dims: [...layer.dims],
    storedType: layer.type,
    segments: segmentDocuments(layer.labels),
    ...(model === undefined ? {} : { model }),
    changed,
    ...(entropy ? { entropy } : {}),
    ...(edited ? { edited } : {}),
  };
}
