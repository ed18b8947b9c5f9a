import type { SittingRequest, TimesListing } from '../api/types.ts';
import { ActiveTime } from './active-time.ts';
import { oneOf, readStored, writeStored, type KeyValueStore } from './stored.ts';

/** Who keeps the times. */
export interface TimeKeeper {
  times(scan: string): Promise<TimesListing>;
  noteTime(scan: string, sitting: SittingRequest): Promise<TimesListing>;
}

const anyChoice = oneOf('on', 'off');
/** Milliseconds after which what was counted is sent, so that a crash costs no more. */
const SEND_EVERY = 30_000;

/** How long the reader is at a scan: seen by the reader, and only counted while it is switched on. */
export class ReadingClock {
  /** Of earlier sittings, in seconds. */
  before = $state(0);
  /** Of this sitting, in seconds. */
  now = $state(0);
  /** Something was done within the last half minute. */
  running = $state(false);
  /** Why what was counted is not kept. */
  failed = $state(false);
  #on = $state(true);
  readonly #store: KeyValueStore;
  readonly #keeper: TimeKeeper;
  readonly #noted: (scan: string) => void;
  #sitting: { readonly id: string; readonly scan: string; readonly reader: string; readonly time: ActiveTime } | undefined;
  #sent = 0;
  #sentAt = 0;

  /** @param noted called when a time of a scan was kept */
  constructor(keeper: TimeKeeper, store: KeyValueStore, noted: (scan: string) => void) {
    this.#keeper = keeper;
    this.#noted = noted;
    this.#store = store;
    this.#on = readStored(store, 'tessera.time', anyChoice, 'on') === 'on';
  }

  get on(): boolean {
    return this.#on;
  }

  /** Switching it off ends the sitting: what was counted until then stays. */
  set on(on: boolean) {
    this.#on = on;
    writeStored(this.#store, 'tessera.time', on ? 'on' : 'off');
    if (!on) this.leave();
  }

  /** A scan is open for labelling. @param now milliseconds of a clock that never goes back */
  enter(scan: string, reader: string, now: number): void {
    if (this.#sitting?.scan === scan && this.#sitting.reader === reader) return;
    this.leave();
    if (!this.#on || reader === '') return;
    const sitting = { id: crypto.randomUUID().replaceAll('-', ''), scan, reader, time: new ActiveTime() };
    this.#sitting = sitting;
    this.#sentAt = now;
    void this.#read(sitting);
  }

  touch(now: number): void {
    this.#sitting?.time.touch(now);
  }

  /** Shows what is counted, and sends it from time to time. */
  tick(now: number): void {
    const time = this.#sitting?.time;
    if (time === undefined) return;
    this.now = Math.floor(time.total(now) / 1000);
    this.running = time.isActive(now);
    if (now - this.#sentAt >= SEND_EVERY) this.#send(now);
  }

  /** The scan is left: what was counted is sent. */
  leave(): void {
    this.#send(this.#sentAt);
    this.#sitting = undefined;
    this.#sent = 0;
    this.before = this.now = 0;
    this.running = false;
  }

  async #read(sitting: { readonly id: string; readonly scan: string; readonly reader: string }): Promise<void> {
    try {
      const { sittings } = await this.#keeper.times(sitting.scan);
      const mine = sittings.filter(({ reader, id }) => reader === sitting.reader && id !== sitting.id);
      if (this.#sitting?.id === sitting.id) this.before = mine.reduce((sum, { seconds }) => sum + seconds, 0);
    } catch {
      this.failed = true;
    }
  }

  #send(now: number): void {
    this.#sentAt = now;
    const sitting = this.#sitting;
    if (!sitting || this.now <= this.#sent) return;
    const seconds = (this.#sent = this.now);
    const { id, scan, reader } = sitting;
    this.#keeper.noteTime(scan, { id, reader, seconds }).then(
      () => {
        this.failed = false;
        this.#noted(scan);
      },
      () => {
        // A later message has this time, too.
        this.failed = true;
        if (this.#sitting?.id === id) this.#sent = 0;
      },
    );
  }
}
