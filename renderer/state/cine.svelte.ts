import { isAbort } from '../api/errors.ts';
import type { Host } from '../api/host.ts';
import type { ScanDetails, ScanSummary } from '../api/types.ts';
import type { VolumeImage } from '../scene/index.ts';
import { CinePlayer, framesToKeep } from './cine-player.ts';
import { emptyVolume, fillVolume } from './scan-loader.ts';

/** Memory for volumes that are played. */
const BUDGET = 512 * 2 ** 20;

/** One volume of a series, ready to be shown. */
export interface CineFrame {
  readonly details: ScanDetails;
  readonly volume: VolumeImage;
}

/** The room that a series is played in. */
export interface CineRoom {
  /** Shows a volume in place of the one that is shown; window, crosshair and cameras stay. */
  readonly show: (frame: CineFrame) => void;
  /** What lies over the picture belongs to one volume: it goes while they are played, and comes back for the one that is shown then. */
  readonly began: () => void;
  readonly rested: () => Promise<void>;
}

/** The volumes of one 4-D source, played one after the other. */
export class Cine {
  series = $state.raw<readonly ScanSummary[]>([]);
  frame = $state(0);
  playing = $state(false);
  waiting = $state(false);
  pace = $state(10);
  loop = $state(true);
  /** What went wrong last; null when nothing did. */
  failure = $state.raw<unknown>(null);
  readonly #host: Host;
  readonly #room: CineRoom;
  readonly #player: CinePlayer;
  /** Those in memory, each at its place. */
  #frames: (CineFrame | undefined)[] = [];
  #fetching = false;
  #aborter = new AbortController();

  constructor(host: Host, room: CineRoom) {
    this.#host = host;
    this.#room = room;
    this.#player = new CinePlayer({
      ready: (frame) => this.#frames[frame] !== undefined,
      show: (frame) => this.#show(frame),
      changed: () => this.#changed(),
    });
  }

  /** Takes the volumes that belong to what is shown, itself among them. Nothing happens while they are the same. */
  open(series: readonly ScanSummary[], shown: CineFrame): void {
    const frame = series.findIndex(({ id }) => id === shown.details.id);
    const same = series.length === this.series.length && series.every(({ id }, at) => id === this.series[at]?.id);
    if (!same) {
      this.close();
      this.series = frame < 0 ? [] : series;
    }
    if (frame < 0 || (same && frame === this.frame)) return;
    this.#frames[frame] = shown;
    this.#player.load(this.series.length, frame);
  }

  close(): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.#frames = [];
    this.series = [];
    this.playing = false;
    this.#player.load(0, 0);
  }

  toggle(): void {
    if (this.playing) {
      this.#player.pause();
      return;
    }
    this.failure = null;
    this.#player.play();
    void this.#fetchAhead();
  }

  /** One volume on or back, with all that belongs to it. */
  async step(by: 1 | -1): Promise<void> {
    if (this.series.length < 2) return;
    // Nothing that belongs to one volume comes back before the other is there.
    this.playing = false;
    const frame = this.#player.step(by);
    const { signal } = this.#aborter;
    await this.#fetch(frame, signal);
    if (signal.aborted || this.#player.frame !== frame) return;
    this.#show(frame);
    await this.#room.rested();
  }

  setPace(pace: number): void {
    this.#player.pace = pace;
  }

  setLoop(loop: boolean): void {
    this.#player.loop = loop;
  }

  #show(frame: number): void {
    const ready = this.#frames[frame];
    if (ready) this.#room.show(ready);
    void this.#fetchAhead();
  }

  #changed(): void {
    const before = this.playing;
    const { frame, playing, waiting, pace, loop } = this.#player;
    Object.assign(this, { frame, playing, waiting, pace, loop });
    if (playing && !before) this.#room.began();
    if (!playing && before) void this.#room.rested().catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    if (!isAbort(error)) this.failure = error;
  }

  /** Brings what is needed next, one after the other, and lets go of what is needed last. */
  async #fetchAhead(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    const { signal } = this.#aborter;
    try {
      for (;;) {
        const bytes = this.series.map((scan) => scan.bytes);
        const kept = framesToKeep(this.#player.frame, bytes, BUDGET);
        this.#frames = this.series.map((_, frame) => (kept.includes(frame) ? this.#frames[frame] : undefined));
        const missing = kept.find((frame) => this.#frames[frame] === undefined);
        if (missing === undefined || !this.playing) return;
        await this.#fetch(missing, signal);
        if (signal.aborted) return;
        this.#player.arrived();
      }
    } catch (error) {
      this.#player.pause();
      this.#failed(error);
    } finally {
      this.#fetching = false;
    }
  }

  async #fetch(frame: number, signal: AbortSignal): Promise<void> {
    const scan = this.series[frame];
    if (scan === undefined || this.#frames[frame] !== undefined) return;
    const details = await this.#host.scan(scan.id, { signal });
    const volume = emptyVolume(details);
    await fillVolume(this.#host, details, volume, signal, { coarse: () => undefined, progress: () => undefined });
    if (!signal.aborted) this.#frames[frame] = { details, volume };
  }
}
