/** Time, so that tests can hold it in their hands. */
export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  /** Runs something later. @returns takes it back */
  readonly after: (milliseconds: number, run: () => void) => () => void;
}

export const pageClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** What a player plays. */
export interface CineStage {
  /** Whether a frame can be shown at once. */
  readonly ready: (frame: number) => boolean;
  readonly show: (frame: number) => void;
  /** Something that is to be seen has changed: playing, waiting, the frame. */
  readonly changed: () => void;
}

export const SLOWEST = 1;
export const FASTEST = 30;

/**
 * Plays frames at a pace. It skips none: where one is not there in time it waits for it, and where the page was busy it goes on later instead
 * of hurrying after.
 */
export class CinePlayer {
  readonly #stage: CineStage;
  readonly #clock: Clock;
  #count = 0;
  #frame = 0;
  #playing = false;
  #pace = 10;
  #loop = true;
  /** When the next frame is due; undefined while it is waited for. */
  #due: number | undefined;
  #takeBack: (() => void) | undefined;

  constructor(stage: CineStage, clock: Clock = pageClock) {
    this.#stage = stage;
    this.#clock = clock;
  }

  get frame(): number {
    return this.#frame;
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** Playing, but the next frame is not there yet. */
  get waiting(): boolean {
    return this.#playing && this.#due === undefined;
  }

  get pace(): number {
    return this.#pace;
  }

  /** Frames a second. */
  set pace(pace: number) {
    this.#pace = Math.min(FASTEST, Math.max(SLOWEST, pace));
    if (this.#playing) this.#schedule(this.#clock.now());
    this.#stage.changed();
  }

  get loop(): boolean {
    return this.#loop;
  }

  set loop(loop: boolean) {
    this.#loop = loop;
    this.#stage.changed();
  }

  /** Other frames; stops. @param frame that is shown already */
  load(count: number, frame: number): void {
    this.pause();
    this.#count = count;
    this.#frame = frame;
    this.#stage.changed();
  }

  play(): void {
    if (this.#playing || this.#count < 2) return;
    this.#playing = true;
    this.#schedule(this.#clock.now());
    this.#stage.changed();
  }

  pause(): void {
    this.#takeBack?.();
    this.#takeBack = undefined;
    this.#due = undefined;
    if (!this.#playing) return;
    this.#playing = false;
    this.#stage.changed();
  }

  /** One frame on or back, round the ends; stops. @returns the frame, which may have to be fetched first */
  step(by: 1 | -1): number {
    this.pause();
    if (this.#count > 0) this.#frame = (this.#frame + by + this.#count) % this.#count;
    this.#stage.changed();
    return this.#frame;
  }

  /** A frame has become ready: it may be the one that is waited for. */
  arrived(): void {
    if (this.waiting) this.#turn();
  }

  /** The frame after a frame; undefined at the end where there is no loop. */
  after(frame: number): number | undefined {
    return frame + 1 < this.#count ? frame + 1 : this.#loop ? 0 : undefined;
  }

  #schedule(from: number): void {
    this.#takeBack?.();
    this.#due = from + 1000 / this.#pace;
    this.#takeBack = this.#clock.after(Math.max(0, this.#due - this.#clock.now()), () => this.#turn());
  }

  #turn(): void {
    const next = this.after(this.#frame);
    if (next === undefined) {
      this.pause();
      return;
    }
    const now = this.#clock.now();
    const due = this.#due ?? now;
    this.#takeBack?.();
    this.#due = undefined;
    if (this.#stage.ready(next)) {
      this.#frame = next;
      this.#stage.show(next);
      // Late by less than a frame: the pace stays. By more: no hurry.
      if (this.#playing) this.#schedule(now - due < 1000 / this.#pace ? due : now);
    }
    this.#stage.changed();
  }
}

/**
 * The frames that are kept in memory: the one shown, and as many of those that come next as the budget holds, in the order in which they are
 * needed. The next one is among them however large it is.
 * @param bytes of each frame
 */
export function framesToKeep(frame: number, bytes: readonly number[], budget: number): readonly number[] {
  const kept: number[] = [];
  let sum = 0;
  for (let ahead = 0; ahead < bytes.length; ahead++) {
    const at = (frame + ahead) % bytes.length;
    sum += bytes[at] ?? 0;
    if (ahead > 1 && sum > budget) break;
    kept.push(at);
  }
  return kept;
}
