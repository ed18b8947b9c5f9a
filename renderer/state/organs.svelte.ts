import { isAbort } from '../api/errors.ts';
import type { Host } from '../api/host.ts';
import type { BoxDocument, LayerSummary, Segment, SegmentStatistics } from '../api/types.ts';
import { LabelImage, type LabelStyle, type SecondVolume, type SegmentLook, type VolumeImage } from '../scene/index.ts';
import { entropyOverlay } from './overlay.ts';
import { segmentColour } from '../../core/labelling/segment-colours.ts';
import { oneOf, readStored, writeStored, type KeyValueStore } from './stored.ts';

/** A segment as the organ panel lists it. */
export interface Organ {
  /** Its number in the layer. */
  readonly value: number;
  /** Its number in what is drawn; another one only in a 16-bit layer. */
  readonly drawn: number;
  readonly name: string;
  readonly storedColour: string;
  readonly colour: string;
  readonly visible: boolean;
  readonly opacity: number;
  readonly statistics: SegmentStatistics | undefined;
}
import { uncertainPlaces, type UncertainPlace } from './uncertain-places.ts';

const anyColours = oneOf('safe', 'own');

/** The label layers of the open scan and how the one that is shown looks. */
export class Organs {
  layers = $state.raw<readonly LayerSummary[]>([]);
  layer = $state.raw<LayerSummary | null>(null);
  image = $state.raw<LabelImage | undefined>(undefined);
  items = $state.raw<readonly Organ[]>([]);
  loading = $state(false);
  /** All of them, without forgetting which are hidden one by one. */
  visible = $state(true);
  style = $state.raw<LabelStyle>({ fill: 0.35, outline: 1.5 });
  /** Where a file brought its colours: draw the safe ones nevertheless. */
  #safe = $state(true);
  /** Where the model that drew the layer was unsure. */
  entropy = $state.raw<SecondVolume | undefined>(undefined);
  /** Where it was unsure, as far as {@link nextUncertain} has gone. */
  uncertain = $state.raw<(UncertainPlace & { readonly number: number }) | null>(null);
  /** Another layer that lends its uncertainty where the one that is shown has none: a proposal beside it. */
  #lent = $state.raw<LayerSummary | null>(null);
  /** Of the layer that is unsure, the most uncertain first. */
  #places: Promise<readonly UncertainPlace[] | undefined> | undefined;
  readonly #host: Host;
  readonly #store: KeyValueStore;
  #scan = '';
  #volume: VolumeImage | undefined;
  #aborter = new AbortController();
  #growth: { box: [number, number]; running: boolean } | undefined;

  constructor(host: Host, store: KeyValueStore) {
    this.#host = host;
    this.#store = store;
    this.#safe = readStored(store, 'tessera.colours', anyColours, 'safe') === 'safe';
  }

  /** Whether the layer was read from a file that has colours of its own: then there is a choice. */
  get ownColours(): boolean {
    return this.layer?.kind === 'imported' && this.items.some(({ value, storedColour }) => storedColour !== segmentColour(value));
  }

  /** Colours that colour-blind people tell apart, instead of those of the file. */
  get safeColours(): boolean {
    return this.#safe;
  }

  /** Remembered for all files. */
  set safeColours(safe: boolean) {
    this.#safe = safe;
    writeStored(this.#store, 'tessera.colours', safe ? 'safe' : 'own');
    this.#changeAll(({ value, storedColour }) => ({ colour: this.#colourOf(value, storedColour) }));
  }

  /** What the views draw: nothing while labels are switched off. */
  get shown(): LabelImage | undefined {
    return this.visible ? this.image : undefined;
  }

  nameOf(value: number | undefined): string | undefined {
    return value === undefined || value === 0 ? undefined : this.items.find((organ) => organ.value === value)?.name;
  }

  /** The segments of the layer that is shown have changed; what was set for the eyes only stays. */
  setSegments(segments: readonly Segment[]): void {
    const { image } = this;
    if (!image) return;
    const { items } = this;
    this.items = segments.map((segment, at) => {
      // Mostly they stand where they stood; a search through thousands is the exception.
      const known = items[at]?.value === segment.value ? items[at] : items.find(({ value }) => value === segment.value);
      const organ = known ?? this.#organOf(segment, image);
      const kept = organ.storedColour === segment.colour ? organ.colour : segment.colour;
      return { ...organ, name: segment.name, storedColour: segment.colour, colour: kept };
    });
    this.#showLooks();
  }

  /** Counts the voxels of the segments anew, after they were changed here. */
  async recount(): Promise<void> {
    if (this.layer) await this.#countVoxels(this.#scan, this.layer.id, this.#aborter.signal);
  }

  /** Turns to another scan and shows its first layer. */
  async open(scan: string, volume: VolumeImage): Promise<void> {
    this.close();
    this.#scan = scan;
    this.#volume = volume;
    this.layers = await this.#host.layers(scan, { signal: this.#aborter.signal });
    const first = this.layers[0];
    if (first) await this.show(first.id);
  }

  close(): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.layers = [];
    this.layer = null;
    this.image = undefined;
    this.items = [];
    this.#forgetEntropy();
    this.#growth = undefined;
  }

