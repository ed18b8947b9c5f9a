import { type LabelArray } from './label-delta.ts';
import { ToolRefusal, type Refusal } from './refusal.ts';
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

  /** Why no voxel that was asked about may be painted; undefined when some may. */
  whyNothing(): Refusal | undefined {
    const count = (answer: number): number => this.#counts[answer] as number;
    if (count(PAINT) > 0) return undefined;
    const reasons = [
      [count(verdicts.indexOf('locked')), 'locked'],
      [count(verdicts.indexOf('kept')), 'kept'],
      [count(OUT_OF_RANGE), 'outOfRange'],
      [count(SAME), this.value === 0 ? 'empty' : 'segment'],
    ] as const;
    const because = reasons.filter(([asked]) => asked > 0).map(([, what]) => what);
    return because.length === 0 ? { code: 'outsideScan' } : { code: 'nothingHere', because, low: this.#low, high: this.#high };
  }

  /** @throws TesseraError `bad-labels` that says why, when no voxel asked about may be painted */
  checkPainted(): void {
    const why = this.whyNothing();
    if (why !== undefined) throw new ToolRefusal(why);
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
