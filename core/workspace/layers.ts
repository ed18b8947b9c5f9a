import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import { voxelCount } from '../imaging/index.ts';
import { makeFolder, namesIn } from './folders.ts';
import { checkedId, newId } from './ids.ts';
import type { LabelArray } from '../labelling/label-delta.ts';
import { createJournal, LAYER_DOCUMENT, readLayer, snapshotName, writeLabelMap, writeLayer } from './layer-files.ts';
import { listDocuments, type Listing } from './scans.ts';
import type { LayerDocument, ScanDocument } from './schemas.ts';
import { checkSegments } from './segment-table.ts';
import { moveBack } from './trash.ts';

export interface NewLayer {
  /** From `newId`, where it was needed before the layer was; a new one unless given. */
  readonly id?: string;
  readonly name: string;
  readonly labels?: LayerDocument['labels'];
  /** 'label' unless given. */
  readonly kind?: LayerDocument['kind'];
  /** The first state, on the grid of the scan (see `checkLabels`); empty unless given. 16 bits for values above 255. */
  readonly initial?: LabelArray;
  /** For an empty layer; 'uint8' unless given. */
  readonly type?: LayerDocument['type'];
  /** Id or SHA-256 of the model that drew the first state. */
  readonly model?: string;
  /** The first state is what several layers say together. */
  readonly consensus?: true;
}

/** Makes a layer: first state, journal, document last. @throws TesseraError `grid-mismatch`, `bad-labels`, `write-failed` */
export async function createLayer(labelsFolder: string, scan: ScanDocument, layer: NewLayer, author: string): Promise<LayerDocument> {
  const { name, labels = [], kind, initial, model, consensus } = layer;
  const { dims } = scan.geometry;
  const voxels = voxelCount(dims);
  if (initial !== undefined && initial.length !== voxels) {
    throw new TesseraError('grid-mismatch', `The label map has ${initial.length} voxels, its scan ${voxels}.`, {
      advice: 'Resample it onto the scan with nearest-neighbour interpolation.',
    });
  }
  const wide = initial === undefined ? layer.type === 'uint16' : initial instanceof Uint16Array;
  const first = initial ?? (wide ? new Uint16Array(voxels) : new Uint8Array(voxels));
  const document: LayerDocument = {
    id: layer.id === undefined ? newId() : checkedId(layer.id),
    scan: scan.id,
    name,
    created: new Date().toISOString(),
    author,
    ...(kind === undefined ? {} : { kind }),
    type: wide ? 'uint16' : 'uint8',
    dims: [dims[0], dims[1], dims[2]],
    ...(model === undefined ? {} : { model }),
    ...(consensus === undefined ? {} : { consensus }),
    labels: [...labels],
    labelsAfter: 0,
  };
  checkSegments(document.labels, document.type);
  const folder = layerFolder(labelsFolder, scan.id, document.id);
  await makeFolder(folder);
  await writeLabelMap(join(folder, snapshotName(0)), first, scan.geometry);
  await createJournal(folder, 0);
  await writeLayer(folder, document);
  return document;
}

export async function listLayers(labelsFolder: string, scanId: string): Promise<Listing<LayerDocument>> {
  const names = await namesIn(join(labelsFolder, checkedId(scanId)));
  return listDocuments(names, (id) => readLayerDocument(labelsFolder, scanId, id));
}

/** Brings a layer back out of the trash, which is cut as the folder of labels is. @throws TesseraError as `moveBack` */
export async function restoreLayer(labelsFolder: string, trash: string, scanId: string, id: string): Promise<void> {
  await moveBack(layerFolder(trash, scanId, id), layerFolder(labelsFolder, scanId, id), LAYER_DOCUMENT);
}

export function readLayerDocument(labelsFolder: string, scanId: string, id: string): Promise<LayerDocument> {
  return readLayer(layerFolder(labelsFolder, scanId, id));
}

export function layerFolder(labelsFolder: string, scanId: string, id: string): string {
  return join(labelsFolder, checkedId(scanId), checkedId(id));
}
