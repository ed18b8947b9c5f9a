import type { Metrics } from './run-folder.ts';

export type HealthCode = 'one-bin' | 'flat' | 'inactive' | 'diverging' | 'gradient' | 'no-learning';

/** Something that goes wrong in a run. */
export interface HealthFinding {
  readonly code: HealthCode;
  /** What is seen, with its numbers, as one sentence. */
  readonly message: string;
  readonly advice: string;
}

/** What the meters are judged by. */
export interface HealthContext {
  /** Steps in which the learning rate rises. */
  readonly warmupSteps: number;
  /** K, the outputs of the head; undefined for a way of training without one. */
  readonly outputs?: number;
  /** Teacher outputs are standardised, so that their own spread says little. */
  readonly standardised?: boolean;
}

/** A finding as a line of metrics.jsonl, marked as an event. */
export function healthLine(step: number, finding: HealthFinding): Metrics {
  return { step, event: 'health', ...finding };
}

/** What was found in a run, by its metrics (method 6.3). */
export function healthEvents(metrics: readonly Metrics[]): (HealthFinding & { readonly step: number })[] {
  return metrics
    .filter((line) => line['event'] === 'health')
    .map(({ step, code, message, advice }) => ({
      step: Number(step),
      code: code as HealthCode,
      message: String(message),
      advice: String(advice),
    }));
}

/** Steps that are judged together, by the median of each meter. */
export const BLOCK = 20;
/** Blocks after the warm-up before "no learning" is said. */
const PATIENCE = 10;
/** Blocks without a finding after which it has gone. */
const GONE_AFTER = 5;
const MESSAGES_DIGITS = 3;

/** Medians of the meters over {@link BLOCK} steps. A meter that was not recorded is NaN. */
export interface HealthBlock {
  /** The last step of the block. */
  readonly step: number;
  readonly loss: number;
  /** Sum of the reconstruction terms; where there are none, the loss. */
  readonly task: number;
  readonly consistency: number;
  readonly entropy: number;
  readonly meanEntropy: number;
  readonly spread: number;
  readonly gradientNorm: number;
}

/**
 * Watches the metrics of a run (method 6.3). Feed it every line in order, those of a run that is resumed too: it then knows what it has
 * said already.
 */
export class HealthMonitor {
  private readonly context: HealthContext;
  private readonly blocks: HealthBlock[] = [];
  private lines: Metrics[] = [];
  /** For each finding that was said and still holds, the number of blocks when it was last seen. */
  private readonly holding = new Map<HealthCode, number>();

  constructor(context: HealthContext) {
    this.context = context;
  }

  /** @returns what has begun to go wrong with this line: each finding once, until it has gone and come again */
  observe(line: Metrics): HealthFinding[] {
    if (typeof line['loss'] !== 'number') return [];
    this.lines.push(line);
    if (this.lines.length < BLOCK) return [];
    this.blocks.push(blockOf(this.lines));
    this.lines = [];
    const findings = judge(this.blocks, this.context);
    const now = this.blocks.length;
    const begun = findings.filter(({ code }) => now - (this.holding.get(code) ?? -Infinity) > GONE_AFTER);
    for (const { code } of findings) this.holding.set(code, now);
    return begun;
  }
}

/** What goes wrong in the last block, given those before it (method 6.3). */
export function judge(blocks: readonly HealthBlock[], context: HealthContext): HealthFinding[] {
  const now = blocks.at(-1);
  if (now === undefined) return [];
  const warm = blocks.filter(({ step }) => step > context.warmupSteps + BLOCK);
  const findings = [...collapse(now, warm.length > 0, context), diverging(blocks, now), explodingGradient(warm, now)];
  return [...findings, noLearning(blocks, warm, now)].filter((finding) => finding !== undefined);
}

