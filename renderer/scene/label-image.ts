import type { Box } from '../../core/imaging/box.ts';
import type { Geometry } from '../../core/imaging/volume.ts';
import type { LabelArray } from '../../core/labelling/index.ts';
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

/** Voxels that were written in place. */
export interface VoxelChange {
  /** Where; anywhere without it. */
  readonly box?: Box;
  /** An edit has ended: the drawn numbers that gained or lost voxels by it. Their surfaces are made again. */
  readonly values?: ReadonlySet<number>;
}

/** What changed: only the looks, or voxels. */
export type LabelChange = 'looks' | VoxelChange;

const UNSEEN: SegmentLook = { colour: '#000000', opacity: 0, visible: false };

/**
 * A label map as views show it, shared by all of them: which segment each voxel belongs to, and how each segment looks. A segment
 * without a look is not drawn. Views hold no copy of the voxels.
 */
export class LabelImage {
  readonly geometry: Geometry;
  /** As they are stored, i fastest; 0 is background. Whoever writes them calls {@link changed}. */
  readonly stored: LabelArray;
  /** As they are drawn: the stored ones, or of a 16-bit label map a copy with a number up to 255 for each. */
  readonly voxels: Uint8Array;
  readonly #places: Map<number, number> | undefined;
  /** The same for every stored value, 0 where it has none yet: a label map of 16 bits is looked up in it voxel by voxel. */
  readonly #table = new Uint8Array(65536);
  readonly #looks = new Map<number, SegmentLook>();
  readonly #listeners = new ChangeListeners<LabelChange>();

  /** @throws RangeError on a wrong number of voxels */
  constructor(geometry: Geometry, stored: LabelArray, looks: ReadonlyMap<number, SegmentLook> = new Map()) {
    if (stored.length !== voxelCount(geometry.dims))
      throw new RangeError(`${stored.length} labels instead of ${voxelCount(geometry.dims)}`);
    this.geometry = geometry;
    this.stored = stored;
    if (stored instanceof Uint8Array) this.voxels = stored;
    else {
      const { voxels, values } = labelsFrom16Bit(stored);
      this.voxels = voxels;
      this.#places = new Map(values);
      for (const [value, place] of values) this.#table[value] = place;
    }
    for (const [value, look] of looks) this.#looks.set(value, look);
  }

  /** The number that stands for a stored value where it is drawn; beyond 255 segments some share one. */
  drawn(value: number): number {
    const places = this.#places;
    if (places === undefined || value === 0) return value;
    let place = places.get(value);
    if (place === undefined) {
      place = freePlace(value, new Set(places.values())) ?? 1 + ((value - 1) % 255);
      places.set(value, place);
      this.#table[value] = place;
    }
    return place;
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

  /** Voxels were written in place (a segmentation that grows, a brush): slices draw again, surfaces when an edit has ended. */
  changed(change: VoxelChange = {}): void {
    if (this.#places !== undefined) this.#redraw(change.box);
    this.#listeners.tell(change);
  }

  /** @returns a function that ends the listening */
  onChange(listener: (change: LabelChange) => void): () => void {
    return this.#listeners.add(listener);
  }

  #redraw(box: Box | undefined): void {
    const { dims } = this.geometry;
    const { start, size } = box ?? { start: [0, 0, 0], size: dims };
    const [stored, voxels, table] = [this.stored, this.voxels, this.#table];
    for (let k = start[2]; k < start[2] + size[2]; k++)
      for (let j = start[1]; j < start[1] + size[1]; j++) {
        const row = start[0] + dims[0] * (j + dims[1] * k);
        for (let at = row; at < row + size[0]; at++) {
          const value = stored[at] as number;
          const place = table[value] as number;
          voxels[at] = value !== 0 && place === 0 ? this.drawn(value) : place;
        }
      }
  }
}

function freePlace(value: number, taken: ReadonlySet<number>): number | undefined {
  if (value < 256 && !taken.has(value)) return value;
  for (let place = 1; place < 256; place++) if (!taken.has(place)) return place;
  return undefined;
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
