import '@kitware/vtk.js/Rendering/OpenGL/Camera';
import '@kitware/vtk.js/Rendering/OpenGL/ImageMapper';
import '@kitware/vtk.js/Rendering/OpenGL/ImageSlice';
import '@kitware/vtk.js/Rendering/OpenGL/Renderer';
import type { PointLPS, Triple } from '../../core/imaging/volume.ts';
import { aimParallel } from './aim-camera.ts';
import { BaseView } from './base-view.ts';
import type {
  EdgeLetters,
  Interpolation,
  LabelStyle,
  Plane,
  Ruler,
  SecondVolume,
  Slab,
  SliceCamera,
  SliceView,
  ValueWindow,
  ViewPoint,
} from './contract.ts';
import { fuse } from './fusion.ts';
import { GreyLayer } from './grey-layer.ts';
import { indexToPoint, pointLPS, pointToIndex, sameGrid, type Axis } from './grid.ts';
import type { LabelImage } from './label-image.ts';
import { LabelLayer } from './label-layer.ts';
import { inPlaneAxes } from './measure.ts';
import { PlaneCamera, type ViewSize } from './plane-camera.ts';
import { edgeLetters, rulerFor, slicePlane, type SlicePlane } from './plane-geometry.ts';
import { SecondLayer } from './second-layer.ts';
import { planeOfSlice } from './slice-sampling.ts';
import type { VolumeImage } from './volume-image.ts';

/** Layers lie this far behind one another, in mm: more than any slice of a coarse level lies off its place. A parallel camera shows none of it. */
const LAYER_GAP = 250;

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

export class VtkSliceView extends BaseView implements SliceView {
  readonly #grey: GreyLayer;
  readonly #labelLayer: LabelLayer;
  readonly #secondLayer: SecondLayer;
  readonly #camera: PlaneCamera;
  #name: Plane;
  #plane: SlicePlane;
  #volume: VolumeImage | undefined;
  #labels: LabelImage | undefined;
  #second: SecondVolume | undefined;
  #slice = 0;
  #slab: Slab | undefined;
  #window: ValueWindow | undefined;
  #invert = false;
  #labelStyle: LabelStyle = { fill: 0.4, outline: 1 };
  /** The looks, and the second's picture, are made again only when they must. */
  #looksAreOld = true;
  #secondIsOld = true;
  readonly #unlisten = new Map<'volume' | 'labels' | 'second', () => void>();

