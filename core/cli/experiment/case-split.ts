import { seededRandom } from '../../base/random.ts';

/** Cases by what the experiment uses them for; each list in the order in which it was drawn. */
export interface CaseSplit {
  /** Of these the labelled ones are taken, and all of them are pre-trained on. */
  readonly training: readonly string[];
  /** What checkpoints and settings are chosen by. */
  readonly validation: readonly string[];
  /** Read once, when a cell is finished. */
  readonly test: readonly string[];
}

export interface CaseSplitOptions {
  readonly seed: number;
  readonly training: number;
  readonly validation: number;
  /** Cases that must be tested on: those that other parts of the program call test cases. The rest of the test part is drawn. */
  readonly alwaysTest?: readonly string[];
  /** Cases that must not be tested on: scans that settings were once tuned on. */
  readonly neverTest?: readonly string[];
}

/** One split for all cells of an experiment, drawn by a seed of its own. What neither trains nor validates is tested on. */
export function splitForExperiment(ids: readonly string[], o: CaseSplitOptions): CaseSplit {
  const sorted = [...ids].sort();
  const order = [...seededRandom(o.seed).fork('experiment').permutation(sorted.length)].map((i) => sorted[i] ?? '');
  const always = new Set(o.alwaysTest);
  const never = new Set(o.neverTest);
  // Whoever must not be tested on comes first, so that the end of the list can be the test part.
  const free = [...order.filter((id) => never.has(id)), ...order.filter((id) => !never.has(id) && !always.has(id))];
  const seen = free.slice(0, o.training + o.validation);
  const shuffled = [...seededRandom(o.seed).fork('experiment training').permutation(seen.length)].map((i) => seen[i] ?? '');
  return {
    training: shuffled.slice(0, o.training),
    validation: shuffled.slice(o.training),
    test: [...order.filter((id) => always.has(id)), ...free.slice(o.training + o.validation)].sort(),
  };
}

/** The first `count` training cases in an order that the seed of a cell draws: few labels are part of more labels. */
export function labelledCases(split: CaseSplit, count: number, seed: number): readonly string[] {
  const order = seededRandom(seed).fork('labelled').permutation(split.training.length);
  return [...order].slice(0, count).map((i) => split.training[i] ?? '');
}
