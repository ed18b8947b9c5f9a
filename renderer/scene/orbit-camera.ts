import type { PointLPS, Triple } from '../../core/imaging/volume.ts';
import type { AxisMark } from './contract.ts';
import { cross, dot, length, minus, plus, pointLPS, scaled } from './grid.ts';
import type { ViewSize } from './plane-camera.ts';

/** Degrees that the view spans from bottom to top. */
export const VIEW_ANGLE = 30;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Degrees about the patient's long axis (0 from the front, 90 from the left) and above the horizontal from which a side is seen. */
const sides: Readonly<Record<AxisMark['letter'], readonly [azimuth: number, elevation: number]>> = {
  A: [0, 0],
  L: [90, 0],
  P: [180, 0],
  R: [-90, 0],
  S: [180, 90],
  I: [0, -90],
};

const AXES: readonly (readonly [AxisMark['letter'], Triple])[] = [
  ['L', [1, 0, 0]],
  ['R', [-1, 0, 0]],
  ['P', [0, 1, 0]],
  ['A', [0, -1, 0]],
  ['S', [0, 0, 1]],
  ['I', [0, 0, -1]],
];

/** A camera that walks around the patient and always keeps superior at the top, as plain numbers. */
export class OrbitCamera {
  focus: PointLPS = pointLPS(0, 0, 0);
  distance = 1000;
  azimuth = 20;
  elevation = 12;
  size: ViewSize = { width: 1, height: 1 };

  /** Unit vector from the focus to the viewer. */
  get towardsViewer(): Triple {
    const [a, e] = [radians(this.azimuth), radians(this.elevation)];
    return [Math.cos(e) * Math.sin(a), -Math.cos(e) * Math.cos(a), Math.sin(e)];
  }

  /** Never along the line of sight, so the view from straight above or below is as good as any. */
  get up(): Triple {
    const [a, e] = [radians(this.azimuth), radians(this.elevation)];
    return [-Math.sin(e) * Math.sin(a), Math.sin(e) * Math.cos(a), Math.cos(e)];
  }

  get right(): Triple {
    return cross(this.up, this.towardsViewer);
  }

  get position(): Triple {
    return plus(this.focus, this.towardsViewer, this.distance);
  }

  orbit(azimuth: number, elevation: number): void {
    this.azimuth = ((((this.azimuth + azimuth) % 360) + 540) % 360) - 180;
    this.elevation = Math.min(90, Math.max(-90, this.elevation + elevation));
  }

  lookFrom(side: AxisMark['letter']): void {
    [this.azimuth, this.elevation] = sides[side];
  }

  zoom(factor: number): void {
    this.distance = Math.min(1e5, Math.max(1, this.distance / factor));
  }

  /** Moves the picture by CSS pixels. */
  pan(dx: number, dy: number): void {
    const millimetresPerPixel = (2 * this.distance * Math.tan(radians(VIEW_ANGLE / 2))) / this.size.height;
    const shifted = plus(plus(this.focus, this.right, -dx * millimetresPerPixel), this.up, dy * millimetresPerPixel);
    this.focus = pointLPS(...shifted);
  }

  /** The ball around a box in view. */
  fit(min: Triple, max: Triple): void {
    this.focus = pointLPS(...scaled(plus(min, max), 0.5));
    const radius = length(minus(max, min)) / 2;
    const narrow = Math.min(1, this.size.width / this.size.height);
    this.distance = (Math.max(radius, 1e-3) / Math.sin(radians(VIEW_ANGLE / 2)) / narrow) * 0.8;
  }

  get marks(): readonly AxisMark[] {
    const [right, up, near] = [this.right, this.up, this.towardsViewer];
    return AXES.map(([letter, axis]) => ({ letter, x: dot(axis, right), y: 0 - dot(axis, up), near: dot(axis, near) }));
  }
}
