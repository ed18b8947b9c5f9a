import type { Host } from '../api/host.ts';
import type { LayerSummary } from '../api/types.ts';
import { LabelImage, type LabelOverlay, type PointLPS } from '../scene/index.ts';
import { differenceLooks, differencesOf } from './layer-differences.ts';
import type { Organs } from './organs.svelte.ts';
import { uncertainPlaces } from './uncertain-places.ts';

/** A share of a region: less than any voxel is of it. */
const SMALLEST = 1e-6;

/** Where the layer that is shown and another one of the scan differ. */
export class Differences {
  /** The other layer; null while nothing is compared. */
  other = $state.raw<LayerSummary | null>(null);
  /** Places where they differ, the largest first. */
  places = $state.raw<readonly PointLPS[]>([]);
  /** Which of them was visited last, from 1; 0 for none. */
  at = $state(0);
  busy = $state(false);
  #overlay = $state.raw<LabelOverlay | null>(null);
  #image = $state.raw<LabelImage | undefined>(undefined);
  readonly #host: Host;
  readonly #organs: Organs;
  #aborter = new AbortController();

  constructor(host: Host, organs: Organs) {
    this.#host = host;
    this.#organs = organs;
  }

  /** To be drawn over the slices: nothing once another layer is shown. */
  get overlays(): readonly LabelOverlay[] {
    return this.#overlay !== null && this.#image === this.#organs.image ? [this.#overlay] : [];
  }

  get shown(): boolean {
    return this.overlays.length > 0;
  }

  clear(): void {
    this.#aborter.abort();
    this.other = null;
    this.places = [];
    this.at = 0;
    this.busy = false;
    this.#overlay = null;
    this.#image = undefined;
  }

  /** Compares the layer that is shown with another one. Organs are matched by name. */
  async show(scan: string, id: string): Promise<void> {
    this.clear();
    const { image, layer, layers } = this.#organs;
    const other = layers.find((each) => each.id === id);
    if (!image || !layer || !other) return;
    const { signal } = (this.#aborter = new AbortController());
    this.other = other;
    this.busy = true;
    try {
      const bytes = await this.#host.labels(scan, id, image.stored.length * (other.storedType === 'uint16' ? 2 : 1), { signal });
      const labels = other.storedType === 'uint16' ? new Uint16Array(bytes) : new Uint8Array(bytes);
      const marks = differencesOf(image.stored, layer.segments, labels, other.segments);
      const places = await uncertainPlaces(
        image.geometry,
        marks.map((mark) => (mark === 0 ? 0 : 255)),
        signal,
        SMALLEST,
      );
      if (signal.aborted) return;
      this.places = (places ?? []).map(({ point }) => point);
      this.#image = image;
      this.#overlay = { labels: new LabelImage(image.geometry, marks, differenceLooks()), style: { fill: 0.6, outline: 1 } };
    } finally {
      if (!signal.aborted) this.busy = false;
    }
  }

  /** The next place; after the last one the first again. */
  next(): PointLPS | undefined {
    if (this.places.length === 0) return undefined;
    this.at = (this.at % this.places.length) + 1;
    return this.places[this.at - 1];
  }
}
