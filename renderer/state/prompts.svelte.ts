import { isAbort, reportOf, type ErrorReport } from '../api/errors.ts';
import type { Host } from '../api/host.ts';
import type { ModelSummary, PromptDocument } from '../api/types.ts';
import { acceptMask, type Axis } from '../../core/labelling/index.ts';
import type { Messages } from '../messages/index.ts';
import { pointLPS, pointToIndex, type PointLPS, type VolumeImage } from '../scene/index.ts';
import type { Labelling } from './labelling.svelte.ts';
import { maskBox, type MaskBox } from './mask-box.ts';
import { boxAfter, type PromptBox } from './prompt-box.ts';
import { readStored, writeStored, type KeyValueStore } from './stored.ts';

/** What clicks share with the room they are made in. */
export interface PromptRoom {
  readonly labelling: Pick<Labelling, 'labels' | 'grid' | 'active' | 'rules' | 'make' | 'try' | 'say' | 'words'>;
  readonly scan: () => string | undefined;
  readonly volume: () => VolumeImage | undefined;
  readonly models: () => readonly ModelSummary[];
  readonly words: () => Messages['assist'];
}

/** The structure that a model finds for what was shown so far. */
export interface PromptPreview extends MaskBox {
  readonly count: number;
  /** At the host, of the last answer. */
  readonly milliseconds: number;
}

/** What is being done while an answer is awaited: the scan is looked at, once, or the answer is computed. */
export type PromptWork = 'features' | 'answer';

const STORED = 'tessera.prompts.model';
/** Points of one scribble; further ones are left out. */
const MOST_POINTS = 2000;

/** Clicks, scribbles and boxes on a structure, and what a pre-trained model finds for them. */
export class Prompts {
  marks = $state.raw<readonly PromptDocument[]>([]);
  /** What was found; an older answer stays until the next one is there. */
  preview = $state.raw<PromptPreview | null>(null);
  /** What a click without Alt says: here the structure is not. */
  negative = $state(false);
  working = $state<PromptWork | null>(null);
  error = $state.raw<ErrorReport | null>(null);
  /** A scribble or a box on its way. */
  draft = $state.raw<PromptDocument | null>(null);
  readonly #host: Host;
  readonly #store: KeyValueStore;
  readonly #room: PromptRoom;
  #chosen = $state<string | null>(null);
  /** Of the scan and model that were made ready last. */
  #ready: { readonly scan: string; readonly model: string; readonly done: Promise<void>; readonly end: AbortController } | undefined;
  #asking = new AbortController();

  constructor(host: Host, store: KeyValueStore, room: PromptRoom) {
    this.#host = host;
    this.#store = store;
    this.#room = room;
    this.#chosen = readStored(store, STORED, (value) => (typeof value === 'string' ? value : undefined), null);
  }

  /** Models whose features answer clicks. */
  get models(): readonly ModelSummary[] {
    return this.#room.models();
  }

