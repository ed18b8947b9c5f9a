import type vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import vtkImageMapper from '@kitware/vtk.js/Rendering/Core/ImageMapper';
import vtkImageSlice from '@kitware/vtk.js/Rendering/Core/ImageSlice';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import { rgbOf } from './colour-maps.ts';
import type { LabelStyle } from './contract.ts';
import type { Axis } from './grid.ts';
import type { LabelImage } from './label-image.ts';
import type { LiveObjects } from './live-objects.ts';
import { slicingAcross } from './slicing-mode.ts';
import { releaseImage, vtkImageOf } from './vtk-image.ts';

/** The segments of a label map in one slice, filled and outlined, each in exactly its colour. */
export class LabelLayer {
  readonly #objects: LiveObjects;
  readonly #mapper: vtkImageMapper;
  readonly #actor: vtkImageSlice;
  readonly #colours: vtkColorTransferFunction;
  readonly #opacities: vtkPiecewiseFunction;
  #labels: LabelImage | undefined;
  #image: vtkImageData | undefined;

  constructor(objects: LiveObjects, renderer: vtkRenderer) {
    this.#objects = objects;
    this.#mapper = objects.own(vtkImageMapper.newInstance());
    this.#actor = objects.own(vtkImageSlice.newInstance());
    this.#colours = objects.own(vtkColorTransferFunction.newInstance());
    this.#opacities = objects.own(vtkPiecewiseFunction.newInstance());
    this.#actor.setMapper(this.#mapper);
    this.#actor.setVisibility(false);
    renderer.addViewProp(this.#actor);
    // Half-transparent, but alone on the slice: the pass that sorts translucent surfaces would cost 40 % more for the same picture.
    this.#actor.setForceOpaque(true);
    // One table entry a label, never a mixture of two.
    this.#mapper.setColorTextureWidth(256);
    this.#mapper.setOpacityTextureWidth(256);
    const property = this.#actor.getProperty();
    property.setInterpolationTypeToNearest();
    property.setIndependentComponents(false);
    property.setUseLookupTableScalarRange(true);
    property.setRGBTransferFunction(0, this.#colours);
    property.setPiecewiseFunction(0, this.#opacities);
  }

  setLabels(labels: LabelImage | undefined): void {
    if (labels === this.#labels) return;
    releaseImage(this.#objects, this.#image);
    this.#labels = labels;
    this.#image = labels && vtkImageOf(this.#objects, labels.geometry, labels.voxels, [0, 255]);
    if (labels === undefined || this.#image === undefined) {
      this.#actor.setVisibility(false);
      return;
    }
    this.#mapper.setInputData(this.#image);
    this.#actor.setVisibility(true);
  }

  show(axis: Axis, slice: number): void {
    this.#mapper.setSlicingMode(slicingAcross(axis));
    this.#mapper.setSlice(slice);
  }

  /** Voxels were written in place. */
  changed(): void {
    this.#image?.getPointData().getScalars().modified();
    this.#image?.modified();
  }

  /** Takes colours, opacity and visibility of all segments over. @param pixelRatio device pixels of a CSS pixel */
  setLooks(style: LabelStyle, pixelRatio: number): void {
    this.#colours.removeAllPoints();
    this.#opacities.removeAllPoints();
    const outlines: number[] = [];
    for (let value = 0; value < 256; value++) {
      const look = value === 0 ? undefined : this.#labels?.looks.get(value);
      const [r, g, b] = rgbOf(look?.colour ?? '#000000');
      this.#colours.addRGBPoint(value, r / 255, g / 255, b / 255);
      this.#opacities.addPoint(value, look?.visible === true ? look.opacity : 0);
      if (value > 0) outlines.push(look?.visible === true ? 1 : 0);
    }
    this.#colours.setMappingRange(0, 255);
    const property = this.#actor.getProperty();
    property.setOpacity(style.fill);
    property.setUseLabelOutline(style.outline > 0);
    property.setLabelOutlineThickness([Math.max(1, Math.round(style.outline * pixelRatio))]);
    property.setLabelOutlineOpacity(outlines);
  }
}
