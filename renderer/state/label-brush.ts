import { rangeAround, Stroke, type Axis, type PaintRules } from '../../core/labelling/index.ts';
import { pointToIndex, type PointLPS } from '../scene/index.ts';
import type { Labelling } from './labelling.svelte.ts';
import type { LiveStroke } from './live-stroke.ts';

export type BrushTool = 'brush' | 'erase' | 'threshold';

/** Strokes of brush and eraser, painted while they are drawn. */
export class LabelBrush {
  readonly #labelling: Labelling;
  #stroke: LiveStroke | undefined;

  constructor(labelling: Labelling) {
    this.#labelling = labelling;
  }

  /** A stroke is being drawn. */
  get drawing(): boolean {
    return this.#stroke !== undefined;
  }

  /** Begins a stroke in a slice across an axis. */
  begin(tool: BrushTool, axis: Axis, point: PointLPS, pressure: number): void {
    const labelling = this.#labelling;
    const { labels, grid, image, settings } = labelling;
    const words = labelling.words;
    const segment = labelling.active;
    if (!labels || !grid || !image) {
      labelling.say(words.noLayer);
      return;
    }
    if (!segment) {
      labelling.say(words.noSegment);
      return;
    }
    this.end();
    labelling.try(() => {
      const { radius, shape } = settings;
      const rules = tool === 'threshold' ? this.#gated(segment.value, axis, point) : labelling.rules(tool === 'erase' ? 0 : segment.value);
      if (!rules) return;
      const brush = shape === 'circle' ? { shape, axis, radius } : { shape, radius };
      this.#stroke = labelling.beginStroke(new Stroke(labels, grid, rules, brush), words.steps[tool](segment.name));
      this.to(point, pressure);
    });
  }

  to(point: PointLPS, pressure: number): void {
    const { image } = this.#labelling;
    if (!this.#stroke || !image) return;
    const box = this.#stroke.to(pointToIndex(image.geometry, point), pressure);
    if (box) image.changed({ box });
  }

  end(): void {
    const stroke = this.#stroke;
    this.#stroke = undefined;
    const refusal = stroke?.end();
    if (stroke) this.#labelling.notice = refusal ? this.#labelling.wordsOf(refusal) : null;
  }

  /** Gives up the stroke; the labels are as before it. */
  cancel(): void {
    if (!this.#stroke) return;
    this.#stroke.cancel();
    this.#stroke = undefined;
    this.#labelling.image?.changed();
  }

  /** A single dab. */
  dab(tool: BrushTool, axis: Axis, point: PointLPS): void {
    this.begin(tool, axis, point, 1);
    this.end();
  }

  /** Rules with the range of scan values: that of the first stroke where none is set. */
  #gated(value: number, axis: Axis, point: PointLPS): PaintRules | undefined {
    const labelling = this.#labelling;
    const { grid, image, values, settings } = labelling;
    if (!values || !grid || !image) {
      labelling.say(labelling.words.noValues);
      return undefined;
    }
    const flat = settings.shape === 'circle' ? axis : undefined;
    settings.range ??= rangeAround(values, grid, pointToIndex(image.geometry, point), settings.radius, flat);
    return { ...labelling.rules(value), within: { values, range: settings.range } };
  }
}
