import './runes.ts';
import type { Triple } from '../../../core/imaging/volume.ts';
import type { LabelArray } from '../../../core/labelling/index.ts';
import type { Host } from '../../../renderer/api/host.ts';
import type { LayerSummary, Segment } from '../../../renderer/api/types.ts';
import { messagesOf } from '../../../renderer/messages/index.ts';
import { LabelImage, pointLPS, VolumeImage, type Geometry, type VoxelArray } from '../../../renderer/scene/index.ts';
import { Labelling, type LabellingRoom } from '../../../renderer/state/labelling.svelte.ts';
import { Organs } from '../../../renderer/state/organs.svelte.ts';
import { Toasts } from '../../../renderer/state/toasts.svelte.ts';
import { FakeLabelHost } from './fake-label-host.ts';

export function segment(value: number, name = `Segment ${value}`): Segment {
  return { value, name, colour: '#ff0000', state: 'todo', locked: false };
}

/** Voxels of 1 mm along the patient's axes. */
export function gridOf(dims: Triple): Geometry {
  const direction = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] as const; // prettier-ignore
  return { dims, spacing: [1, 1, 1], origin: pointLPS(0, 0, 0), direction };
}

export interface LabellingRoomSetup {
  readonly dims: Triple;
  readonly labels: LabelArray;
  readonly segments?: readonly Segment[];
  /** Of the scan. */
  readonly values?: VoxelArray;
}

/** A layer that is open to be drawn in, with a host in memory. @param more of the host, where the test asks for it */
export async function labellingRoom({ dims, labels, segments = [segment(1)], values }: LabellingRoomSetup, more: Partial<Host> = {}) {
  const port = new FakeLabelHost(labels, segments);
  const host = {
    labelState: () => port.state(),
    labels: async () => (await port.voxels()).slice().buffer,
    editLabels: (_scan: string, _layer: string, ...edit: Parameters<FakeLabelHost['edit']>) => port.edit(...edit),
    stepLabels: (_scan: string, _layer: string, ...step: Parameters<FakeLabelHost['step']>) => port.step(...step),
    restoreVersion: (_scan: string, _layer: string, ...version: Parameters<FakeLabelHost['restore']>) => port.restore(...version),
    labelChanges: (_scan: string, _layer: string, after: number) => port.changes(after),
    ...more,
  } as unknown as Host;
  const geometry = gridOf(dims);
  const store = { getItem: () => null, setItem: () => undefined };
  const organs = new Organs(host, store);
  const image = new LabelImage(geometry, labels.slice());
  organs.image = image;
  const volume = new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 255] });
  if (values) volume.setVoxels(values);
  const toasts = new Toasts();
  const words = messagesOf('en').labelling;
  const room: LabellingRoom = { organs, toasts, scan: () => 'scan', volume: () => volume, words: () => words };
  const labelling = new Labelling(host, store, room);
  await labelling.attend(summary(dims, labels, segments), image);
  return { labelling, port, organs, toasts, words, geometry };
}

export function summary(dims: Triple, labels: LabelArray, segments: readonly Segment[], id = 'layer'): LayerSummary {
  const storedType = labels instanceof Uint16Array ? 'uint16' : 'uint8';
  return { id, name: 'mine', kind: 'label', dims: [...dims], storedType, segments: [...segments], changed: 0 };
}
