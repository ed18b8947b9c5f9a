import { applyDelta, isEmptyDelta, type LabelDelta } from '../../core/labelling/index.ts';
import { LabelImage, type LabelOverlay } from '../scene/index.ts';
import type { SeedAnswer, SeedRequest } from '../workers/labelling/seed-preview.ts';
import { errorOf } from '../workers/labelling/reason.ts';
import type { Labelling } from './labelling.svelte.ts';
import { openSeedWorker, type OpenSeedPort, type SeedPort } from './seed-port.ts';
import { addSegment, lockedOf, newSegment } from './segments.ts';
import { voxelChange } from './voxel-change.ts';

/**
 * Segments that grow from what is drawn of them, in a preview that follows every stroke and undo. Nothing of it is in the label map until
 * {@link accept}.
 */
export class SeedGrowing {
  /** It is on: the preview follows what is drawn. */
  on = $state(false);
  /** Something is being computed. */
  busy = $state(false);
  /** Why there is no preview. */
  problem = $state<string | null>(null);
  /** The segment whose strokes stand for everything that belongs to no segment. */
  background = $state<number | null>(null);
  preview = $state.raw<LabelImage | undefined>(undefined);
  readonly #labelling: Labelling;
  readonly #open: OpenSeedPort;
  #port: SeedPort | undefined;
  /** Changes that wait for the worker. */
  #waiting: readonly LabelDelta[] = [];
  #accepting = false;

  constructor(labelling: Labelling, open: OpenSeedPort = openSeedWorker) {
    this.#labelling = labelling;
    this.#open = open;
  }

  /** What the views lay over the labels. */
  get overlay(): LabelOverlay | undefined {
    return this.preview && { labels: this.preview, style: { fill: 0.25, outline: 1 } };
  }

  /** Grows from what is drawn now, and goes on with what is drawn later. */
  begin(): void {
    const labelling = this.#labelling;
    const { labels, grid, values, image, segments, words } = labelling;
    if (!labels || !grid || !image) {
      labelling.say(words.noLayer);
      return;
    }
    if (!values) {
      labelling.say(words.noValues);
      return;
    }
    this.discard();
    this.on = true;
    this.preview = new LabelImage(image.geometry, new (labels instanceof Uint8Array ? Uint8Array : Uint16Array)(labels.length));
    this.#port = this.#open(
      (answer) => this.#answered(answer),
      (message) => {
        this.discard();
        labelling.say(message);
      },
    );
    const { background } = this;
    const settings = { walls: lockedOf(segments), ...(background === null ? {} : { background }) };
    const { dims, spacing } = grid;
    this.#ask({ kind: 'begin', labels, values, grid: { dims, spacing }, settings });
  }

  /** Strokes of this segment stand for everything else. */
  setBackground(value: number | null): void {
    this.background = value;
    if (this.on) this.begin();
  }

  /** Adds the segment whose strokes stand for everything else, and draws in it. */
  addBackground(): void {
    const labelling = this.#labelling;
    const { labels, segments, words } = labelling;
    const segment = newSegment(segments, () => words.seeds.everythingElse, labels instanceof Uint16Array ? 65535 : 255);
    if (!labels || !segment || !labelling.table(words.steps.add(segment.name), addSegment(segment))) return;
    labelling.value = segment.value;
    this.setBackground(segment.value);
  }

  /** The label map has changed. */
  follow(delta: LabelDelta): void {
    if (!this.#port || isEmptyDelta(delta)) return;
    this.#waiting = [...this.#waiting, delta];
    this.#next();
  }

  /** Takes the preview into the label map, as one step. */
  accept(): void {
    const labelling = this.#labelling;
    if (!this.on) labelling.say(labelling.words.seeds.notOn);
    else if (this.problem !== null) labelling.say(this.problem);
    else {
      this.#accepting = true;
      this.#next();
    }
  }

  discard(): void {
    this.#port?.close();
    this.#port = undefined;
    this.#waiting = [];
    this.#accepting = false;
    this.on = false;
    this.busy = false;
    this.problem = null;
    this.preview = undefined;
  }

  #ask(request: SeedRequest): void {
    this.busy = true;
    this.#port?.ask(request);
  }

  /** One request at a time: what is drawn meanwhile goes together in the next. */
  #next(): void {
    const deltas = this.#waiting;
    if (!this.#port || this.busy) return;
    if (deltas.length > 0) {
      this.#waiting = [];
      this.#ask({ kind: 'change', deltas });
    } else if (this.#accepting) {
      const { labels, segments } = this.#labelling;
      const rules = this.#labelling.rules(segments[0]?.value ?? 1);
      if (labels) this.#ask({ kind: 'accept', labels, rules });
    }
  }

  #answered(answer: SeedAnswer): void {
    this.busy = false;
    const labelling = this.#labelling;
    if (answer.kind === 'preview') {
      this.problem = null;
      this.#show(answer.anew, answer.delta);
    } else if (answer.kind === 'none') {
      this.problem = labelling.why(errorOf(answer.reason));
      this.#accepting = false;
      this.#show(true, { runs: new Uint32Array() });
    } else if (answer.kind === 'refused') {
      this.#accepting = false;
      labelling.say(labelling.why(errorOf(answer.reason)));
    } else if (this.#waiting.length === 0) {
      this.discard();
      labelling.make(labelling.words.seeds.grown, answer.delta);
    }
    // What was drawn after acceptance was asked for belongs to it: the change is taken in first, and acceptance asked for again.
    this.#next();
  }

  #show(anew: boolean, delta: LabelDelta): void {
    const { preview } = this;
    if (!preview) return;
    const { segments } = this.#labelling;
    preview.setLooks(segments.map((one) => [preview.drawn(one.value), { colour: this.#labelling.colourOf(one), visible: true }] as const));
    if (anew) preview.stored.fill(0);
    applyDelta(preview.stored, delta);
    preview.changed(anew ? {} : voxelChange(preview, delta));
  }
}
