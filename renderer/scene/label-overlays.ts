import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Triple } from '../../core/imaging/volume.ts';
import type { LabelOverlay } from './contract.ts';
import type { Axis } from './grid.ts';
import { LabelLayer } from './label-layer.ts';
import type { LiveObjects } from './live-objects.ts';
import type { PlaneGrid } from './slice-sampling.ts';

/** Overlays lie this far before one another, in mm: they all have the same grid, so little is enough. A parallel camera shows none of it. */
const GAP = 5;

/** More label maps over the first one, each with a look of its own. */
export class LabelOverlays {
  readonly #newLayer: () => LabelLayer;
  /** Layers are kept for the next overlay: what they own on the GPU is freed with the view. */
  readonly #layers: LabelLayer[] = [];
  #count = 0;

  /** @param dirty called when something must be drawn again */
  constructor(objects: LiveObjects, renderer: vtkRenderer, dirty: () => void) {
    this.#newLayer = () => new LabelLayer(objects, renderer, dirty);
  }

  set(overlays: readonly LabelOverlay[]): void {
    this.#count = overlays.length;
    while (this.#layers.length < overlays.length) this.#layers.push(this.#newLayer());
    for (const [n, layer] of this.#layers.entries()) {
      const overlay = overlays[n];
      layer.setLabels(overlay?.labels);
      if (overlay) layer.setStyle(overlay.style);
    }
  }

  /** @param before mm against `away` that the first one is set before its place */
  show(axis: Axis, slice: number, away: Triple, before = 0): void {
    for (const [n, layer] of this.#shown.entries()) layer.show(axis, slice, away, -before - GAP * (n + 1));
  }

  showPlane(plane: PlaneGrid, away: Triple, before: number): void {
    for (const [n, layer] of this.#shown.entries()) layer.showPlane(plane, away, -before - GAP * (n + 1));
  }

  forget(): void {
    for (const layer of this.#layers) layer.forget();
  }

  get #shown(): readonly LabelLayer[] {
    return this.#layers.slice(0, this.#count);
  }
}
