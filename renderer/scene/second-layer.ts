import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Triple } from '../../core/imaging/volume.ts';
import type { LiveObjects } from './live-objects.ts';
import { SlicePicture } from './slice-picture.ts';
import type { PlaneGrid } from './slice-sampling.ts';
import { gridOfPlane } from './vtk-image.ts';

/**
 * The second volume over the first. It is resampled onto the slice and coloured by the processor (see fusion.ts): it may lie in any
 * direction, needs no 3-D texture, and every mode is the same picture everywhere.
 */
export class SecondLayer {
  readonly #picture: SlicePicture;

  constructor(objects: LiveObjects, renderer: vtkRenderer) {
    this.#picture = new SlicePicture(objects, renderer);
    const [colours, opaque] = [objects.own(vtkColorTransferFunction.newInstance()), objects.own(vtkPiecewiseFunction.newInstance())];
    for (const end of [0, 1]) {
      colours.addRGBPoint(end, end, end, end);
      opaque.addPoint(end, 1);
    }
    const { property } = this.#picture;
    property.setRGBTransferFunction(0, colours);
    property.setPiecewiseFunction(0, opaque);
    property.setIndependentComponents(false);
    property.setColorWindow(255);
    property.setColorLevel(127.5);
  }

  /** @param pixels red, green, blue, opacity of each pixel of the plane @param back mm along `away` that it is set behind its place */
  show(plane: PlaneGrid, pixels: Uint8Array, away: Triple, back: number): void {
    this.#picture.show('rgba', gridOfPlane(plane), [0, 255], away, back, (to) => {
      to.set(pixels);
    });
  }

  hide(): void {
    this.#picture.hide();
  }
}
