import {
  applyDelta,
  GrowFromSeeds,
  type Grid,
  type GrowSettings,
  type LabelArray,
  type LabelDelta,
  type PaintRules,
  type ScanValues,
} from '../../../core/labelling/index.ts';
import { joinDeltas } from '../../../core/labelling/join-deltas.ts';
import { reasonOf, type Reason } from './reason.ts';

export type SeedRequest =
  | {
      readonly kind: 'begin';
      readonly labels: LabelArray;
      readonly values: ScanValues;
      readonly grid: Grid;
      readonly settings: GrowSettings;
    }
  /** Seeds were added or taken away, the oldest change first. */
  | { readonly kind: 'change'; readonly deltas: readonly LabelDelta[] }
  /** @see GrowFromSeeds.accept */
  | { readonly kind: 'accept'; readonly labels: LabelArray; readonly rules: Omit<PaintRules, 'value'> };

export type SeedAnswer =
  /** What changed in the preview, or with `anew` in an empty one. */
  | { readonly kind: 'preview'; readonly anew: boolean; readonly delta: LabelDelta }
  /** What takes the preview into the label map. */
  | { readonly kind: 'accepted'; readonly delta: LabelDelta }
  /** There is no preview until the seeds are others. */
  | { readonly kind: 'none'; readonly reason: Reason }
  | { readonly kind: 'refused'; readonly reason: Reason };

/** Growing from seeds that goes on over changes of the seeds that nothing can be grown from. */
export class SeedPreview {
  readonly #growing: GrowFromSeeds;
  readonly #seeds: LabelArray;
  #begun = false;

  /** @throws TesseraError as GrowFromSeeds */
  constructor(seeds: LabelArray, values: ScanValues, grid: Grid, settings: GrowSettings) {
    this.#growing = new GrowFromSeeds(values, grid, undefined, settings);
    this.#seeds = seeds;
  }

  /** The preview of the seeds as they are after these changes. */
  follow(deltas: readonly LabelDelta[]): SeedAnswer {
    const change = joinDeltas(deltas);
    applyDelta(this.#seeds, change);
    try {
      const anew = !this.#begun;
      const delta = anew ? this.#growing.seeds(this.#seeds) : this.#growing.update(change);
      this.#begun = true;
      return { kind: 'preview', anew, delta };
    } catch (error) {
      // What it knew may be half old: the next change begins anew.
      this.#begun = false;
      return { kind: 'none', reason: reasonOf(error) };
    }
  }

  accept(labels: LabelArray, rules: Omit<PaintRules, 'value'>): SeedAnswer {
    try {
      return { kind: 'accepted', delta: this.#growing.accept(labels, rules) };
    } catch (error) {
      return { kind: 'refused', reason: reasonOf(error) };
    }
  }
}