  /** The layer whose uncertainty can be shown. */
  get unsure(): LayerSummary | undefined {
    return [this.layer, this.#lent].find((layer) => layer?.entropy === true) ?? undefined;
  }

  /** Another layer lends its uncertainty to the one that is shown; or none does any more. */
  lend(layer: LayerSummary | null): void {
    if (layer?.id === this.#lent?.id) return;
    const before = this.unsure?.id;
    this.#lent = layer;
    if (this.unsure?.id !== before) this.#forgetEntropy();
  }

  async showEntropy(show: boolean): Promise<void> {
    this.entropy = undefined;
    const { unsure } = this;
    if (!show || !unsure || !this.#volume) return;
    const { signal } = this.#aborter;
    const overlay = await entropyOverlay(this.#host, this.#scan, unsure.id, this.#volume.geometry, signal);
    if (!signal.aborted && this.unsure?.id === unsure.id) this.entropy = overlay;
  }

  /**
   * The most uncertain place that was not visited yet; shows the uncertainty, too. After the last one it begins anew.
   * @returns undefined at the end, and where nothing is known of it
   */
  async nextUncertain(): Promise<UncertainPlace | undefined> {
    const { unsure } = this;
    if (!unsure) return undefined;
    if (!this.entropy) await this.showEntropy(true);
    const volume = this.entropy?.volume;
    const voxels = volume?.level?.voxels;
    if (!volume || !(voxels instanceof Uint8Array)) return undefined;
    this.#places ??= uncertainPlaces(volume.geometry, voxels, this.#aborter.signal);
    const places = await this.#places;
    if (this.unsure !== unsure) return undefined;
    const at = this.uncertain?.number ?? 0;
    const place = places?.[at];
    this.uncertain = place ? { ...place, number: at + 1 } : null;
    return place;
  }

  #forgetEntropy(): void {
    this.entropy = undefined;
    this.uncertain = null;
    this.#places = undefined;
  }

  /** Shows another layer, or none. */
  async show(id: string | null): Promise<void> {
    this.#aborter.abort();
    const { signal } = (this.#aborter = new AbortController());
    this.#growth = undefined;
    const layer = this.layers.find((other) => other.id === id) ?? null;
    this.layer = layer;
    this.#forgetEntropy();
    if (layer === null || this.#volume === undefined) {
      this.image = undefined;
      this.items = [];
      return;
    }
    this.loading = true;
    try {
      await this.#load(layer, this.#volume, signal);
    } finally {
      if (!signal.aborted) this.loading = false;
    }
  }

  async #load(layer: LayerSummary, volume: VolumeImage, signal: AbortSignal): Promise<void> {
    const scan = this.#scan;
    const count = layer.dims[0] * layer.dims[1] * layer.dims[2];
    const bytes = await this.#host.labels(scan, layer.id, count * (layer.storedType === 'uint16' ? 2 : 1), { signal });
    const image = new LabelImage(volume.geometry, layer.storedType === 'uint16' ? new Uint16Array(bytes) : new Uint8Array(bytes));
    this.items = layer.segments.map((segment) => this.#organOf(segment, image));
    image.setLooks(looksOf(this.items));
    this.image = image;
    if (layer.growing !== true) void this.#countVoxels(scan, layer.id, signal);
  }

  #organOf({ value, name, colour, hidden }: Segment, image: LabelImage): Organ {
    return {
      value,
      drawn: image.drawn(value),
      name,
      storedColour: colour,
      colour: this.#colourOf(value, colour),
      // Rejected in a proposal.
      visible: hidden !== true,
      opacity: 1,
      statistics: undefined,
    };
  }

  async #countVoxels(scan: string, layer: string, signal: AbortSignal): Promise<void> {
    try {
      const statistics = await this.#host.statistics(scan, layer, { signal });
      this.items = this.items.map((organ) => ({ ...organ, statistics: statistics.find(({ value }) => value === organ.value) }));
    } catch (error) {
      // The list is as useful without volumes; the host logs why.
      if (!isAbort(error)) console.warn(error);
    }
  }

  change(value: number, look: Partial<Pick<Organ, 'visible' | 'colour' | 'opacity'>>): void {
    this.#changeAll((organ) => (organ.value === value ? look : {}));
  }

  setAllVisible(visible: boolean): void {
    this.#changeAll(() => ({ visible }));
  }

  /** Hides all others. */
  showOnly(value: number): void {
    this.#changeAll((organ) => ({ visible: organ.value === value }));
  }

  /** What a person chose for a segment here is shown as it was chosen. */
  #colourOf(value: number, stored: string): string {
    return this.layer?.kind === 'imported' && this.#safe ? segmentColour(value) : stored;
  }

  #changeAll(change: (organ: Organ) => Partial<Organ>): void {
    this.items = this.items.map((organ) => ({ ...organ, ...change(organ) }));
    this.#showLooks();
  }

