import type { Geometry, Triple, VoxelArray } from '../../core/imaging/volume.ts';
import { ChangeListeners } from './change-listeners.ts';
import { levelGeometry, voxelCount } from './grid.ts';

export interface VolumeDescription {
  /** The full grid, also while only a coarse level is there. */
  readonly geometry: Geometry;
  /** A value (HU) is stored·slope + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** Smallest and largest stored value. */
  readonly range: readonly [number, number];
  /** Numbers a voxel: 1, or 3 for colours (red, green, blue as uint8); default 1. */
  readonly components?: 1 | 3;
}

/** Voxels on the full grid or on a coarser one of the same space. */
export interface VolumeLevel {
  readonly geometry: Geometry;
  /** i fastest; not copied, so whoever filled it must not write to it without {@link VolumeImage.changed}. */
  readonly voxels: VoxelArray;
}

/**
 * A scan as views show it, shared by all of them. It starts empty, takes a coarse level first and finer ones as they arrive; views keep
 * camera, slice and window. It holds the newest level only, so the coarse one is garbage as soon as the full one is there.
 */
export class VolumeImage {
  readonly geometry: Geometry;
  readonly slope: number;
  readonly intercept: number;
  readonly range: readonly [number, number];
  readonly components: 1 | 3;
  readonly #listeners = new ChangeListeners<undefined>();
  #level: VolumeLevel | undefined;

  constructor({ geometry, slope, intercept, range, components = 1 }: VolumeDescription) {
    this.geometry = geometry;
    this.slope = slope;
    this.intercept = intercept;
    this.range = range;
    this.components = components;
  }

  /** The finest voxels there are so far. */
  get level(): VolumeLevel | undefined {
    return this.#level;
  }

  /** True when the voxels of the full grid are there. */
  get full(): boolean {
    return this.#level !== undefined && this.#level.geometry === this.geometry;
  }

  /** Shows the voxels of a coarser level; ignored when the full grid is there already. @throws RangeError on a wrong number of voxels */
  setLevel(dims: Triple, spacing: Triple, voxels: VoxelArray): void {
    if (!this.full) this.#set({ geometry: levelGeometry(this.geometry, dims, spacing), voxels });
  }

  /** Shows the voxels of the full grid, or other ones on it (the next time point). @throws RangeError on a wrong number of voxels */
  setVoxels(voxels: VoxelArray): void {
    this.#set({ geometry: this.geometry, voxels });
  }

  /** Voxels were written in place (a volume that streams in): views draw again. */
  changed(): void {
    this.#listeners.tell(undefined);
  }

  /** @returns a function that ends the listening */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  #set(level: VolumeLevel): void {
    const wanted = voxelCount(level.geometry.dims) * this.components;
    if (level.voxels.length !== wanted) throw new RangeError(`${level.voxels.length} voxels instead of ${wanted}`);
    this.#level = level;
    this.changed();
  }
}
