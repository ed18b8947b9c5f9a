import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Triple } from '../../core/imaging/volume.ts';
import { rgbOf } from './colour-maps.ts';
import type { LabelStyle } from './contract.ts';
import type { Axis } from './grid.ts';
import type { LabelImage } from './label-image.ts';
import type { LiveObjects } from './live-objects.ts';
import { inPlaneAxes } from './measure.ts';
import { SliceCutter } from './slice-cutter.ts';
import { SlicePicture } from './slice-picture.ts';
import { gridOfSlice } from './vtk-image.ts';

/** The segments of a label map in one slice, filled and outlined, each in exactly its colour. */
export class LabelLayer {
  readonly #picture: SlicePicture;
  readonly #cutter = new SliceCutter();
  readonly #colours: vtkColorTransferFunction;
  readonly #opacities: vtkPiecewiseFunction;
  #labels: LabelImage | undefined;
  #shown: { readonly axis: Axis; readonly slice: number } | undefined;

  constructor(objects: LiveObjects, renderer: vtkRenderer) {
    this.#picture = new SlicePicture(objects, renderer);
    this.#colours = objects.own(vtkColorTransferFunction.newInstance());
    this.#opacities = objects.own(vtkPiecewiseFunction.newInstance());
    // One table entry a label, never a mixture of two.
    this.#picture.mapper.setColorTextureWidth(256);
    this.#picture.mapper.setOpacityTextureWidth(256);
    const { property } = this.#picture;
    property.setInterpolationTypeToNearest();
    property.setIndependentComponents(false);
    property.setUseLookupTableScalarRange(true);
    property.setRGBTransferFunction(0, this.#colours);
    property.setPiecewiseFunction(0, this.#opacities);
  }

  setLabels(labels: LabelImage | undefined): void {
    this.#labels = labels;
    this.#shown = undefined;
    this.#cutter.forget();
    if (labels === undefined) this.#picture.hide();
  }

  show(axis: Axis, slice: number, away: Triple): void {
    const labels = this.#labels;
    if (labels === undefined || (this.#shown?.axis === axis && this.#shown.slice === slice)) return;
    this.#shown = { axis, slice };
    const { geometry, voxels } = labels;
    const place: [number, number, number] = [0, 0, 0];
    place[axis] = slice;
    this.#picture.show('byte', gridOfSlice(geometry, inPlaneAxes(axis), place), [0, 255], away, 0, (pixels) => {
      this.#cutter.cut(pixels, voxels, geometry.dims, axis, slice);
    });
  }

  /** Voxels were written in place. */
  changed(): void {
    this.#shown = undefined;
    this.#cutter.forget();
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
    const { property } = this.#picture;
    property.setOpacity(style.fill);
    property.setUseLabelOutline(style.outline > 0);
    property.setLabelOutlineThickness([Math.max(1, Math.round(style.outline * pixelRatio))]);
    property.setLabelOutlineOpacity(outlines);
  }
}
