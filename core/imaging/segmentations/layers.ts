import { TesseraError } from '../../base/errors.ts';
import { voxelCount, type Geometry, type Volume } from '../volume.ts';

/** A label map; segments that overlap others lie in further ones. */
export interface LabelLayer {
  readonly volume: Volume;
  /** Values in it, in the order they were added. */
  readonly values: readonly number[];
}

/** Voxel indices, appended one by one. */
export class IndexList {
  private items = new Uint32Array(1024);
  private count = 0;

  push(index: number): void {
    if (this.count === this.items.length) {
      const larger = new Uint32Array(2 * this.count);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.count++] = index;
  }

  get indices(): Uint32Array {
    return this.items.subarray(0, this.count);
  }
}

/** Puts segments into as few label maps as greedily needed for none to overlap: each goes into the first where its voxels are free. */
export class LayerStack {
  private readonly layers: { voxels: Uint8Array | Uint16Array; values: number[] }[] = [];
  private readonly geometry: Geometry;
  private readonly wide: boolean;

  /** @param largest the largest value that will come */
  constructor(geometry: Geometry, largest: number) {
    this.geometry = geometry;
    this.wide = largest > 255;
  }

  add(value: number, indices: Uint32Array): void {
    let layer = this.layers.find(({ voxels }) => indices.every((index) => voxels[index] === 0));
    if (layer === undefined) {
      layer = { voxels: this.empty(), values: [] };
      this.layers.push(layer);
    }
    layer.values.push(value);
    for (const index of indices) layer.voxels[index] = value;
  }

  private empty(): Uint8Array | Uint16Array {
    const length = voxelCount(this.geometry.dims);
    try {
      return this.wide ? new Uint16Array(length) : new Uint8Array(length);
    } catch (cause) {
      throw new TesseraError('out-of-memory', 'The label map needs more memory than is there.', { advice: 'Close other programs.', cause });
    }
  }

  /** At least one, which is empty when nothing was added. */
  finish(): readonly LabelLayer[] {
    const layers = this.layers.length > 0 ? this.layers : [{ voxels: this.empty(), values: [] }];
    return layers.map(({ voxels, values }) => ({ volume: { geometry: this.geometry, voxels, slope: 1, intercept: 0 }, values }));
  }
}
