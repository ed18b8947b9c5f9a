import { fillPolygon, floodFill, pick, scissors, type Axis } from '../../core/labelling/index.ts';
import { pointToIndex, type PointLPS } from '../scene/index.ts';
import type { LabelOutline } from './label-outline.ts';
import type { OutlineTool } from './label-tool.ts';
import type { Labelling } from './labelling.svelte.ts';

/** A millimetre or two beside a small segment is still that segment to the eyedropper. */
const PICK_REACH = 2;

/** Tools that take a place or an outline and act at once: fill, eyedropper, lasso, polygon and scissors. */
export class LabelShapes {
  /** On its way. */
  outline = $state.raw<LabelOutline | null>(null);
  readonly #labelling: Labelling;

  constructor(labelling: Labelling) {
    this.#labelling = labelling;
  }

  /** Adds a corner in a slice; in another slice it is the first of a new outline. */
  add(axis: Axis, slice: number, point: PointLPS): void {
    const before = this.outline?.axis === axis && this.outline.slice === slice ? this.outline.points : [];
    this.outline = { axis, slice, points: [...before, point] };
  }

  /** Paints, or with the scissors cuts away, what is inside. */
  close(tool: OutlineTool): void {
    const { outline } = this;
    this.outline = null;
    if (!outline) return;
    const labelling = this.#labelling;
    const { labels, grid, image, active, words, settings } = labelling;
    if (!labels || !grid || !image) {
      labelling.say(words.noLayer);
      return;
    }
    if (!active) {
      labelling.say(words.noSegment);
      return;
    }
    if (outline.points.length < 3) {
      labelling.say(words.fewPoints);
      return;
    }
    const points = outline.points.map((point) => pointToIndex(image.geometry, point));
    const { axis, slice } = outline;
    labelling.try(() => {
      const rules = labelling.rules(tool === 'scissors' ? 0 : active.value);
      const delta =
        tool === 'scissors'
          ? scissors(labels, grid, rules, { axis, points, side: 'inside', ...(settings.through ? {} : { slices: [slice, slice] }) })
          : fillPolygon(labels, grid, rules, { axis, slice, points });
      labelling.make(words.steps[tool](active.name), delta);
    });
  }

  fill(axis: Axis, point: PointLPS): void {
    const labelling = this.#labelling;
    const { labels, grid, image, active, words, settings, values } = labelling;
    if (!labels || !grid || !image) {
      labelling.say(words.noLayer);
      return;
    }
    if (!active) {
      labelling.say(words.noSegment);
      return;
    }
    const { spread } = settings;
    if (spread !== null && !values) {
      labelling.say(words.noValues);
      return;
    }
    labelling.try(() => {
      const alike = spread === null || !values ? 'label' : { values, spread };
      const flood = { point: pointToIndex(image.geometry, point), alike, ...(settings.through ? {} : { across: axis }) } as const;
      labelling.make(words.steps.fill(active.name), floodFill(labels, grid, labelling.rules(active.value), flood));
    });
  }

  pick(point: PointLPS): void {
    const labelling = this.#labelling;
    const { labels, grid, image, words, segments } = labelling;
    if (!labels || !grid || !image) {
      labelling.say(words.noLayer);
      return;
    }
    const picked = pick(labels, grid, pointToIndex(image.geometry, point), PICK_REACH);
    const segment = segments.find(({ value }) => value === picked?.value);
    if (!segment) {
      labelling.say(words.nothingHere);
      return;
    }
    labelling.value = segment.value;
    labelling.say(words.picked(segment.name));
  }
}
