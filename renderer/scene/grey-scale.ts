import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type { vtkImageProperty } from '@kitware/vtk.js/Rendering/Core/ImageProperty';
import type { ValueWindow } from './contract.ts';
import type { LiveObjects } from './live-objects.ts';
import type { VolumeImage } from './volume-image.ts';

/** Values as greys: black at the lower end of the window and white at the upper, or the other way round. */
export class GreyScale {
  readonly #property: vtkImageProperty;
  readonly #rising: vtkColorTransferFunction;
  readonly #falling: vtkColorTransferFunction;

  constructor(objects: LiveObjects, property: vtkImageProperty) {
    this.#property = property;
    this.#rising = ramp(objects, 0, 1);
    this.#falling = ramp(objects, 1, 0);
    // Both functions are set although grey is the default: without them vtk.js makes, and never frees, two textures a slice.
    const opaque = objects.own(vtkPiecewiseFunction.newInstance());
    opaque.addPoint(0, 1);
    opaque.addPoint(1, 1);
    property.setPiecewiseFunction(0, opaque);
    property.setRGBTransferFunction(0, this.#rising);
  }

  /** @param window in values; undefined for all there are */
  setWindow(volume: VolumeImage, window: ValueWindow | undefined, invert: boolean): void {
    if (volume.components === 3) {
      this.#property.setColorLevel(127.5);
      this.#property.setColorWindow(255);
    } else {
      const { centre, width } = window ?? wholeRange(volume);
      this.#property.setColorLevel((centre - volume.intercept) / volume.slope);
      this.#property.setColorWindow(Math.max(width, 1e-6) / Math.abs(volume.slope));
    }
    this.#property.setRGBTransferFunction(0, invert !== volume.slope < 0 ? this.#falling : this.#rising);
  }
}

function wholeRange({ range, slope, intercept }: VolumeImage): ValueWindow {
  const [a, b] = [range[0] * slope + intercept, range[1] * slope + intercept];
  return { centre: (a + b) / 2, width: Math.abs(b - a) };
}

function ramp(objects: LiveObjects, from: number, to: number): vtkColorTransferFunction {
  const colours = objects.own(vtkColorTransferFunction.newInstance());
  colours.addRGBPoint(0, from, from, from);
  colours.addRGBPoint(1, to, to, to);
  return colours;
}
