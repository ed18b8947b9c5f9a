import type { PointLPS, Triple } from '../../core/imaging/volume.ts';
import { BaseView } from './base-view.ts';
import type { EdgeLetters, Ruler, ViewPoint } from './contract.ts';
import { PlaneCamera, type ViewSize } from './plane-camera.ts';
import { edgeLetters, rulerFor, type PlaneDirections } from './plane-geometry.ts';

/** What views of a plane do alike, whichever plane it is: where they look, and what lies where on the screen. */
export abstract class PlaneView extends BaseView {
  protected readonly eye: PlaneCamera;

  protected constructor(container: HTMLElement, directions: PlaneDirections) {
    super(container, [0, 0, 0]);
    this.eye = new PlaneCamera(directions);
    this.eye.size = this.size;
  }

  get directions(): { readonly right: Triple; readonly up: Triple; readonly away: Triple } {
    const { right, up, away } = this.eye.directions;
    return { right, up, away };
  }

  get letters(): EdgeLetters {
    return edgeLetters(this.eye.directions);
  }

  get ruler(): Ruler {
    return rulerFor(this.eye.millimetresPerPixel);
  }

  zoom(factor: number, at?: ViewPoint): void {
    this.eye.zoom(factor, at);
    this.moved();
  }

  pan(dx: number, dy: number): void {
    this.eye.pan(dx, dy);
    this.moved();
  }

  worldOf(at: ViewPoint): PointLPS {
    return this.eye.worldOf(at);
  }

  pixelOf(point: PointLPS): ViewPoint & { readonly depth: number } {
    return this.eye.pixelOf(point);
  }

  protected override resized(size: ViewSize): void {
    this.eye.size = size;
  }
}
