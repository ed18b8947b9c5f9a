import type { Host } from '../api/host.ts';
import type { ScanDetails } from '../api/types.ts';
import { percentileWindow, windowOfPreset, windowPresets, type SliceCamera, type ValueWindow, type VolumeImage } from '../scene/index.ts';
import { likelyModality } from './modality.ts';
import { Organs } from './organs.svelte.ts';
import { emptyVolume, fillVolume } from './scan-loader.ts';
import type { KeyValueStore } from './stored.ts';

/** What is being read, beside which something is put. */
export interface Opened {
  readonly scan: ScanDetails;
  readonly volume: VolumeImage;
  /** Id of the layer that is shown. */
  readonly layer: string | undefined;
}

/** A second scan, or another layer of the same one, beside what is read. */
export class Comparison {
  readonly organs: Organs;
  scan = $state.raw<ScanDetails | null>(null);
  volume = $state.raw<VolumeImage | undefined>(undefined);
  loading = $state<number | null>(null);
  /** Used where the values mean something else than those of the scan that is read. */
  window = $state.raw<ValueWindow>({ centre: 40, width: 400 });
  /** Where both panes look. */
  camera = $state.raw<SliceCamera | undefined>(undefined);
  readonly #host: Host;
  #aborter = new AbortController();

  constructor(host: Host, store: KeyValueStore) {
    this.#host = host;
    this.organs = new Organs(host, store);
  }

  /**
   * Puts a scan beside the one that is read; this one itself with another of its layers, where it has one.
   * @param layer which one, where it matters
   */
  async choose(id: string, opened: Opened, layer?: string): Promise<void> {
    this.close();
    const { signal } = this.#aborter;
    if (id === opened.scan.id) {
      this.scan = opened.scan;
      this.volume = opened.volume;
      await this.organs.open(id, opened.volume);
      const other = layer ?? this.organs.layers.find(({ id: each }) => each !== opened.layer)?.id;
      if (other !== undefined && !signal.aborted) await this.organs.show(other);
      return;
    }
    this.loading = 0;
    try {
      const details = await this.#host.scan(id, { signal });
      const volume = emptyVolume(details);
      this.scan = details;
      let shown = false;
      const show = (): void => {
        if (shown) return;
        shown = true;
        const preset = windowPresets(likelyModality(details))[0];
        this.window = preset ? windowOfPreset(preset, volume) : percentileWindow(volume, 1, 99);
        this.volume = volume;
      };
      const steps = { coarse: show, progress: (fraction: number) => (this.loading = fraction) };
      await Promise.all([fillVolume(this.#host, details, volume, signal, steps), this.organs.open(id, volume)]);
      show();
    } finally {
      if (!signal.aborted) this.loading = null;
    }
  }

  /** Takes it away. */
  close(): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.scan = null;
    this.volume = undefined;
    this.loading = null;
    this.organs.close();
  }
}
