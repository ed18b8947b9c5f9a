import type { LabelArray, LabelDelta } from './label-delta.ts';
import { checkGrid, type Grid } from './rules.ts';

/** The volume of every segment, kept up to date by what changes: one pass over the label map at first, then one step a run. */
export class SegmentVolumes {
  readonly #counts: Float64Array;
  readonly #ml: number;

  /** @throws TesseraError `bad-labels` when labels and grid do not fit */
  constructor(labels: LabelArray, grid: Grid) {
    checkGrid(labels, grid);
    const { spacing } = grid;
    this.#ml = (spacing[0] * spacing[1] * spacing[2]) / 1000;
    this.#counts = new Float64Array(labels instanceof Uint8Array ? 256 : 65536);
    for (let v = 0; v < labels.length;) {
      const value = labels[v] as number;
      const first = v++;
      while (v < labels.length && labels[v] === value) v++;
      this.#counts[value] = (this.#counts[value] as number) + v - first;
    }
  }

  /** Takes in a change that was applied to the label map. */
  update({ runs }: LabelDelta): void {
    for (let r = 0; r < runs.length; r += 4) {
      const [length, before, after] = [runs[r + 1] as number, runs[r + 2] as number, runs[r + 3] as number];
      this.#counts[before] = (this.#counts[before] as number) - length;
      this.#counts[after] = (this.#counts[after] as number) + length;
    }
  }

  voxels(value: number): number {
    return this.#counts[value] ?? 0;
  }

  millilitres(value: number): number {
    return this.voxels(value) * this.#ml;
  }

  /** The segments that have voxels, in rising order. */
  values(): number[] {
    return [...this.#counts.keys()].filter((value) => value > 0 && (this.#counts[value] as number) > 0);
  }
}
