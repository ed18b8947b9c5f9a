import type { PointLPS, Triple } from '../../core/imaging/volume.ts';
import type { SliceCamera, ViewPoint } from './contract.ts';
import { dot, minus, plus, pointLPS } from './grid.ts';
import type { PlaneDirections } from './plane-geometry.ts';

export interface ViewSize {
  readonly width: number;
  readonly height: number;
}

/** How far one may zoom: millimetres of a CSS pixel. */
const NEAREST = 0.002;
const FARTHEST = 100;

/** The parallel camera of a plane, as plain numbers: what lies where on the screen. CSS pixels, y down. */
export class PlaneCamera implements SliceCamera {
  centre: PointLPS = pointLPS(0, 0, 0);
  millimetresPerPixel = 1;
  directions: PlaneDirections;
  size: ViewSize = { width: 1, height: 1 };

  constructor(directions: PlaneDirections) {
    this.directions = directions;
  }

  /** The patient position under a place of the view, in the plane through `centre`. */
  worldOf({ x, y }: ViewPoint): PointLPS {
    const { right, up } = this.directions;
    const { width, height } = this.size;
    const across = plus(this.centre, right, (x - width / 2) * this.millimetresPerPixel);
    return pointLPS(...plus(across, up, (height / 2 - y) * this.millimetresPerPixel));
  }

  /** The place of a patient position in the view; depth in mm behind the plane through `centre`. */
  pixelOf(point: PointLPS): ViewPoint & { readonly depth: number } {
    const { right, up, away } = this.directions;
    const offset = minus(point, this.centre);
    return {
      x: this.size.width / 2 + dot(offset, right) / this.millimetresPerPixel,
      y: this.size.height / 2 - dot(offset, up) / this.millimetresPerPixel,
      depth: dot(offset, away),
    };
  }

  /** @param at stays where it is */
  zoom(factor: number, at: ViewPoint = { x: this.size.width / 2, y: this.size.height / 2 }): void {
    const before = this.worldOf(at);
    this.millimetresPerPixel = Math.min(FARTHEST, Math.max(NEAREST, this.millimetresPerPixel / factor));
    this.#shift(minus(before, this.worldOf(at)));
  }

  /** Moves the picture by pixels. */
  pan(dx: number, dy: number): void {
    const { right, up } = this.directions;
    this.#shift(plus([0, 0, 0], right, -dx * this.millimetresPerPixel));
    this.#shift(plus([0, 0, 0], up, dy * this.millimetresPerPixel));
  }

  /** Moves the plane, not the picture, to the depth of a point. */
  throughDepthOf(point: Triple): void {
    const { away } = this.directions;
    this.#shift(plus([0, 0, 0], away, dot(minus(point, this.centre), away)));
  }

  /** Moves the picture, not the plane, so that a point is in the middle. */
  centreOn(point: Triple): void {
    const { away } = this.directions;
    const offset = minus(point, this.centre);
    this.#shift(plus(offset, away, -dot(offset, away)));
  }

  /** All of these points in view, with a little air. */
  fit(corners: readonly Triple[]): void {
    const { right, up } = this.directions;
    const along = (direction: Triple): readonly [number, number] => {
      const places = corners.map((corner) => dot(minus(corner, this.centre), direction));
      return [Math.min(...places), Math.max(...places)];
    };
    const [left, end] = along(right);
    const [bottom, top] = along(up);
    this.millimetresPerPixel = Math.max((end - left) / this.size.width, (top - bottom) / this.size.height, NEAREST) * 1.02;
    this.#shift(plus(plus([0, 0, 0], right, (left + end) / 2), up, (bottom + top) / 2));
  }

  #shift(by: Triple): void {
    this.centre = pointLPS(...plus(this.centre, by));
  }
}