  constructor(container: HTMLElement, plane: Plane) {
    super(container, [0, 0, 0]);
    this.#name = plane;
    this.#plane = slicePlane(NO_GRID, plane);
    this.#camera = new PlaneCamera(this.#plane);
    this.#camera.size = this.size;
    // They are drawn in this order, so the one at the back comes first.
    this.#grey = new GreyLayer(this.objects, this.renderer);
    this.#secondLayer = new SecondLayer(this.objects, this.renderer);
    this.#labelLayer = new LabelLayer(this.objects, this.renderer);
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
    return { centre: this.#camera.centre, millimetresPerPixel: this.#camera.millimetresPerPixel };
  }

  get directions(): { readonly right: Triple; readonly up: Triple; readonly away: Triple } {
    return { right: this.#plane.right, up: this.#plane.up, away: this.#plane.away };
  }

  get letters(): EdgeLetters {
    return edgeLetters(this.#plane);
  }

  get ruler(): Ruler {
    return rulerFor(this.#camera.millimetresPerPixel);
  }

  setPlane(plane: Plane): void {
    if (plane === this.#name) return;
    this.#name = plane;
    this.#takeGrid();
    this.tell('slice', undefined);
  }

  setVolume(volume: VolumeImage | undefined): void {
    if (volume === this.#volume) return;
    const moves = volume !== undefined && (this.#volume === undefined || !sameGrid(volume.geometry, this.#volume.geometry));
    this.#volume = volume;
    this.#secondIsOld = true;
    this.#listen('volume', volume, () => this.#grey.changed());
    if (volume === undefined) this.#grey.hide();
    this.markDirty();
    if (!moves) return;
    this.#takeGrid();
    this.tell('slice', undefined);
  }

  setLabels(labels: LabelImage | undefined): void {
    if (labels === this.#labels) return;
    this.#labels = labels;
    this.#labelLayer.setLabels(labels);
    this.#looksAreOld = true;
    this.#unlisten.get('labels')?.();
    this.#unlisten.delete('labels');
    if (labels !== undefined) {
      const changed = labels.onChange((change) => {
        if (change === 'voxels') this.#labelLayer.changed();
        else this.#looksAreOld = true;
        this.markDirty();
      });
      this.#unlisten.set('labels', changed);
    }
    this.markDirty();
  }

  setLabelStyle(style: LabelStyle): void {
    this.#labelStyle = style;
    this.#looksAreOld = true;
    this.markDirty();
  }

  setSecond(second: SecondVolume | undefined): void {
    this.#second = second;
    this.#listen('second', second?.volume, () => undefined);
    if (second === undefined) this.#secondLayer.hide();
    this.#secondIsOld = true;
    this.markDirty();
  }

  setSlice(slice: number): void {
    const wanted = Math.min(this.slices - 1, Math.max(0, Math.round(slice)));
    if (this.#volume === undefined || wanted === this.#slice || Number.isNaN(wanted)) return;
    this.#slice = wanted;
    this.#camera.throughDepthOf(this.#pointOfSlice(this.#volume));
    this.#secondIsOld = true;
    this.markDirty();
    this.tell('slice', undefined);
  }

  showPoint(point: PointLPS): void {
    if (this.#volume !== undefined) this.setSlice(pointToIndex(this.#volume.geometry, point)[this.#plane.axis]);
  }

  setSlab(slab: Slab | undefined): void {
    this.#slab = slab;
    this.markDirty();
  }

  setWindow(window: ValueWindow): void {
    this.#window = window;
    this.markDirty();
  }

  setInvert(invert: boolean): void {
    this.#invert = invert;
    this.markDirty();
  }

  setInterpolation(interpolation: Interpolation): void {
    this.#grey.setInterpolation(interpolation);
    this.markDirty();
  }

  setCamera({ centre, millimetresPerPixel }: SliceCamera): void {
    this.#camera.millimetresPerPixel = millimetresPerPixel;
    this.#camera.centreOn(centre);
    this.#moved();
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
    this.#camera.fit(corners.map((corner) => indexToPoint(geometry, corner)));
    this.#moved();
  }

  zoom(factor: number, at?: ViewPoint): void {
    this.#camera.zoom(factor, at);
    this.#moved();
  }

  pan(dx: number, dy: number): void {
    this.#camera.pan(dx, dy);
    this.#moved();
  }

  centreOn(point: PointLPS): void {
    this.#camera.centreOn(point);
    this.#moved();
  }

  worldOf(at: ViewPoint): PointLPS {
    return this.#camera.worldOf(at);
  }

  pixelOf(point: PointLPS): ViewPoint & { readonly depth: number } {
    return this.#camera.pixelOf(point);
  }

  protected override prepare(): void {
    const volume = this.#volume;
    if (volume === undefined) return;
    const { axis, away } = this.#plane;
    this.#grey.show(volume, axis, this.#pointOfSlice(volume), this.#slab, away, 2 * LAYER_GAP);
    this.#grey.setWindow(volume, this.#window ?? wholeRange(volume), this.#invert);
    this.#labelLayer.show(axis, this.#slice, away);
    if (this.#looksAreOld && this.#labels !== undefined) this.#labelLayer.setLooks(this.#labelStyle, window.devicePixelRatio);
    this.#looksAreOld = false;
    if (this.#secondIsOld) this.#fuse(volume);
    aimParallel(this.renderer.getActiveCamera(), this.#camera);
  }

  protected override resized(size: ViewSize): void {
    this.#camera.size = size;
  }

  protected override forget(): void {
    for (const unlisten of this.#unlisten.values()) unlisten();
    this.#unlisten.clear();
  }

  #fuse(volume: VolumeImage): void {
    this.#secondIsOld = false;
    if (this.#second === undefined) return;
    const plane = planeOfSlice(volume.geometry, this.#plane.axis, this.#slice);
    // The picture's first axis is not always the one to the screen's right.
    const { across, axis, right } = this.#plane;
    const along = volume.geometry.direction[across];
    const sign = along[0] * right[0] + along[1] * right[1] + along[2] * right[2] > 0 ? 1 : -1;
    const swipe = { axis: across === inPlaneAxes(axis)[0] ? ('across' as const) : ('upwards' as const), sign } as const;
    const pixels = fuse(volume, this.#second, plane, swipe);
    if (pixels === undefined) this.#secondLayer.hide();
    else this.#secondLayer.show(plane, pixels, this.#plane.away, LAYER_GAP);
  }

  /** The directions of the volume's grid in this plane, its middle slice, all of it in view. */
  #takeGrid(): void {
    const geometry = this.#volume?.geometry ?? NO_GRID;
    this.#plane = slicePlane(geometry, this.#name);
    this.#camera.directions = this.#plane;
    this.#slice = Math.floor((geometry.dims[this.#plane.axis] - 1) / 2);
    this.#secondIsOld = true;
    if (this.#volume !== undefined) this.#camera.throughDepthOf(this.#pointOfSlice(this.#volume));
    this.fit();
    this.#moved();
  }

  #pointOfSlice({ geometry }: VolumeImage): PointLPS {
    const place: [number, number, number] = [0, 0, 0];
    for (const axis of [0, 1, 2] as const) place[axis] = axis === this.#plane.axis ? this.#slice : (geometry.dims[axis] - 1) / 2;
    return indexToPoint(geometry, place);
  }

  #moved(): void {
    this.markDirty();
    this.tell('camera', undefined);
  }

  #listen(what: 'volume' | 'second', volume: VolumeImage | undefined, react: () => void): void {
    this.#unlisten.get(what)?.();
    this.#unlisten.delete(what);
    if (volume === undefined) return;
    const unlisten = volume.onChange(() => {
      react();
      this.#secondIsOld = true;
      this.markDirty();
    });
    this.#unlisten.set(what, unlisten);
  }
}

function wholeRange({ range, slope, intercept }: VolumeImage): ValueWindow {
  const [a, b] = [range[0] * slope + intercept, range[1] * slope + intercept];
  return { centre: (a + b) / 2, width: Math.max(Math.abs(b - a), 1e-6) };
}
