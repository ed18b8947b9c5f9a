import type { Geometry } from '../imaging/index.ts';
import type { Decision } from './decision.ts';
import type { OwnGrid } from './own-grid.ts';
import type { SlabSampler } from './slab-sampler.ts';

/**
 * Probabilities of every output on the scan's own grid, made when they are asked for: beside the logits of the prepared scan only one
 * number a voxel is in memory.
 */
export class ProbabilityMaps {
  readonly geometry: Geometry;
  readonly outputs: number;
  readonly #grid: OwnGrid;
  readonly #sampler: SlabSampler;
  readonly #decision: Decision;
  readonly #shared: Float32Array;

  /** @param sampler of a slab that has all rows */
  constructor(grid: OwnGrid, sampler: SlabSampler, decision: Decision) {
    this.geometry = grid.geometry;
    this.outputs = decision.outputs;
    this.#grid = grid;
    this.#sampler = sampler;
    this.#decision = decision;
    this.#shared = new Float32Array(grid.voxels);
    this.#eachVoxel((at, certain) => {
      this.#shared[at] = certain ? NaN : decision.shared(sampler.logitsHere());
    });
  }

  /** One plane (·, ny, nz) after the other of one output, i rising, last axis fastest. */
  *planes(output: number): Generator<Float32Array, void, undefined> {
    const [nx, ny, nz] = this.geometry.dims;
    for (let i = 0; i < nx; i++) {
      const plane = new Float32Array(ny * nz);
      this.#eachVoxelOf(i, (at, certain, inPlane) => {
        const logit = certain ? 0 : this.#sampler.logitHere(output);
        plane[inPlane] = this.#decision.probability(logit, this.#shared[at] as number, output);
      });
      yield plane;
    }
  }

  #eachVoxel(visit: (at: number, certain: boolean) => void): void {
    for (let i = 0; i < this.geometry.dims[0]; i++) this.#eachVoxelOf(i, visit);
  }

  /** @param visit gets the place in the plane with k fastest */
  #eachVoxelOf(i: number, visit: (at: number, certain: boolean, inPlane: number) => void): void {
    const [, ny, nz] = this.geometry.dims;
    // i slowest: a voxel's place here is that in the file, not that in a volume.
    for (let j = 0, inPlane = 0; j < ny; j++)
      for (let k = 0; k < nz; k++, inPlane++) visit(i * ny * nz + inPlane, !this.#grid.moveTo(i, j, k, this.#sampler), inPlane);
  }
}
