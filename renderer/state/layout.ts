import type { Plane } from '../scene/index.ts';
import { oneOf, readStored, writeStored, type KeyValueStore } from './stored.ts';

export type Layout = 'one' | 'row' | 'four' | 'big3d';
export type PaneKind = Plane | '3d';

export const LAYOUTS: readonly Layout[] = ['one', 'row', 'four', 'big3d'];

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

/** The panes of a layout in reading order. @param active the pane that 1 x 1 shows */
export function panesOf(layout: Layout, active: PaneKind): readonly PaneKind[] {
  if (layout === 'one') return [active];
  return layout === 'row'
    ? ['axial', 'coronal', 'sagittal']
    : layout === 'four'
      ? ['axial', '3d', 'coronal', 'sagittal']
      : ['3d', 'axial', 'coronal', 'sagittal'];
}
