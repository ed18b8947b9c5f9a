import type { Host } from '../api/host.ts';
import { reportOf, type ErrorReport } from '../api/errors.ts';
import type { LayerEdited, LayerSummary, Segment } from '../api/types.ts';
import {
  isEmptyDelta,
  SegmentVolumes,
  type Grid,
  type LabelArray,
  type LabelDelta,
  type PaintRules,
  type Refusal,
  type ScanValues,
  ToolRefusal,
} from '../../core/labelling/index.ts';
import type { Messages } from '../messages/index.ts';
import type { LabelImage, LabelOverlay, VolumeImage } from '../scene/index.ts';
import { LabelBrush } from './label-brush.ts';
import { LabelEdits, type SegmentsChange } from './label-edits.ts';
import { layerPort, readTogether } from './label-port.ts';
import { LabelSettings } from './label-settings.svelte.ts';
import { LiveStroke, type PaintingStroke } from './live-stroke.ts';
import type { Organs } from './organs.svelte.ts';
import { LabelShapes } from './label-shapes.svelte.ts';
import { LabelLayers } from './label-layers.svelte.ts';
import { LabelVersions } from './label-versions.svelte.ts';
import { LabelWire } from './label-wire.ts';
import { SeedGrowing } from './seed-growing.svelte.ts';
import { SegmentTools } from './segment-tools.svelte.ts';
import { addSegment, changeSegment, emptied, lockedOf, newSegment, removeSegment, sameSegments } from './segments.ts';
import { refusalText } from './refusal-text.ts';
import type { KeyValueStore } from './stored.ts';
import type { Toasts } from './toasts.svelte.ts';
import { voxelChange } from './voxel-change.ts';

/** What labelling shares with the reading room. */
export interface LabellingRoom {
  readonly organs: Organs;
  readonly toasts: Toasts;
  readonly scan: () => string | undefined;
  readonly volume: () => VolumeImage | undefined;
  readonly words: () => Messages['labelling'];
}

/** The layer that is being drawn in: its segments, its undo, and how what is drawn comes to the host. */
export class Labelling {
  readonly settings: LabelSettings;
  readonly brush = new LabelBrush(this);
  readonly shapes = new LabelShapes(this);
  readonly wire = new LabelWire(this);
  readonly tools = new SegmentTools(this);
  readonly seeds = new SeedGrowing(this);
  readonly layers: LabelLayers;
  readonly versions: LabelVersions;
  /** The layer that can be drawn in, once its state is known. */
  layer = $state.raw<LayerSummary | null>(null);
  segments = $state.raw<readonly Segment[]>([]);
  /** Number of the segment that is drawn. */
  value = $state<number | null>(null);
  /** Why a tool could not act, or what it did. */
  notice = $state<string | null>(null);
  unsent = $state(0);
  /** Why what is unsent waits. */
  waiting = $state.raw<ErrorReport | null>(null);
  undoTitle = $state<string | null>(null);
  redoTitle = $state<string | null>(null);
  /** Grows when volumes have changed. */
  counted = $state(0);
  readonly #host: Host;
  readonly #room: LabellingRoom;
  /** Of this window. */
  readonly #client = crypto.randomUUID();
  /** Not reactive: what they hold is mirrored above. */
  #edits: LabelEdits | undefined;
  #image: LabelImage | undefined;
  #volumes: SegmentVolumes | undefined;
  /** The segment that is drawn, while the layer is read anew. */
  #kept: number | null = null;
  /** Layers that were left while something was on its way. */
  #left: readonly LabelEdits[] = [];

  constructor(host: Host, store: KeyValueStore, room: LabellingRoom) {
    this.#host = host;
    this.#room = room;
    this.settings = new LabelSettings(store);
    this.layers = new LabelLayers(host, this, room);
    this.versions = new LabelVersions(host, this, () => room.scan());
  }

  get active(): Segment | undefined {
    return this.segments.find(({ value }) => value === this.value);
  }

  get grid(): Grid | undefined {
    return this.#image?.geometry;
  }

  get labels(): LabelArray | undefined {
    return this.#edits?.labels;
  }

  get image(): LabelImage | undefined {
    return this.#image;
  }

  /** The values of the scan, once all of them are there. */
  get values(): ScanValues | undefined {
    const volume = this.#room.volume();
    return volume?.full && volume.level ? { voxels: volume.level.voxels, slope: volume.slope, intercept: volume.intercept } : undefined;
  }