  #showLooks(): void {
    this.image?.setLooks(looksOf(this.items));
  }

  /** A layer was stored or changed by someone else. */
  async refresh(scan: string, layer: string): Promise<void> {
    if (scan !== this.#scan) return;
    this.layers = await this.#host.layers(scan);
    if (this.layer === null || this.layer.id === layer) await this.show(layer);
  }

  /** A segmentation of this scan has grown by the voxels in a box: reads the slices that it touches. */
  async grow(scan: string, layer: string, box: BoxDocument): Promise<void> {
    if (scan !== this.#scan) return;
    if (this.layer?.id !== layer || !this.image) {
      if (!this.layers.some(({ id }) => id === layer)) await this.#findGrowing(scan, layer);
      return;
    }
    const [from, to] = this.#growth?.box ?? [Infinity, 0];
    const running = this.#growth?.running ?? false;
    this.#growth = { box: [Math.min(from, box[2]), Math.max(to, box[5])], running };
    if (!running) await this.#readGrowth(scan, this.layer, this.image);
  }

  /** Whoever watches a segmentation begin wants to see it: it is shown as soon as it exists. */
  async #findGrowing(scan: string, layer: string): Promise<void> {
    this.layers = await this.#host.layers(scan);
    if (this.layers.some(({ id }) => id === layer)) await this.show(layer);
  }

  /** Boxes that arrive while one is read are read together next. */
  async #readGrowth(scan: string, layer: LayerSummary, image: LabelImage): Promise<void> {
    const { signal } = this.#aborter;
    const slice = layer.dims[0] * layer.dims[1];
    while (this.#growth && this.#growth.box[1] > this.#growth.box[0]) {
      const [from, to] = this.#growth.box;
      this.#growth = { box: [Infinity, 0], running: true };
      try {
        const bytes = await this.#host.labelRange(scan, layer.id, from * slice, to * slice, { signal });
        image.voxels.set(new Uint8Array(bytes), from * slice);
        image.changed();
      } catch (error) {
        // The next box brings the next try, and the finished layer is read whole.
        if (!isAbort(error)) console.warn(error);
        break;
      }
    }
    if (!signal.aborted) this.#growth = undefined;
  }
}

/** Where more than 255 segments share numbers, the first of them lends its look. */
function looksOf(items: readonly Organ[]): (readonly [number, SegmentLook])[] {
  return items.map(({ drawn, colour, opacity, visible }) => [drawn, { colour, opacity, visible }] as const).reverse();
}