  /** The one chosen last, or else the newest. */
  get model(): ModelSummary | undefined {
    const { models } = this;
    return models.find(({ id }) => id === this.#chosen) ?? [...models].sort((a, b) => b.created.localeCompare(a.created))[0];
  }

  choose(model: string): void {
    this.#chosen = model;
    writeStored(this.#store, STORED, model);
    if (this.marks.length > 0) void this.#ask();
  }

  /** The structure is shown well enough to look for it. */
  get shown(): boolean {
    return this.marks.some((mark) => mark.kind === 'box' || mark.positive);
  }

  /** Has the scan looked at by the model, so that the first click is answered at once. */
  async warmUp(): Promise<void> {
    if (this.working !== null) return;
    this.working = 'features';
    try {
      await this.#prepare();
      this.error = null;
    } catch (error) {
      if (!isAbort(error)) this.error = reportOf(error);
    } finally {
      this.#rest('features');
    }
  }

  /** Begins a click, which is a scribble once it moves. @param opposite says the other of yes and no */
  begin(point: PointLPS, opposite: boolean): void {
    if (!this.#inside(point)) {
      this.#room.labelling.say(this.#room.words().outside);
      return;
    }
    this.draft = { kind: 'scribble', positive: this.negative === opposite, points: [placeOf(point)] };
  }

  to(point: PointLPS): void {
    const { draft } = this;
    if (draft?.kind !== 'scribble' || draft.points.length >= MOST_POINTS || !this.#inside(point)) return;
    this.draft = { ...draft, points: [...draft.points, placeOf(point)] };
  }

  /** Ends it. @param moved far enough to be meant as a scribble */
  end(moved: boolean): void {
    const { draft } = this;
    this.draft = null;
    const [first] = draft?.kind === 'scribble' ? draft.points : [];
    if (draft?.kind !== 'scribble' || !first) return;
    this.add(moved ? draft : { kind: 'point', positive: draft.positive, point: first });
  }

  /** A box while it is drawn in a slice. */
  drawBox(axis: Axis, from: PointLPS, to: PointLPS): void {
    const volume = this.#room.volume();
    if (!volume) return;
    const box = boxAfter(volume.geometry, axis, from, to, this.#box);
    this.draft = { kind: 'box', from: placeOf(box.from), to: placeOf(box.to) };
  }

  /** Takes the box that was drawn in place of the one before. */
  endBox(): void {
    const { draft } = this;
    this.draft = null;
    if (draft?.kind === 'box') this.add(draft);
  }

  cancelDraft(): void {
    this.draft = null;
  }

  add(mark: PromptDocument): void {
    const { words, labelling } = this.#room;
    if (this.model === undefined) labelling.say(words().noModel);
    else if (mark.kind !== 'box' && !mark.positive && !this.shown) labelling.say(words().beginInside);
    else {
      this.marks = [...(mark.kind === 'box' ? this.marks.filter(({ kind }) => kind !== 'box') : this.marks), mark];
      void this.#ask();
    }
  }

  /** Takes the last click back. */
  undoLast(): void {
    this.marks = this.marks.slice(0, -1);
    void this.#ask();
  }

  discard(): void {
    this.#asking.abort();
    this.marks = [];
    this.preview = null;
    this.working = null;
    this.error = null;
    this.draft = null;
  }

  /** Gives up everything, also the look at the scan. */
  close(): void {
    this.discard();
    this.#ready?.end.abort();
    this.#ready = undefined;
  }

  /** Paints what was found as one step, by the rules of painting. */
  accept(): void {
    const { labelling, words } = this.#room;
    const { preview } = this;
    const { labels, grid, active } = labelling;
    if (!preview) return;
    if (!labels || !grid) labelling.say(labelling.words.noLayer);
    else if (!active) labelling.say(labelling.words.noSegment);
    else
      labelling.try(() => {
        const delta = acceptMask(labels, grid, labelling.rules(active.value), preview.runs);
        if (labelling.make(words().steps.clicks(active.name), delta)) this.discard();
      });
  }

  #rest(from: PromptWork): void {
    if (this.working === from) this.working = null;
  }

  get #box(): PromptBox | undefined {
    const box = this.marks.find((mark) => mark.kind === 'box');
    return box && { from: pointLPS(...box.from), to: pointLPS(...box.to) };
  }

  #inside(point: PointLPS): boolean {
    const geometry = this.#room.volume()?.geometry;
    if (!geometry) return false;
    return pointToIndex(geometry, point).every((at, axis) => at > -0.5 && at < (geometry.dims[axis] ?? 0) - 0.5);
  }

  async #ask(): Promise<void> {
    this.#asking.abort();
    const { signal } = (this.#asking = new AbortController());
    const [scan, model] = [this.#room.scan(), this.model];
    const dims = this.#room.volume()?.geometry.dims;
    this.error = null;
    if (!this.shown || scan === undefined || !model || !dims) {
      this.preview = null;
      this.working = null;
      return;
    }
    try {
      this.working = 'features';
      await this.#prepare();
      signal.throwIfAborted();
      this.working = 'answer';
      const { voxels, milliseconds, delta } = await this.#host.prompts(scan, { model: model.id, prompts: [...this.marks] }, { signal });
      signal.throwIfAborted();
      const mask = maskBox(dims, delta);
      this.preview = mask ? { ...mask, count: voxels, milliseconds } : null;
      if (!mask) this.#room.labelling.say(this.#room.words().nothingFound);
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.error = reportOf(error);
    } finally {
      if (!signal.aborted) this.working = null;
    }
  }

  /** The model's look at the scan, begun once; a click that is given up does not end it. @throws ApiError */
  async #prepare(): Promise<void> {
    const [scan, model] = [this.#room.scan(), this.model?.id];
    if (scan === undefined || model === undefined) return;
    if (this.#ready?.scan !== scan || this.#ready.model !== model) {
      this.#ready?.end.abort();
      const end = new AbortController();
      const done = this.#host.prompts(scan, { model, prompts: [] }, { signal: end.signal }).then(() => undefined);
      const ready = (this.#ready = { scan, model, done, end });
      // What failed is tried again by the next click.
      done.catch(() => {
        if (this.#ready === ready) this.#ready = undefined;
      });
    }
    await this.#ready.done;
  }
}

function placeOf([x, y, z]: PointLPS): [number, number, number] {
  return [x, y, z];
}
