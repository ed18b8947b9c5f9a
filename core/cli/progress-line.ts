import type { Progress } from '../base/task.ts';
import type { CliStream } from './io.ts';

const REDRAW_MS = 100;
const LINE_MS = 10_000;
const BAR_WIDTH = 16;

/** Progress on a terminal as one line that is drawn over, elsewhere (a log file) as a line every ten seconds. */
export class ProgressLine {
  private readonly stream: CliStream;
  private readonly now: () => number;
  private readonly terminal: boolean;
  /** When the stage that is under way was first heard of, and how far it was. */
  private stage: { readonly name: string; readonly since: number; readonly from: number } | undefined;
  private shownAt: number;
  private drawn = false;

  constructor(stream: CliStream, now: () => number = Date.now) {
    this.stream = stream;
    this.now = now;
    this.terminal = stream.isTTY === true;
    this.shownAt = this.terminal ? Number.NEGATIVE_INFINITY : now();
  }

  update(progress: Progress): void {
    const now = this.now();
    if (this.stage?.name !== progress.stage) this.stage = { name: progress.stage, since: now, from: progress.done };
    const finished = progress.done >= progress.total;
    if (now - this.shownAt < (this.terminal ? REDRAW_MS : LINE_MS) && !(this.terminal && finished)) return;
    this.shownAt = now;
    if (this.terminal) this.draw(progress, now);
    else this.stream.write(`${this.words(progress, now)}\n`);
  }

  /** Takes the line off the terminal, before something else is written there. */
  clear(): void {
    if (this.drawn) this.stream.write('\r\x1b[2K');
    this.drawn = false;
  }

  private draw(progress: Progress, now: number): void {
    const filled = Math.round(share(progress) * BAR_WIDTH);
    const bar = `[${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}]`;
    const text = `${bar} ${this.words(progress, now)}`;
    this.stream.write(`\r\x1b[2K${[...text].slice(0, (this.stream.columns ?? 80) - 1).join('')}`);
    this.drawn = true;
  }

  private words(progress: Progress, now: number): string {
    const { stage, done, total, numbers = {} } = progress;
    const values = Object.entries(numbers).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
    const left = this.timeLeft(progress, now);
    const counts = `${Math.floor(100 * share(progress))} %, ${done} of ${total}`;
    return [`${stage}: ${counts}`, ...values, ...(left === undefined ? [] : [left])].join(', ');
  }

  private timeLeft({ done, total }: Progress, now: number): string | undefined {
    if (this.stage === undefined || done <= this.stage.from || done >= total) return undefined;
    const seconds = ((now - this.stage.since) / 1000 / (done - this.stage.from)) * (total - done);
    return `about ${duration(seconds)} left`;
  }
}

function share({ done, total }: Progress): number {
  return total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
}

/** "45 s", "3 min", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
