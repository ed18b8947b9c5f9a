import type vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import vtkImageMapper from '@kitware/vtk.js/Rendering/Core/ImageMapper';
import vtkImageSlice from '@kitware/vtk.js/Rendering/Core/ImageSlice';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Triple } from '../../core/imaging/volume.ts';
import type { Interpolation, Slab, ValueWindow } from './contract.ts';
import { pointToIndex, scaled, type Axis } from './grid.ts';
import type { LiveObjects } from './live-objects.ts';
import { inPlaneAxes } from './measure.ts';
import { slabOf } from './slice-sampling.ts';
import { slicingAcross } from './slicing-mode.ts';
import type { VolumeImage, VolumeLevel } from './volume-image.ts';
import { gridOfSlice, releaseImage, vtkImageOf } from './vtk-image.ts';

/** The scan's slice in grey, at the back of a slice view. */
export class GreyLayer {
  readonly #objects: LiveObjects;
  readonly #mapper: vtkImageMapper;
  readonly #actor: vtkImageSlice;
  readonly #rising: vtkColorTransferFunction;
  readonly #falling: vtkColorTransferFunction;
  #image: vtkImageData | undefined;
  #level: VolumeLevel | undefined;

  constructor(objects: LiveObjects, renderer: vtkRenderer) {
    this.#objects = objects;
    this.#mapper = objects.own(vtkImageMapper.newInstance());
    this.#actor = objects.own(vtkImageSlice.newInstance());
    this.#actor.setMapper(this.#mapper);
    this.#actor.setVisibility(false);
    renderer.addViewProp(this.#actor);
    this.#rising = ramp(objects, 0, 1);
    this.#falling = ramp(objects, 1, 0);
    // Both functions are set although grey is the default: without them vtk.js makes, and never frees, two textures a slice.
    const opaque = objects.own(vtkPiecewiseFunction.newInstance());
    opaque.addPoint(0, 1);
    opaque.addPoint(1, 1);
    this.#actor.getProperty().setPiecewiseFunction(0, opaque);
  }

  /**
   * Shows a slice of a volume.
   * @param point any point of the slice
   * @param back mm along `away` that the picture is set behind its place, so that layers on the same slice lie before it
   */
  show(volume: VolumeImage, axis: Axis, point: Triple, slab: Slab | undefined, away: Triple, back: number): void {
    const level = volume.level;
    if (level === undefined) {
      this.hide();
      return;
    }
    const slice = nearestSlice(level, axis, point);
    if (slab !== undefined && volume.components === 1) this.#showSlab(volume, level, axis, slice, slab);
    else {
      if (this.#level !== level || this.#image === undefined) {
        this.#setImage(vtkImageOf(this.#objects, level.geometry, level.voxels, volume.range, volume.components));
        this.#level = level;
      }
      this.#mapper.setSlicingMode(slicingAcross(axis));
      this.#mapper.setSlice(slice);
    }
    this.#actor.setPosition(...scaled(away, back));
    this.#actor.setVisibility(true);
  }

  hide(): void {
    this.#actor.setVisibility(false);
    releaseImage(this.#objects, this.#image);
    this.#image = undefined;
    this.#level = undefined;
  }

  /** Voxels were written in place. */
  changed(): void {
    this.#image?.getPointData().getScalars().modified();
    this.#image?.modified();
  }

  /** @param window in values */
  setWindow(volume: VolumeImage, window: ValueWindow, invert: boolean): void {
    const property = this.#actor.getProperty();
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
    const property = this.#actor.getProperty();
    if (interpolation === 'nearest') property.setInterpolationTypeToNearest();
    else property.setInterpolationTypeToLinear();
  }

  /** A slab is a picture of its own; the volume stays where it is and nothing of it is copied but these slices. */
  #showSlab(volume: VolumeImage, level: VolumeLevel, axis: Axis, middle: number, slab: Slab): void {
    const place: [number, number, number] = [0, 0, 0];
    place[axis] = middle;
    const grid = gridOfSlice(level.geometry, inPlaneAxes(axis), place);
    this.#setImage(vtkImageOf(this.#objects, grid, slabOf(level, axis, middle, slab), volume.range));
    this.#level = undefined;
    this.#mapper.setSlicingMode(slicingAcross(2));
    this.#mapper.setSlice(0);
  }

  #setImage(image: vtkImageData): void {
    releaseImage(this.#objects, this.#image);
    this.#image = image;
    this.#mapper.setInputData(image);
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
