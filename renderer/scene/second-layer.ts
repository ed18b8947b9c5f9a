import type vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import vtkImageMapper from '@kitware/vtk.js/Rendering/Core/ImageMapper';
import vtkImageSlice from '@kitware/vtk.js/Rendering/Core/ImageSlice';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Triple } from '../../core/imaging/volume.ts';
import { scaled } from './grid.ts';
import type { LiveObjects } from './live-objects.ts';
import { slicingAcross } from './slicing-mode.ts';
import type { PlaneGrid } from './slice-sampling.ts';
import { gridOfPlane, releaseImage, vtkImageOf } from './vtk-image.ts';

/**
 * The second volume over the first. It is resampled onto the slice and coloured by the processor (see fusion.ts): it may lie in any
 * direction, needs no 3-D texture, and every mode is the same picture everywhere.
 */
export class SecondLayer {
  readonly #objects: LiveObjects;
  readonly #mapper: vtkImageMapper;
  readonly #actor: vtkImageSlice;
  #image: vtkImageData | undefined;

  constructor(objects: LiveObjects, renderer: vtkRenderer) {
    this.#objects = objects;
    this.#mapper = objects.own(vtkImageMapper.newInstance());
    this.#mapper.setSlicingMode(slicingAcross(2));
    this.#actor = objects.own(vtkImageSlice.newInstance());
    this.#actor.setMapper(this.#mapper);
    this.#actor.setVisibility(false);
    renderer.addViewProp(this.#actor);
    this.#actor.setForceOpaque(true);
    const [colours, opaque] = [objects.own(vtkColorTransferFunction.newInstance()), objects.own(vtkPiecewiseFunction.newInstance())];
    for (const end of [0, 1]) {
      colours.addRGBPoint(end, end, end, end);
      opaque.addPoint(end, 1);
    }
    const property = this.#actor.getProperty();
    property.setRGBTransferFunction(0, colours);
    property.setPiecewiseFunction(0, opaque);
    property.setIndependentComponents(false);
    property.setColorWindow(255);
    property.setColorLevel(127.5);
  }

  /** @param pixels red, green, blue, opacity of each pixel of the plane @param back mm along `away` that it is set behind its place */
  show(plane: PlaneGrid, pixels: Uint8Array, away: Triple, back: number): void {
    releaseImage(this.#objects, this.#image);
    this.#image = vtkImageOf(this.#objects, gridOfPlane(plane), pixels, [0, 255], 4);
    this.#mapper.setInputData(this.#image);
    this.#mapper.setSlice(0);
    this.#actor.setPosition(...scaled(away, back));
    this.#actor.setVisibility(true);
  }

  hide(): void {
    this.#actor.setVisibility(false);
    releaseImage(this.#objects, this.#image);
    this.#image = undefined;
  }
}
