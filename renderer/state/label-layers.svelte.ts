import type { Host } from '../api/host.ts';
import type { LayerSummary, RemovedLayer } from '../api/types.ts';
import { LabelImage, type LabelOverlay } from '../scene/index.ts';
import type { Labelling, LabellingRoom } from './labelling.svelte.ts';

/** A layer that is seen while another one is drawn in. */
interface Beside {
  readonly scan: string;
  readonly layer: LayerSummary;
  readonly image: LabelImage;
}

/** The label layers of the scan: their names, the trash, and those that are seen beside the one that is drawn in. */
export class LabelLayers {
  /** Whether they are on the screen. */
  open = $state(false);
  /** In the trash, the latest removed first. */
  removed = $state.raw<readonly RemovedLayer[]>([]);
  #beside = $state.raw<readonly Beside[]>([]);
  readonly #host: Host;
  readonly #room: LabellingRoom;
  readonly #labelling: Labelling;
  /** How often each layer was asked for again. */
  readonly #readings: Record<string, number> = {};

  constructor(host: Host, labelling: Labelling, room: LabellingRoom) {
    this.#host = host;
    this.#labelling = labelling;
    this.#room = room;
  }

  /** What the views lay over the layer that is drawn in. */
  get overlays(): readonly LabelOverlay[] {
    const { organs } = this.#room;
    const seen = this.#beside.filter(({ scan, layer }) => scan === this.#room.scan() && layer.id !== organs.layer?.id);
    return organs.visible ? seen.map(({ image }) => ({ labels: image, style: { fill: 0.12, outline: 1 } })) : [];
  }

  isBeside(layer: string): boolean {
    return this.#beside.some((other) => other.layer.id === layer);
  }

  /** Shows a layer beside the one that is drawn in, or no longer. */
  async setBeside(layer: LayerSummary, shown: boolean): Promise<void> {
    this.#beside = this.#beside.filter((other) => other.layer.id !== layer.id);
    const scan = this.#room.scan();
    if (!shown || scan === undefined) return;
    const image = await this.#read(scan, layer);
    if (image) this.#beside = [...this.#beside.filter((other) => other.layer.id !== layer.id), { scan, layer, image }];
  }

  async rename(layer: LayerSummary, given: string): Promise<void> {
    const [scan, name] = [this.#room.scan(), given.trim()];
    if (scan === undefined || name === '' || name === layer.name) return;
    await this.#host.renameLayer(scan, layer.id, name);
  }

  /** Moves a layer to the trash; one press brings it back. */
  async remove(layer: LayerSummary): Promise<void> {
    const { organs, toasts } = this.#room;
    const scan = this.#room.scan();
    if (scan === undefined) return;
    const { words } = this.#labelling;
    if (layer.id === this.#labelling.layer?.id && this.#labelling.unsent > 0) {
      this.#labelling.say(words.layers.unsent);
      return;
    }
    await this.#host.removeLayer(scan, layer.id);
    this.#beside = this.#beside.filter((other) => other.layer.id !== layer.id);
    const run = (): void => {
      this.restore(layer.id).catch((error: unknown) => toasts.error(error, words.layers.restoreFailed));
    };
    toasts.show({ tone: 'plain', title: words.layers.removedOne(layer.name), action: { label: words.layers.undo, run } });
    await organs.refresh(scan, layer.id);
    const [next] = organs.layers;
    if (organs.layer === null && next) await organs.show(next.id);
    await this.refresh();
  }

  /** Takes a layer out of the trash and shows it. */
  async restore(id: string): Promise<void> {
    const scan = this.#room.scan();
    if (scan === undefined) return;
    await this.#host.restoreLayer(scan, id);
    await this.#room.organs.refresh(scan, id);
    await this.#room.organs.show(id);
    await this.refresh();
  }

  /** Asks what is in the trash. */
  async refresh(): Promise<void> {
    const scan = this.#room.scan();
    const removed = scan === undefined ? [] : await this.#host.removedLayers(scan);
    if (scan === this.#room.scan()) this.removed = removed;
  }

  /** Somebody changed a layer, drew in it, or removed it. */
  async changed(scan: string, id: string): Promise<void> {
    if (!this.#beside.some((other) => other.scan === scan && other.layer.id === id)) return;
    const wanted = (this.#readings[id] ?? 0) + 1;
    this.#readings[id] = wanted;
    const layer = (await this.#host.layers(scan)).find((one) => one.id === id);
    const image = layer && (await this.#read(scan, layer));
    // It may have changed once more meanwhile: the last one to ask has the newest.
    if (this.#readings[id] !== wanted) return;
    this.#beside = this.#beside.flatMap((other) => (other.layer.id !== id ? other : layer && image ? { scan, layer, image } : []));
  }

  async #read(scan: string, { id, dims, storedType, segments }: LayerSummary): Promise<LabelImage | undefined> {
    const voxels = dims[0] * dims[1] * dims[2];
    const bytes = await this.#host.labels(scan, id, storedType === 'uint16' ? 2 * voxels : voxels);
    const volume = this.#room.volume();
    if (!volume || scan !== this.#room.scan()) return undefined;
    const image = new LabelImage(volume.geometry, storedType === 'uint16' ? new Uint16Array(bytes) : new Uint8Array(bytes));
    image.setLooks(segments.map(({ value, colour }) => [image.drawn(value), { colour, visible: true }] as const));
    return image;
  }
}
