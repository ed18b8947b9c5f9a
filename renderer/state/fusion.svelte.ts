import type { Host } from '../api/host.ts';
import { percentileWindow, windowOfPreset, windowPresets, type SecondVolume, type ValueWindow, type VolumeImage } from '../scene/index.ts';
import { likelyModality } from './modality.ts';
import { emptyVolume, fillVolume } from './scan-loader.ts';

/** A second scan laid over the first. */
export class Fusion {
  scan = $state<string | null>(null);
  loading = $state<number | null>(null);
  mode = $state<SecondVolume['mode']>('blend');
  colours = $state<SecondVolume['colours']>('hot');
  opacity = $state(0.5);
  position = $state(0.5);
  square = $state(20);
  window = $state.raw<ValueWindow>({ centre: 0, width: 1 });
  #volume = $state.raw<VolumeImage | undefined>(undefined);
  readonly #host: Host;
  #aborter = new AbortController();

  constructor(host: Host) {
    this.#host = host;
  }

  readonly second = $derived.by((): SecondVolume | undefined => {
    const { mode, colours, opacity, position, square, window } = this;
    return this.#volume && { volume: this.#volume, mode, colours: mode === 'blend' ? colours : 'grey', opacity, position, square, window };
  });

  /** Lays another scan over, or none. */
  async choose(id: string | null): Promise<void> {
    this.#aborter.abort();
    const { signal } = (this.#aborter = new AbortController());
    this.scan = id;
    this.#volume = undefined;
    this.loading = null;
    if (id === null) return;
    this.loading = 0;
    try {
      const details = await this.#host.scan(id, { signal });
      const volume = emptyVolume(details);
      const show = (): void => {
        const preset = windowPresets(likelyModality(details))[0];
        this.window = preset ? windowOfPreset(preset, volume) : percentileWindow(volume, 1, 99);
        this.#volume = volume;
      };
      await fillVolume(this.#host, details, volume, signal, { coarse: show, progress: (fraction) => (this.loading = fraction) });
      show();
    } catch (error) {
      if (!signal.aborted) this.scan = null;
      throw error;
    } finally {
      if (!signal.aborted) this.loading = null;
    }
  }
}
