import '@kitware/vtk.js/Rendering/OpenGL/Camera';
import '@kitware/vtk.js/Rendering/OpenGL/ImageMapper';
import '@kitware/vtk.js/Rendering/OpenGL/ImageSlice';
import '@kitware/vtk.js/Rendering/OpenGL/Renderer';
import type { PointLPS } from '../../core/imaging/volume.ts';
import { aimParallel } from './aim-camera.ts';
import type {
  Interpolation,
  LabelOverlay,
  LabelStyle,
  Plane,
  SecondVolume,
  Slab,
  SliceCamera,
  SliceView,
  ValueWindow,
} from './contract.ts';
import { indexToPoint, pointLPS, pointToIndex, sameGrid, type Axis } from './grid.ts';
import type { LabelImage } from './label-image.ts';
import { inPlaneAxes } from './measure.ts';
import { slicePlane, type SlicePlane } from './plane-geometry.ts';
import { PlaneView } from './plane-view.ts';
import { SliceLayers } from './slice-layers.ts';
import type { VolumeImage } from './volume-image.ts';

/** A patient without a scan: where a view without a volume looks. */
const NO_GRID = {
  dims: [1, 1, 1],
  spacing: [1, 1, 1],
  origin: pointLPS(0, 0, 0),
  direction: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
} as const;

export class VtkSliceView extends PlaneView implements SliceView {
  readonly #layers: SliceLayers;
  #name: Plane;
  #plane: SlicePlane;
  #slice = 0;

  constructor(container: HTMLElement, plane: Plane) {
    super(container, slicePlane(NO_GRID, plane));
    this.#name = plane;
    this.#plane = slicePlane(NO_GRID, plane);
    this.#layers = new SliceLayers(this.objects, this.renderer, () => this.markDirty());
    this.markDirty();
  }

  get plane(): Plane {
    return this.#name;
  }

  get slice(): number {
    return this.#slice;
  }

  get slices(): number {
    return this.#volume?.geometry.dims[this.#plane.axis] ?? 0;
  }

  get axis(): Axis {
    return this.#plane.axis;
  }

  get towards(): 1 | -1 {
    return this.#plane.towards;
  }

  get camera(): SliceCamera {
    return { centre: this.eye.centre, millimetresPerPixel: this.eye.millimetresPerPixel };
  }

  setPlane(plane: Plane): void {
    if (plane === this.#name) return;
    this.#name = plane;
    this.#takeGrid();
    this.tell('slice', undefined);
  }

  setVolume(volume: VolumeImage | undefined): void {
    const before = this.#volume;
    if (volume === before) return;
    const moves = volume !== undefined && (before === undefined || !sameGrid(volume.geometry, before.geometry));
    this.#layers.setVolume(volume);
    if (!moves) return;
    this.#takeGrid();
    this.tell('slice', undefined);
  }

  setLabels(labels: LabelImage | undefined): void {
    this.#layers.setLabels(labels);
  }

  setLabelStyle(style: LabelStyle): void {
    this.#layers.setLabelStyle(style);
  }

  setOverlays(overlays: readonly LabelOverlay[]): void {
    this.#layers.setOverlays(overlays);
  }

  setSecond(second: SecondVolume | undefined): void {
    this.#layers.setSecond(second);
  }

  setSlice(slice: number): void {
    const wanted = Math.min(this.slices - 1, Math.max(0, Math.round(slice)));
    if (this.#volume === undefined || wanted === this.#slice || Number.isNaN(wanted)) return;
    this.#slice = wanted;
    this.eye.throughDepthOf(this.#pointOfSlice(this.#volume));
    this.#layers.moved();
    this.markDirty();
    this.tell('slice', undefined);
  }

  showPoint(point: PointLPS): void {
    if (this.#volume !== undefined) this.setSlice(pointToIndex(this.#volume.geometry, point)[this.#plane.axis]);
  }

  setSlab(slab: Slab | undefined): void {
    this.#layers.setSlab(slab);
  }

  setWindow(window: ValueWindow): void {
    this.#layers.setWindow(window);
  }

  setInvert(invert: boolean): void {
    this.#layers.setInvert(invert);
  }

  setInterpolation(interpolation: Interpolation): void {
    this.#layers.setInterpolation(interpolation);
  }

  setCamera({ centre, millimetresPerPixel }: SliceCamera): void {
    this.eye.millimetresPerPixel = millimetresPerPixel;
    this.eye.centreOn(centre);
    this.moved();
  }

  fit(): void {
    if (this.#volume === undefined) return;
    const { dims } = this.#volume.geometry;
    const [u, v] = inPlaneAxes(this.#plane.axis);
    const corners = [-0.5, dims[u] - 0.5].flatMap((a) =>
      [-0.5, dims[v] - 0.5].map((b) => {
        const corner: [number, number, number] = [0, 0, 0];
        [corner[u], corner[v], corner[this.#plane.axis]] = [a, b, this.#slice];
        return corner;
      }),
    );
    const { geometry } = this.#volume;
    this.eye.fit(corners.map((corner) => indexToPoint(geometry, corner)));
    this.moved();
  }

  centreOn(point: PointLPS): void {
    this.eye.centreOn(point);
    this.moved();
  }

  protected override prepare(): void {
    const volume = this.#volume;
    if (volume === undefined) return;
    this.#layers.prepare(this.#plane, this.#slice, this.#pointOfSlice(volume));
    aimParallel(this.renderer.getActiveCamera(), this.eye);
  }

  protected override forget(): void {
    this.#layers.forget();
  }

  get #volume(): VolumeImage | undefined {
    return this.#layers.volume;
  }

  /** The directions of the volume's grid in this plane, its middle slice, all of it in view. */
  #takeGrid(): void {
    const geometry = this.#volume?.geometry ?? NO_GRID;
    this.#plane = slicePlane(geometry, this.#name);
    this.eye.directions = this.#plane;
    this.#slice = Math.floor((geometry.dims[this.#plane.axis] - 1) / 2);
    this.#layers.moved();
    if (this.#volume !== undefined) this.eye.throughDepthOf(this.#pointOfSlice(this.#volume));
    this.fit();
    this.moved();
  }

  #pointOfSlice({ geometry }: VolumeImage): PointLPS {
    const place: [number, number, number] = [0, 0, 0];
    for (const axis of [0, 1, 2] as const) place[axis] = axis === this.#plane.axis ? this.#slice : (geometry.dims[axis] - 1) / 2;
    return indexToPoint(geometry, place);
  }
}
