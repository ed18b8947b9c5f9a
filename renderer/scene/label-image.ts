import type { Geometry } from '../../core/imaging/volume.ts';
import { ChangeListeners } from './change-listeners.ts';
import { voxelCount } from './grid.ts';

/** How one segment is drawn. */
export interface SegmentLook {
  /** #rrggbb */
  readonly colour: string;
  /** Of fill and surface, 0 to 1. */
  readonly opacity: number;
  readonly visible: boolean;
}

/** What changed: the voxels (in a box, where known, as first and last voxel) or only the looks. */
export type LabelChange = 'voxels' | 'looks';

const UNSEEN: SegmentLook = { colour: '#000000', opacity: 0, visible: false };

/**
 * A label map as views show it, shared by all of them: which segment each voxel belongs to, and how each segment looks. A segment
 * without a look is not drawn. Views hold no copy of the voxels.
 */
export class LabelImage {
  readonly geometry: Geometry;
  /** Uint8, i fastest; 0 is background. A 16-bit label map is taken through {@link labelsFrom16Bit} first. */
  readonly voxels: Uint8Array;
  readonly #looks = new Map<number, SegmentLook>();
  readonly #listeners = new ChangeListeners<LabelChange>();

  /** @throws RangeError on a wrong number of voxels */
  constructor(geometry: Geometry, voxels: Uint8Array, looks: ReadonlyMap<number, SegmentLook> = new Map()) {
    if (voxels.length !== voxelCount(geometry.dims))
      throw new RangeError(`${voxels.length} labels instead of ${voxelCount(geometry.dims)}`);
    this.geometry = geometry;
    this.voxels = voxels;
    for (const [value, look] of looks) this.#looks.set(value, look);
  }

  /** Segments that have a look, with it. */
  get looks(): ReadonlyMap<number, SegmentLook> {
    return this.#looks;
  }

  lookOf(value: number): SegmentLook {
    return this.#looks.get(value) ?? UNSEEN;
  }

  /** Changes colour, opacity or visibility of one segment. */
  setLook(value: number, change: Partial<SegmentLook>): void {
    this.setLooks([[value, change]]);
  }

  /** As {@link setLook}, for many at once; views draw once. */
  setLooks(changes: Iterable<readonly [number, Partial<SegmentLook>]>): void {
    for (const [value, change] of changes)
      this.#looks.set(value, { colour: '#ffffff', opacity: 1, visible: true, ...this.#looks.get(value), ...change });
    this.#listeners.tell('looks');
  }

  /** Voxels were written in place (a segmentation that grows, a brush): slices draw again. Surfaces are made again only when asked for. */
  changed(): void {
    this.#listeners.tell('voxels');
  }

  /** @returns a function that ends the listening */
  onChange(listener: (change: LabelChange) => void): () => void {
    return this.#listeners.add(listener);
  }
}

/**
 * A 16-bit label map as 8-bit: values up to 255 stay, larger ones take free numbers, in order of size.
 * @returns the labels, the number that each value became, and the values that found no place (more than 255 segments)
 */
export function labelsFrom16Bit(voxels: Uint16Array): {
  readonly voxels: Uint8Array;
  readonly values: ReadonlyMap<number, number>;
  readonly left: readonly number[];
} {
  const present = new Uint8Array(65536);
  for (let at = 0; at < voxels.length; at++) present[voxels[at] as number] = 1;
  const values = new Map<number, number>();
  const left: number[] = [];
  let free = 1;
  for (let value = 1; value < 65536; value++) {
    if (present[value] === 0) continue;
    if (value < 256) values.set(value, value);
    else {
      while (free < 256 && present[free] === 1) free++;
      if (free < 256) values.set(value, free++);
      else left.push(value);
    }
  }
  const table = new Uint8Array(65536);
  for (const [value, small] of values) table[value] = small;
  const out = new Uint8Array(voxels.length);
  for (let at = 0; at < voxels.length; at++) out[at] = table[voxels[at] as number] as number;
  return { voxels: out, values, left };
}
