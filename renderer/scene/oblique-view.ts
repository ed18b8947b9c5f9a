import '@kitware/vtk.js/Rendering/OpenGL/Camera';
import '@kitware/vtk.js/Rendering/OpenGL/ImageResliceMapper';
import '@kitware/vtk.js/Rendering/OpenGL/ImageSlice';
import '@kitware/vtk.js/Rendering/OpenGL/Renderer';
import type vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane';
import vtkImageResliceMapper from '@kitware/vtk.js/Rendering/Core/ImageResliceMapper';
import { SlabTypes } from '@kitware/vtk.js/Rendering/Core/ImageResliceMapper/Constants';
import vtkImageSlice from '@kitware/vtk.js/Rendering/Core/ImageSlice';
import type { PointLPS, Triple } from '../../core/imaging/volume.ts';
import { aimParallel } from './aim-camera.ts';
import type { Interpolation, LabelOverlay, LabelStyle, ObliqueView, Plane, Slab, ValueWindow } from './contract.ts';
import { GreyScale } from './grey-scale.ts';
import { boundsOf, cross, dot, indexToPoint, plus, pointLPS, scaled, unit } from './grid.ts';
import type { LabelImage } from './label-image.ts';
import { LabelLayer } from './label-layer.ts';
import { LabelOverlays } from './label-overlays.ts';
import { slicePlane, type PlaneDirections } from './plane-geometry.ts';
import { PlaneView } from './plane-view.ts';
import { drawableLevel } from './reduce-volume.ts';
import { planeOfView } from './slice-sampling.ts';
import type { VolumeImage } from './volume-image.ts';
import { releaseImage, vtkImageOf } from './vtk-image.ts';

/** The whole volume lies on the GPU here, 4 bytes a voxel in the worst case. */
const LIMITS = { software: { side: 256, voxels: 2 ** 23 }, gpu: { side: 2048, voxels: 2 ** 27 } } as const;

const UPRIGHT: PlaneDirections = { right: [1, 0, 0], up: [0, -1, 0], away: [0, 0, 1] };
const SLAB_TYPES = { maximum: SlabTypes.MAX, mean: SlabTypes.MEAN, minimum: SlabTypes.MIN } as const;

/** The labels lie this far before the plane, in mm, and so over it. A parallel camera shows none of it. */
const LABELS_BEFORE = 250;

export class VtkObliqueView extends PlaneView implements ObliqueView {
  readonly plane = 'oblique';
  readonly #mapper = this.objects.own(vtkImageResliceMapper.newInstance());
  readonly #actor = this.objects.own(vtkImageSlice.newInstance());
  readonly #cut = this.objects.own(vtkPlane.newInstance());
  readonly #greys: GreyScale;
  readonly #labels: LabelLayer;
  readonly #overlays: LabelOverlays;
  #volume: VolumeImage | undefined;
  #image: vtkImageData | undefined;
  #unlisten: (() => void) | undefined;
  #window: ValueWindow | undefined;
  #invert = false;
  #reducing = new AbortController();

