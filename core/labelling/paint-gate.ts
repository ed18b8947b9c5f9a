import { TesseraError } from '../base/errors.ts';
import { type LabelArray } from './label-delta.ts';
import { checkRules, verdict, type Grid, type PaintRules, type ScanValues, type Verdict } from './rules.ts';

const verdicts: readonly Verdict[] = ['paint', 'same', 'locked', 'kept'];
const PAINT = verdicts.indexOf('paint');
const SAME = verdicts.indexOf('same');
const OUT_OF_RANGE = verdicts.length;

/** The rules of an edit, asked voxel by voxel. It remembers why voxels were left alone, so that a tool that
 * cannot act can say why. */
export class PaintGate {
  readonly value: number;
  readonly #labels: LabelArray;
  /** The answer for each value of a label map, an index into {@link verdicts}. */
  readonly #answers: Uint8Array;
  readonly #values: ScanValues | undefined;
  readonly #low: number;
  readonly #high: number;
  readonly #counts = new Float64Array(verdicts.length + 1);

  /** @throws TesseraError as {@link checkRules} */
  constructor(labels: LabelArray, grid: Grid, rules: PaintRules) {
    checkRules(labels, grid, rules);
    this.value = rules.value;
    this.#labels = labels;
    this.#answers = answersFor(rules, labels instanceof Uint8Array ? 256 : 65536);
    this.#values = rules.within?.values;
    [this.#low, this.#high] = rules.within?.range ?? [-Infinity, Infinity];
  }

  allows(voxel: number): boolean {
    let answer = this.#answers[this.#labels[voxel] as number] as number;
    if (answer === PAINT && !this.#isInRange(voxel)) answer = OUT_OF_RANGE;
    this.#counts[answer] = (this.#counts[answer] as number) + 1;
    return answer === PAINT;
  }

  /** Whether a fill may spread over a voxel: one that may be painted, or one of the segment itself. */
  passes(voxel: number): boolean {
    const answer = this.#answers[this.#labels[voxel] as number] as number;
    return answer === SAME || (answer === PAINT && this.#isInRange(voxel));
  }

  /** In words, why no voxel that was asked about may be painted; undefined when some may. */
  whyNothing(): string | undefined {
    const count = (answer: number): number => this.#counts[answer] as number;
    if (count(PAINT) > 0) return undefined;
    const reasons = [
      [count(verdicts.indexOf('locked')), 'belong to locked segments'],
      [count(verdicts.indexOf('kept')), 'have a value that may not be painted over'],
      [count(OUT_OF_RANGE), `have scan values outside ${this.#low} to ${this.#high}`],
      [count(SAME), this.value === 0 ? 'are empty already' : 'belong to the segment already'],
    ] as const;
    const given = reasons.filter(([asked]) => asked > 0).map(([, what]) => what);
    return given.length === 0 ? 'No voxel of the scan lies here.' : `Nothing may change here: the voxels ${given.join(', or ')}.`;
  }

  /** @throws TesseraError `bad-labels` that says why, when no voxel asked about may be painted */
  checkPainted(): void {
    const why = this.whyNothing();
    if (why !== undefined) throw new TesseraError('bad-labels', why, { advice: 'Choose another place, or change the rules of painting.' });
  }

  #isInRange(voxel: number): boolean {
    if (this.#values === undefined) return true;
    const value = (this.#values.voxels[voxel] as number) * this.#values.slope + this.#values.intercept;
    return value >= this.#low && value <= this.#high;
  }
}

function answersFor(rules: PaintRules, values: number): Uint8Array {
  // A value that no list names stands for all the others: the lists are short, the values many.
  const unnamed = rules.over === 'everything' ? 'paint' : 'kept';
  const answers = new Uint8Array(values).fill(verdicts.indexOf(unnamed));
  const listed = typeof rules.over === 'string' ? [] : rules.over;
  for (const present of [0, rules.value, ...listed, ...rules.locked]) answers[present] = verdicts.indexOf(verdict(rules, present));
  return answers;
}