  /** What the views lay over the layer. */
  get overlays(): readonly LabelOverlay[] {
    return [...this.layers.overlays, this.versions.overlay, this.seeds.overlay].filter((overlay) => overlay !== undefined);
  }

  /** Something drawn is on no disk yet. */
  get anythingUnsent(): boolean {
    return [this.#edits, ...this.#left].some((edits) => edits !== undefined && edits.unsent > 0);
  }

  /** As the views draw it: colours for colour-blind people may stand for those of a file. */
  colourOf({ value, colour }: Segment): string {
    return this.#room.organs.items.find((organ) => organ.value === value)?.colour ?? colour;
  }

  millilitres(value: number): number {
    void this.counted;
    return this.#volumes?.millilitres(value) ?? 0;
  }

  /** What the tools may touch. @param value 0 erases */
  rules(value: number): PaintRules {
    const { settings } = this;
    const paints = typeof settings.over === 'number' ? [settings.over] : settings.over;
    const over = value === 0 && settings.eraseOnlyActive && this.value !== null ? [this.value] : value === 0 ? 'everything' : paints;
    return { value, over, locked: lockedOf(this.segments) };
  }

  /** Turns to the layer that is shown; one that a model drew must be taken over first. */
  async attend(layer: LayerSummary | null, image: LabelImage | undefined): Promise<void> {
    if (image === this.#image && layer?.id === this.layer?.id) return;
    this.#leave();
    const scan = this.#room.scan();
    if (scan === undefined || layer === null || image === undefined || layer.kind === 'proposal' || layer.growing === true) return;
    this.#image = image;
    const port = layerPort(this.#host, scan, layer);
    // What is shown may be older than the state, or newer.
    const { state, voxels } = await readTogether(port);
    if (this.#image !== image) return;
    image.stored.set(voxels);
    image.changed();
    this.#volumes = new SegmentVolumes(image.stored, image.geometry);
    this.#edits = new LabelEdits(port, image.stored, state, this.#client, {
      applied: (delta) => this.#applied(image, delta),
      changed: () => this.#changed(image),
      refused: (title, why) => this.#refused(title, why),
      merged: () => (this.notice = this.words.merged),
    });
    this.layer = layer;
    this.value = this.#kept ?? state.segments[0]?.value ?? null;
    this.#kept = null;
    this.#changed(image);
  }

  /** A new layer, empty or with what another has. @returns its id */
  async newLayer(name: string, from?: string): Promise<string | undefined> {
    const scan = this.#room.scan();
    if (scan === undefined) return undefined;
    const layer = await this.#host.newLayer(scan, { name, ...(from === undefined ? {} : { from }) });
    await this.#room.organs.refresh(scan, layer.id);
    await this.#room.organs.show(layer.id);
    return layer.id;
  }

  addSegment(): void {
    const { labels } = this;
    if (!labels) return;
    const segment = newSegment(this.segments, (value) => this.words.newName(value), 65535);
    if (!segment) this.notice = this.words.full;
    else if (this.table(this.words.steps.add(segment.name), addSegment(segment))) this.value = segment.value;
  }

  change(value: number, change: Partial<Omit<Segment, 'value'>>, title: string): void {
    this.table(title, changeSegment(value, change));
  }

  remove(segment: Segment): void {
    const { labels } = this;
    if (!labels) return;
    if (segment.locked) {
      this.notice = this.words.isLocked(segment.name);
      return;
    }
    this.make(this.words.steps.remove(segment.name), emptied(labels, segment.value), removeSegment(segment.value));
    if (this.value === segment.value) this.value = this.segments[0]?.value ?? null;
  }

  say(what: string): void {
    this.notice = what;
  }

  /** Changes the table of segments alone. */
  table(title: string, change: SegmentsChange): boolean {
    return this.make(title, { runs: new Uint32Array() }, change);
  }

  /**
   * Makes a change, here at once and then at the host.
   * @param painted the voxels have it already
   * @returns false, and says why, when it cannot be made
   */
  make(title: string, delta: LabelDelta, segments?: SegmentsChange, painted = false): boolean {
    if (!this.#edits || (isEmptyDelta(delta) && !segments)) {
      this.notice = this.words.nothing;
      return false;
    }
    return this.try(() => {
      this.#edits?.make(title, delta, segments, painted);
      this.notice = null;
    });
  }

  /** Runs what may say that it cannot, and tells why. */
  try(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.notice = this.why(error);
      return false;
    }
  }

  /** Why something could not be done, in the user's language where that is known. */
  why(error: unknown): string {
    if (error instanceof ToolRefusal) return this.wordsOf(error.refusal);
    const { message, advice } = reportOf(error);
    return [message, advice].filter((text) => text !== undefined).join(' ');
  }

  wordsOf(refusal: Refusal): string {
    return refusalText(refusal, this.words.refusals, (value) => this.segments.find((one) => one.value === value)?.name ?? String(value));
  }

  undo(): void {
    if (this.undoTitle === null && this.unsent === 0) this.notice = this.words.nothingToUndo;
    else this.#edits?.undo();
  }

  redo(): void {
    if (this.redoTitle === null && this.unsent === 0) this.notice = this.words.nothingToRedo;
    else this.#edits?.redo();
  }

  /** Brings a version of the layer back. */
  restore(version: string): void {
    this.#edits?.restore(version);
  }

  /** A stroke in the label map goes to the host while it is drawn. @param title of its step */
  beginStroke(stroke: PaintingStroke, title: string): LiveStroke | undefined {
    return this.#edits && new LiveStroke(this.#edits, stroke, title);
  }

  /** A change is on the host's disk. @returns whether the layer is the one that is drawn in */
  edited({ scan, layer, sequence, client }: LayerEdited): boolean {
    if (scan !== this.#room.scan() || layer !== this.layer?.id || this.#room.organs.image !== this.#image) return false;
    if (client !== this.#client) this.#edits?.elsewhere(sequence);
    return true;
  }

  /** The host is back. */
  retry(): void {
    for (const edits of [this.#edits, ...this.#left]) edits?.retry();
  }

  get words(): Messages['labelling'] {
    return this.#room.words();
  }

  #leave(): void {
    this.brush.end();
    const edits = this.#edits;
    if (edits && edits.unsent > 0) this.#left = [...this.#left.filter(({ unsent }) => unsent > 0), edits];
    this.tools.cancel();
    this.seeds.discard();
    this.versions.leave();
    this.shapes.outline = null;
    this.#edits = undefined;
    this.#image = undefined;
    this.#volumes = undefined;
    this.layer = null;
    this.segments = [];
    this.value = null;
    this.notice = null;
    this.unsent = 0;
    this.waiting = null;
    this.undoTitle = this.redoTitle = null;
  }

  #applied(image: LabelImage, delta: LabelDelta): void {
    if (image === this.#image) {
      this.#volumes?.update(delta);
      this.seeds.follow(delta);
      this.versions.follow(delta);
    }
    image.changed(voxelChange(image, delta));
    this.counted++;
  }

  #changed(image: LabelImage): void {
    const edits = this.#edits;
    if (!edits || image !== this.#image) return;
    const { segments, state, unsent } = edits;
    if (!sameSegments(segments, this.segments)) {
      this.segments = segments;
      if (this.#room.organs.image === image) this.#room.organs.setSegments(segments);
    }
    if (this.value === null || !segments.some(({ value }) => value === this.value)) this.value = segments[0]?.value ?? null;
    this.unsent = unsent;
    this.waiting = edits.waiting;
    if (edits.outgrown && unsent === 0 && this.#kept === null) void this.#readAnew();
    this.undoTitle = edits.lastTitle ?? state.undoTitle;
    this.redoTitle = edits.lastTitle === undefined ? state.redoTitle : null;
  }

  /** The layer has 16 bits now: everything that shows it takes the wider map. */
  async #readAnew(): Promise<void> {
    const [scan, layer] = [this.#room.scan(), this.layer?.id];
    if (scan === undefined || layer === undefined) return;
    this.#kept = this.value;
    try {
      await this.#room.organs.refresh(scan, layer);
    } catch (error) {
      this.#kept = null;
      this.#refused('', { error });
    }
  }

  #refused(title: string, why: { readonly conflict: true } | { readonly error: unknown }): void {
    const words = this.words;
    if ('conflict' in why) {
      this.#room.toasts.show({ tone: 'bad', title: words.takenBack(title), text: words.conflict });
      return;
    }
    const { message, advice } = reportOf(why.error);
    this.#room.toasts.show({ tone: 'bad', title: title === '' ? words.stepFailed : words.takenBack(title), text: message, advice });
  }
}
