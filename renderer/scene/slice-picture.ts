import type vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import type { vtkImageProperty } from '@kitware/vtk.js/Rendering/Core/ImageProperty';
import vtkImageMapper from '@kitware/vtk.js/Rendering/Core/ImageMapper';
import vtkImageSlice from '@kitware/vtk.js/Rendering/Core/ImageSlice';
import type vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import type { Geometry, Triple } from '../../core/imaging/volume.ts';
import { scaled } from './grid.ts';
import type { LiveObjects } from './live-objects.ts';
import { placeImage, releaseImage, vtkImageOf } from './vtk-image.ts';

/** What a picture is made of: one float (values), one byte (labels), three or four (colours). */
export type PictureKind = 'float' | 'byte' | 'rgb' | 'rgba';

const COMPONENTS = { float: 1, byte: 1, rgb: 3, rgba: 4 } as const;

/**
 * One slice on the screen. The slice is cut out of the volume here and not by vtk.js, into a buffer that stays: vtk.js would make a new
 * array for each, voxel by voxel.
 */
export class SlicePicture {
  readonly #objects: LiveObjects;
  readonly #mapper: vtkImageMapper;
  readonly #actor: vtkImageSlice;
  #image: vtkImageData | undefined;
  #kind: PictureKind | undefined;
  #grid: Geometry | undefined;
  #pixels: Float32Array | Uint8Array = new Uint8Array();

  constructor(objects: LiveObjects, renderer: vtkRenderer) {
    this.#objects = objects;
    this.#mapper = objects.own(vtkImageMapper.newInstance());
    this.#mapper.setSlicingMode(vtkImageMapper.SlicingMode.K);
    this.#actor = objects.own(vtkImageSlice.newInstance());
    this.#actor.setMapper(this.#mapper);
    this.#actor.setVisibility(false);
    // Layers in order, the nearest last, need no sorting: the pass for translucent things would cost 40 % more for the same picture.
    this.#actor.setForceOpaque(true);
    renderer.addViewProp(this.#actor);
  }

  get property(): vtkImageProperty {
    return this.#actor.getProperty();
  }

  get mapper(): vtkImageMapper {
    return this.#mapper;
  }

  /**
   * Shows a picture that lies on a grid one voxel thick.
   * @param range smallest and largest stored value @param back mm along `away` that it is set behind its place
   * @param write fills the pixels, u fastest
   */
  show(
    kind: PictureKind,
    grid: Geometry,
    range: readonly [number, number],
    away: Triple,
    back: number,
    write: (pixels: Float32Array | Uint8Array) => void,
  ): void {
    const known = this.#image !== undefined && kind === this.#kind && this.#pixels.length === pixelsOf(kind, grid);
    if (!known || this.#grid?.dims[0] !== grid.dims[0]) this.#newImage(kind, grid, range);
    write(this.#pixels);
    if (this.#image !== undefined) placeImage(this.#image, grid);
    this.#image?.getPointData().getScalars().modified();
    this.#image?.modified();
    this.#actor.setPosition(...scaled(away, back));
    this.#actor.setVisibility(true);
  }

  hide(): void {
    this.#actor.setVisibility(false);
    releaseImage(this.#objects, this.#image);
    this.#image = undefined;
    this.#pixels = new Uint8Array();
  }

  #newImage(kind: PictureKind, grid: Geometry, range: readonly [number, number]): void {
    releaseImage(this.#objects, this.#image);
    const size = pixelsOf(kind, grid);
    this.#pixels = kind === 'float' ? new Float32Array(size) : new Uint8Array(size);
    this.#image = vtkImageOf(this.#objects, grid, this.#pixels, range, COMPONENTS[kind]);
    this.#kind = kind;
    this.#grid = grid;
    this.#mapper.setInputData(this.#image);
    this.#mapper.setSlice(0);
  }
}

function pixelsOf(kind: PictureKind, { dims }: Geometry): number {
  return dims[0] * dims[1] * COMPONENTS[kind];
}
