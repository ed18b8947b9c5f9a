import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Triple } from '../../core/imaging/volume.ts';
import type { Interpolation, Slab, ValueWindow } from './contract.ts';
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
  readonly #rising: vtkColorTransferFunction;
  readonly #falling: vtkColorTransferFunction;
  #shown: Shown | undefined;

  constructor(objects: LiveObjects, renderer: vtkRenderer) {
    this.#picture = new SlicePicture(objects, renderer);
    this.#rising = ramp(objects, 0, 1);
    this.#falling = ramp(objects, 1, 0);
    // Both functions are set although grey is the default: without them vtk.js makes, and never frees, two textures a slice.
    const opaque = objects.own(vtkPiecewiseFunction.newInstance());
    opaque.addPoint(0, 1);
    opaque.addPoint(1, 1);
    this.#picture.property.setPiecewiseFunction(0, opaque);
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

  /** @param window in values */
  setWindow(volume: VolumeImage, window: ValueWindow, invert: boolean): void {
    const { property } = this.#picture;
    if (volume.components === 3) {
      property.setColorLevel(127.5);
      property.setColorWindow(255);
    } else {
      property.setColorLevel((window.centre - volume.intercept) / volume.slope);
      property.setColorWindow(Math.max(window.width, 1e-6) / Math.abs(volume.slope));
    }
    property.setRGBTransferFunction(0, invert !== volume.slope < 0 ? this.#falling : this.#rising);
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

function ramp(objects: LiveObjects, from: number, to: number): vtkColorTransferFunction {
  const colours = objects.own(vtkColorTransferFunction.newInstance());
  colours.addRGBPoint(0, from, from, from);
  colours.addRGBPoint(1, to, to, to);
  return colours;
}
