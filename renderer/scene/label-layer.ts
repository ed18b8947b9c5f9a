import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Box } from '../../core/imaging/box.ts';
import type { Triple } from '../../core/imaging/volume.ts';
import { rgbOf } from './colour-maps.ts';
import type { LabelStyle } from './contract.ts';
import type { Axis } from './grid.ts';
import type { LabelImage, VoxelChange } from './label-image.ts';
import type { LiveObjects } from './live-objects.ts';
import { inPlaneAxes } from './measure.ts';
import { SliceCutter } from './slice-cutter.ts';
import { SlicePicture } from './slice-picture.ts';
import { labelsOnPlane, type PlaneGrid } from './slice-sampling.ts';
import { gridOfPlane, gridOfSlice } from './vtk-image.ts';

/** The segments of a label map in one plane, filled and outlined, each in exactly its colour. */
export class LabelLayer {
  readonly #picture: SlicePicture;
  readonly #cutter = new SliceCutter();
  readonly #colours: vtkColorTransferFunction;
  readonly #opacities: vtkPiecewiseFunction;
  readonly #dirty: () => void;
  #labels: LabelImage | undefined;
  #unlisten: (() => void) | undefined;
  #style: LabelStyle = { fill: 0.4, outline: 1 };
  #looksAreOld = true;
  /** A slice of the grid, or any other plane. */
  #shown: { readonly axis: Axis; readonly slice: number } | PlaneGrid | undefined;

  /** @param dirty called when something must be drawn again */
  constructor(objects: LiveObjects, renderer: vtkRenderer, dirty: () => void) {
    this.#dirty = dirty;
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
    if (labels === this.#labels) return;
    this.forget();
    this.#labels = labels;
    this.#looksAreOld = true;
    this.#changed();
    if (labels === undefined) this.#picture.hide();
    this.#unlisten = labels?.onChange((change) => {
      if (change === 'looks') this.#looksAreOld = true;
      else if (!this.#changed(change)) return;
      this.#dirty();
    });
    this.#dirty();
  }

  setStyle(style: LabelStyle): void {
    this.#style = style;
    this.#looksAreOld = true;
    this.#dirty();
  }

  /** Shows a slice of the labels' own grid. @param back mm along `away` that it is set behind its place */
  show(axis: Axis, slice: number, away: Triple, back = 0): void {
    const [labels, shown] = [this.#labels, this.#shown];
    if (labels === undefined) return;
    this.#takeLooks();
    if (shown && 'slice' in shown && shown.axis === axis && shown.slice === slice) return;
    this.#shown = { axis, slice };
    const { geometry, voxels } = labels;
    const place: [number, number, number] = [0, 0, 0];
    place[axis] = slice;
    this.#picture.show('byte', gridOfSlice(geometry, inPlaneAxes(axis), place), [0, 255], away, back, (pixels) => {
      this.#cutter.cut(pixels, voxels, geometry.dims, axis, slice);
    });
  }

  /** Shows any plane through the labels: each pixel is the voxel that holds it. @param back mm along `away` that it is set behind its place */
  showPlane(plane: PlaneGrid, away: Triple, back: number): void {
    const [labels, shown] = [this.#labels, this.#shown];
    if (labels === undefined) return;
    this.#takeLooks();
    if (shown && 'across' in shown && samePlane(shown, plane)) return;
    this.#shown = plane;
    this.#picture.show('byte', gridOfPlane(plane), [0, 255], away, back, (pixels) => labelsOnPlane(pixels, labels, plane));
  }

  /** Listens to no labels any more. */
  forget(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  /** Voxels were written in place. @returns whether what is shown has to be drawn again */
  #changed({ box }: VoxelChange = {}): boolean {
    const [labels, shown] = [this.#labels, this.#shown];
    if (labels === undefined || box === undefined) this.#cutter.forget();
    else this.#cutter.patch(labels.voxels, labels.geometry.dims, box);
    if (box && shown && 'slice' in shown && !reaches(box, shown.axis, shown.slice)) return false;
    this.#shown = undefined;
    return true;
  }

  /** Takes colours, opacity and visibility of all segments over, where they have changed. */
  #takeLooks(): void {
    if (!this.#looksAreOld) return;
    this.#looksAreOld = false;
    const { fill, outline } = this.#style;
    // All points at once: vtk.js puts them in order, and writes them all down, after each that is added.
    const [colours, opacities]: [object[], object[]] = [[], []];
    const outlines: number[] = [];
    for (let value = 0; value < 256; value++) {
      const look = value === 0 ? undefined : this.#labels?.looks.get(value);
      const [r, g, b] = rgbOf(look?.colour ?? '#000000');
      colours.push({ x: value, r: r / 255, g: g / 255, b: b / 255, midpoint: 0.5, sharpness: 0 });
      opacities.push({ x: value, y: look?.visible === true ? look.opacity : 0, midpoint: 0.5, sharpness: 0 });
      if (value > 0) outlines.push(look?.visible === true ? 1 : 0);
    }
    this.#colours.setNodes(colours);
    this.#opacities.setNodes(opacities);
    this.#colours.setMappingRange(0, 255);
    const { property } = this.#picture;
    property.setOpacity(fill);
    property.setUseLabelOutline(outline > 0);
    property.setLabelOutlineThickness([Math.max(1, Math.round(outline * window.devicePixelRatio))]);
    property.setLabelOutlineOpacity(outlines);
  }
}

function samePlane(a: PlaneGrid, b: PlaneGrid): boolean {
  const same = (p: Triple, q: Triple): boolean => p.every((value, axis) => value === q[axis]);
  return a.width === b.width && a.height === b.height && same(a.origin, b.origin) && same(a.across, b.across) && same(a.upwards, b.upwards);
}

function reaches({ start, size }: Box, axis: Axis, slice: number): boolean {
  return slice >= start[axis] && slice < start[axis] + size[axis];
}
