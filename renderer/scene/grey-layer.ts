import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Triple } from '../../core/imaging/volume.ts';
import type { Interpolation, Slab, ValueWindow } from './contract.ts';
import { GreyScale } from './grey-scale.ts';
import { pointToIndex, type Axis } from './grid.ts';
import type { LiveObjects } from './live-objects.ts';
import { inPlaneAxes } from './measure.ts';
import { SliceCutter } from './slice-cutter.ts';
import { SlicePicture } from './slice-picture.ts';
import { slabOf } from './slice-sampling.ts';
import type { VolumeImage, VolumeLevel } from './volume-image.ts';
import { gridOfSlice } from './vtk-image.ts';

interface Shown {
  readonly level: VolumeLevel;
  readonly axis: Axis;
  readonly slice: number;
  readonly slab: Slab | undefined;
}

/** The scan's slice in grey, at the back of a slice view. */
export class GreyLayer {
  readonly #picture: SlicePicture;
  readonly #cutter = new SliceCutter();
  readonly #greys: GreyScale;
  #shown: Shown | undefined;

  constructor(objects: LiveObjects, renderer: vtkRenderer) {
    this.#picture = new SlicePicture(objects, renderer);
    this.#greys = new GreyScale(objects, this.#picture.property);
  }

  /**
   * Shows a slice of a volume.
   * @param point any point of the slice
   * @param back mm along `away` that the picture is set behind its place, so that layers on the same slice lie before it
   */
  show(volume: VolumeImage, axis: Axis, point: Triple, slab: Slab | undefined, away: Triple, back: number): void {
    const { level, components, range } = volume;
    if (level === undefined) {
      this.hide();
      return;
    }
    const slice = nearestSlice(level, axis, point);
    const shown = this.#shown;
    if (shown?.level === level && shown.axis === axis && shown.slice === slice && shown.slab === slab) return;
    this.#shown = { level, axis, slice, slab };
    const { geometry, voxels } = level;
    const place: [number, number, number] = [0, 0, 0];
    place[axis] = slice;
    this.#picture.show(components === 3 ? 'rgb' : 'float', gridOfSlice(geometry, inPlaneAxes(axis), place), range, away, back, (pixels) => {
      if (slab !== undefined && components === 1) pixels.set(slabOf(level, axis, slice, slab));
      else this.#cutter.cut(pixels, voxels, geometry.dims, axis, slice, components);
    });
  }

  hide(): void {
    this.#picture.hide();
    this.#cutter.forget();
    this.#shown = undefined;
  }

  /** Voxels were written in place. */
  changed(): void {
    this.#shown = undefined;
    this.#cutter.forget();
  }

  /** @param window in values; undefined for all there are */
  setWindow(volume: VolumeImage, window: ValueWindow | undefined, invert: boolean): void {
    this.#greys.setWindow(volume, window, invert);
  }

  setInterpolation(interpolation: Interpolation): void {
    if (interpolation === 'nearest') this.#picture.property.setInterpolationTypeToNearest();
    else this.#picture.property.setInterpolationTypeToLinear();
  }
}

/** The slice of a level (which may be coarser than the volume's grid) that holds a point. */
function nearestSlice(level: VolumeLevel, axis: Axis, point: Triple): number {
  const place = pointToIndex(level.geometry, point)[axis];
  return Math.min(level.geometry.dims[axis] - 1, Math.max(0, Math.round(place)));
}