  constructor(container: HTMLElement) {
    super(container, UPRIGHT);
    this.#mapper.setSlicePlane(this.#cut);
    this.#actor.setMapper(this.#mapper);
    this.#actor.setVisibility(false);
    this.#actor.setForceOpaque(true);
    this.#greys = new GreyScale(this.objects, this.#actor.getProperty());
    this.renderer.addViewProp(this.#actor);
    this.#labels = new LabelLayer(this.objects, this.renderer, () => this.markDirty());
    this.#overlays = new LabelOverlays(this.objects, this.renderer, () => this.markDirty());
    this.markDirty();
  }

  get origin(): PointLPS {
    return this.eye.centre;
  }

  async setVolume(volume: VolumeImage | undefined): Promise<void> {
    if (volume === this.#volume) return;
    const first = this.#volume === undefined;
    this.#volume = volume;
    this.#unlisten?.();
    this.#unlisten = volume?.onChange(() => void this.#takeVoxels());
    if (volume !== undefined && first) {
      const { geometry } = volume;
      this.setPlane('axial', indexToPoint(geometry, [(geometry.dims[0] - 1) / 2, (geometry.dims[1] - 1) / 2, (geometry.dims[2] - 1) / 2]));
      this.fit();
    }
    await this.#takeVoxels();
  }

  setLabels(labels: LabelImage | undefined): void {
    this.#labels.setLabels(labels);
  }

  setLabelStyle(style: LabelStyle): void {
    this.#labels.setStyle(style);
  }

  setOverlays(overlays: readonly LabelOverlay[]): void {
    this.#overlays.set(overlays);
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
    const property = this.#actor.getProperty();
    if (interpolation === 'nearest') property.setInterpolationTypeToNearest();
    else property.setInterpolationTypeToLinear();
    this.markDirty();
  }

  setDirections({ right, up, away }: PlaneDirections, through: PointLPS): void {
    this.eye.directions = { right, up, away };
    this.eye.centreOn(through);
    this.eye.throughDepthOf(through);
    this.moved();
  }

  setPlane(plane: Plane, through: PointLPS): void {
    if (this.#volume === undefined) return;
    const { right, up, away } = slicePlane(this.#volume.geometry, plane);
    this.eye.directions = { right, up, away };
    this.eye.centre = through;
    this.moved();
  }

  rotate(about: 'horizontal' | 'vertical' | 'view', degrees: number): void {
    const { right, up, away } = this.eye.directions;
    const axis = about === 'horizontal' ? right : about === 'vertical' ? up : scaled(away, -1);
    const turned = (direction: Triple): Triple => turnedAbout(direction, axis, (degrees * Math.PI) / 180);
    // Right angles are made exact again, so that no rounding adds up over many small turns.
    const newRight = unit(turned(right));
    const slanted = turned(up);
    const newUp = unit(plus(slanted, newRight, -dot(slanted, newRight)));
    this.eye.directions = { right: newRight, up: newUp, away: cross(newUp, newRight) };
    this.moved();
  }

  move(millimetres: number): void {
    this.eye.centre = pointLPS(...plus(this.eye.centre, this.eye.directions.away, millimetres));
    this.moved();
  }

  setSlab(slab: Slab | undefined): void {
    this.#mapper.setSlabThickness(slab?.thickness ?? 0);
    this.#mapper.setSlabType(SLAB_TYPES[slab?.mode ?? 'mean']);
    this.markDirty();
  }

  fit(): void {
    if (this.#volume === undefined) return;
    const { geometry } = this.#volume;
    const { min, max } = boundsOf(geometry);
    const corners = [min[0], max[0]].flatMap((x) => [min[1], max[1]].flatMap((y) => [min[2], max[2]].map((z): Triple => [x, y, z])));
    this.eye.fit(corners);
    this.moved();
  }

  protected override prepare(): void {
    const volume = this.#volume;
    if (volume === undefined) return;
    const { centre, directions } = this.eye;
    this.#cut.setOrigin(centre[0], centre[1], centre[2]);
    this.#cut.setNormal(...directions.away);
    this.#greys.setWindow(volume, this.#window, this.#invert);
    const plane = planeOfView(this.eye);
    this.#labels.showPlane(plane, directions.away, -LABELS_BEFORE);
    this.#overlays.showPlane(plane, directions.away, LABELS_BEFORE);
    aimParallel(this.renderer.getActiveCamera(), this.eye);
  }

  protected override moved(): void {
    super.moved();
    this.tell('slice', undefined);
  }

  protected override forget(): void {
    this.#labels.forget();
    this.#overlays.forget();
    this.#reducing.abort();
    this.#unlisten?.();
  }

  /** Puts the finest voxels there are on the GPU, fewer where it would not hold them. */
  async #takeVoxels(): Promise<void> {
    this.#reducing.abort();
    const { signal } = (this.#reducing = new AbortController());
    const level = this.#volume?.level;
    const drawable = level && (await drawableLevel(level, LIMITS, signal));
    if (signal.aborted) return;
    if (drawable !== undefined && drawable !== level) this.noticeReduced(drawable.geometry);
    releaseImage(this.objects, this.#image);
    this.#image = drawable && vtkImageOf(this.objects, drawable.geometry, drawable.voxels, this.#volume?.range ?? [0, 1]);
    if (this.#image !== undefined) this.#mapper.setInputData(this.#image);
    this.#actor.setVisibility(this.#image !== undefined);
    this.markDirty();
  }
}

/** A vector turned about a unit axis, right-handed (Rodrigues). */
function turnedAbout(vector: Triple, axis: Triple, angle: number): Triple {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return plus(plus(scaled(vector, cos), cross(axis, vector), sin), axis, dot(axis, vector) * (1 - cos));
}
