import { sameView, type Geometry, type SliceCamera, type SliceView } from '../../scene/index.ts';

/** Keeps the slice of a view fitted to its pane for as long as nobody zooms or moves it. */
export class SliceFit {
  /** The camera as the view last fitted the slice. */
  #fitted: SliceCamera | undefined;
  #size = { width: 0, height: 0 };
  #geometry: Geometry | undefined;
  #changing = false;

  /** While it is true the view moved by itself, not by the user. */
  get changing(): boolean {
    return this.#changing;
  }

  /** Does what makes the view fit its slice. */
  by(view: SliceView | undefined, change: () => void): void {
    this.#changing = true;
    change();
    this.#changing = false;
    this.#fitted = view?.camera;
  }

  /** As {@link by}, for another volume: on the same grid nothing moves. */
  byVolume(view: SliceView | undefined, geometry: Geometry | undefined, change: () => void): void {
    const before = this.#fitted;
    this.by(view, change);
    if (geometry === this.#geometry) this.#fitted = before;
    this.#geometry = geometry;
  }

  /** The view has moved, or its size has changed: a slice that was fitted is fitted again. */
  again(view: SliceView): void {
    const { width, height } = view.size;
    if (width === this.#size.width && height === this.#size.height) return;
    this.#size = { width, height };
    if (!this.#fitted || !sameView(view.directions, this.#fitted, view.camera)) return;
    view.fit();
    this.#fitted = view.camera;
  }
}
