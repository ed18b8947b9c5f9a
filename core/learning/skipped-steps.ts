import type { Metrics } from './run-folder.ts';

/** So many steps in a row without a finite gradient do not come right again. */
const MOST_IN_A_ROW = 10;

/** Counts the steps whose gradient was not finite: such a step moves no weight (`Optimiser.step`). The count lives in metrics.jsonl. */
export class SkippedSteps {
  private all: number;
  private inARow: number;

  /** @param before lines of the run so far */
  constructor(before: readonly Metrics[]) {
    const steps = before.filter((line) => 'skippedSteps' in line);
    this.all = Number(steps.at(-1)?.['skippedSteps'] ?? 0);
    this.inARow = steps.length - 1 - steps.findLastIndex((line) => typeof line['gradientNorm'] === 'number');
  }

  /** What to record of a step: its line with the count so far. JSON has no NaN, so the norm of a skipped step is a word. */
  record(line: Metrics): { readonly line: Metrics; readonly isSkipped: boolean; readonly isTooMany: boolean } {
    const { gradientNorm } = line;
    const isSkipped = gradientNorm !== undefined && !Number.isFinite(gradientNorm);
    this.inARow = isSkipped ? this.inARow + 1 : 0;
    if (isSkipped) this.all += 1;
    const counted = { ...line, skippedSteps: this.all };
    return {
      line: isSkipped ? { ...counted, gradientNorm: String(gradientNorm) } : counted,
      isSkipped,
      isTooMany: this.inARow >= MOST_IN_A_ROW,
    };
  }
}
