import { AcceptStroke, type Acceptance, type Axis, type Proposed } from '../../core/labelling/index.ts';
import type { Messages } from '../messages/index.ts';
import { pointToIndex, type PointLPS } from '../scene/index.ts';
import type { SegmentsChange } from './label-edits.ts';
import type { Labelling } from './labelling.svelte.ts';
import type { LiveStroke } from './live-stroke.ts';

/** What a stroke takes its voxels from. */
export interface PaintedProposal {
  readonly name: string;
  readonly proposed: Proposed;
  readonly acceptance: Acceptance;
  /** Adds the segments that my table has not yet. */
  readonly missing: SegmentsChange | undefined;
}

/** Strokes that accept what is proposed under them. */
export class ProposalBrush {
  readonly #labelling: Labelling;
  readonly #words: () => Messages['assist'];
  readonly #proposal: () => PaintedProposal | undefined;
  #stroke: LiveStroke | undefined;

  constructor(labelling: Labelling, words: () => Messages['assist'], proposal: () => PaintedProposal | undefined) {
    this.#labelling = labelling;
    this.#words = words;
    this.#proposal = proposal;
  }

  begin(axis: Axis, point: PointLPS, pressure: number): void {
    const labelling = this.#labelling;
    const { labels, grid, settings } = labelling;
    const words = this.#words();
    const proposal = this.#proposal();
    if (!proposal || !labels || !grid) {
      labelling.say(words.noOther);
      return;
    }
    this.end();
    labelling.try(() => {
      const { name, proposed, acceptance, missing } = proposal;
      // A stroke goes to the host in pieces, which hold voxels only: its segments must be there before it.
      if (missing) labelling.table(words.steps.segments(name), missing);
      const { radius, shape } = settings;
      const brush = shape === 'circle' ? { shape, axis, radius } : { shape, radius };
      this.#stroke = labelling.beginStroke(new AcceptStroke(labels, grid, proposed, acceptance, brush), words.steps.here(name));
      this.to(point, pressure);
    });
  }

  to(point: PointLPS, pressure: number): void {
    const { image } = this.#labelling;
    const box = image && this.#stroke?.to(pointToIndex(image.geometry, point), pressure);
    if (box) image.changed({ box });
  }

  end(): void {
    const stroke = this.#stroke;
    this.#stroke = undefined;
    if (!stroke) return;
    const refusal = stroke.end();
    this.#labelling.notice = refusal ? this.#labelling.wordsOf(refusal) : null;
  }

  /** Gives up the stroke; the labels are as before it. */
  cancel(): void {
    this.#stroke?.cancel();
    if (this.#stroke) this.#labelling.image?.changed();
    this.#stroke = undefined;
  }
}
