import { isEmptyDelta, type Refusal, type Stroke } from '../../core/labelling/index.ts';
import type { Box } from '../../core/imaging/box.ts';
import type { Triple } from '../../core/imaging/volume.ts';
import type { HeldStroke, LabelEdits } from './label-edits.ts';

/** Milliseconds from the first voxel that was painted to its way to the host: half of the second that may be lost, as the way takes time, too. */
const HAND_OVER = 500;

/** A stroke that paints into the label map while it is drawn. */
export type PaintingStroke = Pick<Stroke, 'to' | 'handOver' | 'cancel' | 'whyNothing'>;

/** A stroke that goes to the host piece by piece while it is drawn, and is one step there. */
export class LiveStroke implements HeldStroke {
  readonly id = crypto.randomUUID();
  readonly #edits: LabelEdits;
  readonly #stroke: PaintingStroke;
  readonly #title: string;
  /** Name of the piece that went last. */
  #last: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(edits: LabelEdits, stroke: PaintingStroke, title: string) {
    this.#edits = edits;
    this.#stroke = stroke;
    this.#title = title;
    edits.beginStroke(this);
  }

  /** As {@link Stroke.to}; nothing once the stroke is over. */
  to(point: Triple, pressure: number): Box | undefined {
    if (this.#over) return undefined;
    const box = this.#stroke.to(point, pressure);
    if (box) this.#timer ??= setTimeout(() => this.handOver(), HAND_OVER);
    return box;
  }

  handOver(): void {
    this.#stopTimer();
    this.#send(this.#stroke.handOver());
  }

  broken(): void {
    this.#end();
  }

  /** @returns why nothing was painted; undefined when something was */
  end(): Refusal | undefined {
    if (!this.#over) this.handOver();
    this.#end();
    return this.#stroke.whyNothing();
  }

  /** Gives the stroke up: the labels become as before it, here and at the host, where it leaves no step. */
  cancel(): void {
    if (!this.#over) this.#send(this.#stroke.cancel());
    this.#end();
  }

  #send(delta: ReturnType<Stroke['handOver']>): void {
    if (!isEmptyDelta(delta)) this.#last = this.#edits.piece(this.#title, delta, this.id, this.#last);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopTimer();
    this.#edits.endStroke();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
