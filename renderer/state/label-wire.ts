import { LevelTracer, LiveWire, type Axis } from '../../core/labelling/index.ts';
import { indexIJK, indexToPoint, pointToIndex, type Geometry, type PointLPS } from '../scene/index.ts';
import type { Labelling } from './labelling.svelte.ts';

/** A slice that outlines are looked for in. */
interface Looked<Tool> {
  readonly axis: Axis;
  readonly slice: number;
  readonly of: unknown;
  readonly tool: Tool;
}

/** Outlines that follow what is seen in a slice: the live wire and the line of one value. Each slice is looked at once. */
export class LabelWire {
  readonly #labelling: Labelling;
  #wire: Looked<LiveWire> | undefined;
  #tracer: Looked<LevelTracer> | undefined;

  constructor(labelling: Labelling) {
    this.#labelling = labelling;
  }

  /** Holds the wire at a point, and adds the way to it to the outline. */
  fix(axis: Axis, slice: number, point: PointLPS): void {
    const labelling = this.#labelling;
    const { values, grid, image, shapes, words } = labelling;
    if (!image || !grid || !values) {
      labelling.say(image ? words.noValues : words.noLayer);
      return;
    }
    const { outline } = shapes;
    const goesOn = outline?.axis === axis && outline.slice === slice && this.#wire?.axis === axis && this.#wire.slice === slice;
    const way = goesOn ? this.to(point) : [point];
    labelling.try(() => {
      if (this.#wire?.axis !== axis || this.#wire.slice !== slice || this.#wire.of !== values.voxels)
        this.#wire = { axis, slice, of: values.voxels, tool: new LiveWire(values, grid, axis, slice) };
      this.#wire.tool.anchor(pointToIndex(image.geometry, point));
      shapes.outline = { axis, slice, points: [...(goesOn ? outline.points : []), ...way] };
    });
  }

  /** The wire from where it is held to a point. */
  to(point: PointLPS): readonly PointLPS[] {
    const { image } = this.#labelling;
    if (!image || !this.#wire) return [];
    return inPatient(image.geometry, this.#wire.tool.path(pointToIndex(image.geometry, point)));
  }

  /** Leads the wire back to where it began, and fills what is inside. */
  close(): void {
    const { shapes } = this.#labelling;
    const { outline } = shapes;
    const [first] = outline?.points ?? [];
    if (outline && first) shapes.outline = { ...outline, points: [...outline.points, ...this.to(first)] };
    shapes.close('wire');
  }

  /** The closed line of the value under a point; undefined where none encloses anything. */
  level(axis: Axis, slice: number, point: PointLPS): readonly PointLPS[] | undefined {
    try {
      return this.#trace(axis, slice, point);
    } catch {
      // There is nothing to show; a click tells why.
      return undefined;
    }
  }

  /** Fills the line of the value under a point. */
  fillLevel(axis: Axis, slice: number, point: PointLPS): void {
    const labelling = this.#labelling;
    const { values, image, shapes, words } = labelling;
    if (!values || !image) {
      labelling.say(image ? words.noValues : words.noLayer);
      return;
    }
    labelling.try(() => {
      shapes.outline = { axis, slice, points: this.#trace(axis, slice, point) ?? [] };
      shapes.close('trace');
    });
  }

  #trace(axis: Axis, slice: number, point: PointLPS): readonly PointLPS[] | undefined {
    const { values, grid, image } = this.#labelling;
    if (!values || !grid || !image) return undefined;
    if (this.#tracer?.axis !== axis || this.#tracer.slice !== slice || this.#tracer.of !== values.voxels)
      this.#tracer = { axis, slice, of: values.voxels, tool: new LevelTracer(values, grid, axis, slice) };
    return inPatient(image.geometry, this.#tracer.tool.trace(pointToIndex(image.geometry, point)));
  }
}

function inPatient(geometry: Geometry, voxels: readonly (readonly [number, number, number])[]): readonly PointLPS[] {
  return voxels.map((voxel) => indexToPoint(geometry, indexIJK(...voxel)));
}