/** Method 6.4: the two trivial answers of the teacher, and outputs that do not depend on the scan. */
function collapse(now: HealthBlock, warm: boolean, { outputs, standardised = false }: HealthContext): HealthFinding[] {
  if (outputs === undefined || Number.isNaN(now.entropy)) return [];
  const flat = Math.log(outputs);
  if (now.meanEntropy < 0.1 * flat)
    return [
      {
        code: 'one-bin',
        message: `The teacher gives nearly the same single output to every scan: entropy of the mean ${n(now.meanEntropy)} of ${n(flat)} possible.`,
        advice: 'The consistency loss teaches nothing any more. Start again with --set antiCollapse=standardise.',
      },
    ];
  if (!warm) return [];
  if (now.entropy > 0.995 * flat && Math.abs(now.consistency - flat) < 0.01 * flat)
    return [
      {
        code: 'flat',
        message: `The teacher gives all outputs alike: entropy ${n(now.entropy)}, consistency ${n(now.consistency)}, both at ln K = ${n(flat)}.`,
        advice:
          'The run has become a masked autoencoder of its views: it still learns, but not from consistency. Use antiCollapse=standardise and decorrelation=1, or a lower teacherTemperature.',
      },
    ];
  const floor = standardised ? 1e-4 : 1e-2;
  if (now.spread < floor)
    return [
      {
        code: 'inactive',
        message: `Consistency is inactive: the teacher's outputs hardly differ between scans (spread ${n(now.spread)}, below ${String(floor)}).`,
        advice: 'Do not credit the consistency loss with what this run learns. More scans in a step or antiCollapse=standardise may help.',
      },
    ];
  return [];
}

function diverging(blocks: readonly HealthBlock[], now: HealthBlock): HealthFinding | undefined {
  const first = blocks[0];
  if (first === undefined || blocks.length < 3) return undefined;
  for (const meter of ['loss', 'task'] as const) {
    const best = Math.min(...blocks.map((block) => block[meter]));
    if (now[meter] > 1.25 * best && now[meter] > best + 0.5 * Math.max(0, first[meter] - best))
      return {
        code: 'diverging',
        message: `${meter === 'loss' ? 'The loss' : 'The reconstruction error'} has risen from ${n(best)} at its best to ${n(now[meter])}.`,
        advice: 'Start again with a lower learningRate or a longer warm-up.',
      };
  }
  return undefined;
}

function explodingGradient(warm: readonly HealthBlock[], now: HealthBlock): HealthFinding | undefined {
  if (warm.length < 4) return undefined;
  const usual = median(warm.slice(0, -1).map(({ gradientNorm }) => gradientNorm));
  if (!(now.gradientNorm > 10 * usual)) return undefined;
  return {
    code: 'gradient',
    message: `The gradient norm is ${n(now.gradientNorm)}, more than ten times its usual ${n(usual)}.`,
    advice: 'Clipping keeps the step bounded, but the direction may be noise: lower learningRate.',
  };
}

function noLearning(blocks: readonly HealthBlock[], warm: readonly HealthBlock[], now: HealthBlock): HealthFinding | undefined {
  const first = blocks[0];
  if (first === undefined || warm.length < PATIENCE) return undefined;
  const best = Math.min(...blocks.map(({ task }) => task));
  if (!(best > 0.9 * first.task)) return undefined;
  return {
    code: 'no-learning',
    message: `Hardly anything has been learned in ${String(now.step)} steps: the error was ${n(first.task)} at first and never below ${n(best)}.`,
    advice: 'Check that the scans are not empty after intensity mapping (tessera reconstruct shows them), and try another learningRate.',
  };
}

function blockOf(lines: readonly Metrics[]): HealthBlock {
  const of = (meter: string): number => median(lines.map((line) => number(line[meter])));
  const terms = ['reconstruction', 'reconstructionGlobal', 'reconstructionLocal'].map(of).filter((value) => !Number.isNaN(value));
  const loss = of('loss');
  return {
    step: number(lines.at(-1)?.['step']),
    loss,
    task: terms.length === 0 ? loss : terms.reduce((sum, value) => sum + value, 0),
    consistency: of('consistency'),
    entropy: of('entropy'),
    meanEntropy: of('meanEntropy'),
    spread: of('spread'),
    gradientNorm: of('gradientNorm'),
  };
}

function number(value: number | string | undefined): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** Of the values that are there; NaN when there is none. */
function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

function n(value: number): string {
  return String(Number(value.toPrecision(MESSAGES_DIGITS)));
}
