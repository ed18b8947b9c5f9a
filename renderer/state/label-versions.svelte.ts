import type { Host } from '../api/host.ts';
import type { LabelVersion } from '../api/types.ts';
import type { LabelDelta } from '../../core/labelling/index.ts';
import type { LabelOverlay } from '../scene/index.ts';
import type { Labelling } from './labelling.svelte.ts';
import { VersionDifference, type DifferenceCounts } from './version-difference.ts';

/** The kept states of the layer that is drawn in. */
export class LabelVersions {
  /** Whether they are on the screen. */
  open = $state(false);
  /** The newest first. */
  list = $state.raw<readonly LabelVersion[]>([]);
  /** The one that the present is compared with, and how many voxels differ. */
  compared = $state.raw<(DifferenceCounts & { readonly version: LabelVersion }) | null>(null);
  #difference: VersionDifference | undefined;
  readonly #host: Host;
  readonly #labelling: Labelling;
  readonly #scan: () => string | undefined;

  constructor(host: Host, labelling: Labelling, scan: () => string | undefined) {
    this.#host = host;
    this.#labelling = labelling;
    this.#scan = scan;
  }

  /** What the views lay over the labels. */
  get overlay(): LabelOverlay | undefined {
    return this.compared && this.#difference ? { labels: this.#difference.image, style: { fill: 0.15, outline: 2 } } : undefined;
  }

  async refresh(): Promise<void> {
    const at = this.#place;
    const list = at ? await this.#host.versions(...at) : [];
    if (at?.[1] === this.#place?.[1]) this.list = list.toReversed();
  }

  /** Keeps the present state under a name. @returns whether it was kept */
  async keep(name: string): Promise<boolean> {
    const at = this.#place;
    const { words } = this.#labelling;
    if (!at) this.#labelling.say(words.noLayer);
    else if (this.#labelling.unsent > 0) this.#labelling.say(words.versions.unsent);
    else {
      await this.#host.keepVersion(...at, name);
      await this.refresh();
      return true;
    }
    return false;
  }

  /** Shows where the present differs from a version; null ends it. */
  async compare(version: LabelVersion | null): Promise<void> {
    this.#difference = undefined;
    this.compared = null;
    const at = this.#place;
    const { labels, image } = this.#labelling;
    if (!version || !at || !labels || !image) return;
    const bytes = await this.#host.versionVoxels(...at, version.id, labels.byteLength);
    const then = labels instanceof Uint16Array ? new Uint16Array(bytes) : new Uint8Array(bytes);
    // Another layer may be open by now.
    if (labels !== this.#labelling.labels) return;
    this.#difference = new VersionDifference(image.geometry, labels, then);
    this.compared = { version, ...this.#difference.counts };
  }

  /** Brings a version back, as a step that can be undone. */
  restore(version: LabelVersion): void {
    this.#labelling.restore(version.id);
  }

  /** The label map has changed. */
  follow(delta: LabelDelta): void {
    if (!this.#difference || !this.compared) return;
    this.#difference.update(delta);
    this.compared = { version: this.compared.version, ...this.#difference.counts };
  }

  /** Another layer is open, or none. */
  leave(): void {
    this.list = [];
    this.compared = null;
    this.#difference = undefined;
  }

  get #place(): readonly [scan: string, layer: string] | undefined {
    const [scan, { layer }] = [this.#scan(), this.#labelling];
    return scan === undefined || layer === null ? undefined : [scan, layer.id];
  }
}
