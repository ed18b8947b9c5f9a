import type { Plane } from '../scene/index.ts';
import { oneOf, readStored, writeStored, type KeyValueStore } from './stored.ts';

/** `compare`: two linked panes of one plane. `oblique`: the three planes and one that is turned freely. */
export type Layout = 'one' | 'row' | 'four' | 'big3d' | 'compare' | 'oblique';
export type PaneKind = Plane | '3d' | 'oblique';

export const LAYOUTS: readonly Layout[] = ['one', 'row', 'four', 'big3d', 'compare', 'oblique'];

/** What the reader is doing; each has its own layout. */
export type Task = 'read' | 'organs' | 'fusion';

const FIRST: Readonly<Record<Task, Layout>> = { read: 'four', organs: 'four', fusion: 'row' };
const anyLayout = oneOf(...LAYOUTS);

export function storedLayout(store: KeyValueStore, task: Task): Layout {
  return readStored(store, `tessera.layout.${task}`, anyLayout, FIRST[task]);
}

export function storeLayout(store: KeyValueStore, task: Task, layout: Layout): void {
  writeStored(store, `tessera.layout.${task}`, layout);
}

const PANES: Readonly<Record<Exclude<Layout, 'one'>, readonly PaneKind[]>> = {
  row: ['axial', 'coronal', 'sagittal'],
  four: ['axial', '3d', 'coronal', 'sagittal'],
  big3d: ['3d', 'axial', 'coronal', 'sagittal'],
  compare: ['axial', 'coronal', 'sagittal'],
  oblique: ['axial', 'oblique', 'coronal', 'sagittal'],
};

/** The panes of a layout in reading order; of `compare` those it can show, one at a time. @param active the pane that 1 x 1 shows */
export function panesOf(layout: Layout, active: PaneKind): readonly PaneKind[] {
  return layout === 'one' ? [active] : PANES[layout];
}
