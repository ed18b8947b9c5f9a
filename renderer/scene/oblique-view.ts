import '@kitware/vtk.js/Rendering/OpenGL/Camera';
import '@kitware/vtk.js/Rendering/OpenGL/ImageResliceMapper';
import '@kitware/vtk.js/Rendering/OpenGL/ImageSlice';
import '@kitware/vtk.js/Rendering/OpenGL/Renderer';
import type vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import vtkPiecewiseFunction from '@kitware/vtk.js/Common/DataModel/PiecewiseFunction';
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane';
import vtkColorTransferFunction from '@kitware/vtk.js/Rendering/Core/ColorTransferFunction';
import vtkImageResliceMapper from '@kitware/vtk.js/Rendering/Core/ImageResliceMapper';
import { SlabTypes } from '@kitware/vtk.js/Rendering/Core/ImageResliceMapper/Constants';
import vtkImageSlice from '@kitware/vtk.js/Rendering/Core/ImageSlice';
import type { PointLPS, Triple } from '../../core/imaging/volume.ts';
import { aimParallel } from './aim-camera.ts';
import { BaseView } from './base-view.ts';
import type { EdgeLetters, Interpolation, ObliqueView, Plane, Ruler, Slab, ValueWindow, ViewPoint } from './contract.ts';
import { probeGpu } from './gpu.ts';
import { boundsOf, cross, dot, indexToPoint, plus, pointLPS, scaled, unit } from './grid.ts';
import { PlaneCamera, type ViewSize } from './plane-camera.ts';
import { edgeLetters, rulerFor, slicePlane, type PlaneDirections } from './plane-geometry.ts';
import { fittingFactors, reduceVolume } from './reduce-volume.ts';
import type { VolumeImage, VolumeLevel } from './volume-image.ts';
import { releaseImage, vtkImageOf } from './vtk-image.ts';

/** The whole volume lies on the GPU here, 4 bytes a voxel in the worst case. */
const LIMITS = { software: { side: 256, voxels: 2 ** 23 }, gpu: { side: 2048, voxels: 2 ** 27 } } as const;

const UPRIGHT: PlaneDirections = { right: [1, 0, 0], up: [0, -1, 0], away: [0, 0, 1] };
const SLAB_TYPES = { maximum: SlabTypes.MAX, mean: SlabTypes.MEAN, minimum: SlabTypes.MIN } as const;

export class VtkObliqueView extends BaseView implements ObliqueView {
  readonly #camera = new PlaneCamera(UPRIGHT);
  readonly #mapper = this.objects.own(vtkImageResliceMapper.newInstance());
  readonly #actor = this.objects.own(vtkImageSlice.newInstance());
  readonly #plane = this.objects.own(vtkPlane.newInstance());
  #volume: VolumeImage | undefined;
  #image: vtkImageData | undefined;
  #unlisten: (() => void) | undefined;
  #window: ValueWindow | undefined;
  #reducing = new AbortController();

  constructor(container: HTMLElement) {
    super(container, [0, 0, 0]);
    this.#camera.size = this.size;
    this.#mapper.setSlicePlane(this.#plane);
    this.#actor.setMapper(this.#mapper);
    this.#actor.setVisibility(false);
    const [greys, opaque] = [
      this.objects.own(vtkColorTransferFunction.newInstance()),
      this.objects.own(vtkPiecewiseFunction.newInstance()),
    ];
    for (const end of [0, 1]) {
      greys.addRGBPoint(end, end, end, end);
      opaque.addPoint(end, 1);
    }
    this.#actor.getProperty().setRGBTransferFunction(0, greys);
    this.#actor.getProperty().setPiecewiseFunction(0, opaque);
    this.renderer.addViewProp(this.#actor);
    this.markDirty();
  }

  get origin(): PointLPS {
    return this.#camera.centre;
  }

  get directions(): { readonly right: Triple; readonly up: Triple; readonly away: Triple } {
    return this.#camera.directions;
  }

  get letters(): EdgeLetters {
    return edgeLetters(this.#camera.directions);
  }

  get ruler(): Ruler {
    return rulerFor(this.#camera.millimetresPerPixel);
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

  setWindow(window: ValueWindow): void {
    this.#window = window;
    this.markDirty();
  }

  setInterpolation(interpolation: Interpolation): void {
    const property = this.#actor.getProperty();
    if (interpolation === 'nearest') property.setInterpolationTypeToNearest();
    else property.setInterpolationTypeToLinear();
    this.markDirty();
  }

  setPlane(plane: Plane, through: PointLPS): void {
    if (this.#volume === undefined) return;
    const { right, up, away } = slicePlane(this.#volume.geometry, plane);
    this.#turnTo({ right, up, away });
    this.#camera.centre = through;
    this.#moved();
  }

  rotate(about: 'horizontal' | 'vertical' | 'view', degrees: number): void {
    const { right, up, away } = this.#camera.directions;
    const axis = about === 'horizontal' ? right : about === 'vertical' ? up : scaled(away, -1);
    const turned = (direction: Triple): Triple => turnedAbout(direction, axis, (degrees * Math.PI) / 180);
    // Right angles are made exact again, so that no rounding adds up over many small turns.
    const newRight = unit(turned(right));
    const slanted = turned(up);
    const newUp = unit(plus(slanted, newRight, -dot(slanted, newRight)));
    this.#turnTo({ right: newRight, up: newUp, away: cross(newUp, newRight) });
    this.#moved();
  }

  move(millimetres: number): void {
    this.#camera.centre = pointLPS(...plus(this.#camera.centre, this.#camera.directions.away, millimetres));
    this.#moved();
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
    this.#camera.fit(corners);
    this.#moved();
  }

  zoom(factor: number): void {
    this.#camera.zoom(factor);
    this.#moved();
  }

  pan(dx: number, dy: number): void {
    this.#camera.pan(dx, dy);
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
    const { centre, directions } = this.#camera;
    this.#plane.setOrigin(centre[0], centre[1], centre[2]);
    this.#plane.setNormal(...directions.away);
    const { range, slope, intercept } = volume;
    const property = this.#actor.getProperty();
    property.setColorLevel(this.#window === undefined ? (range[0] + range[1]) / 2 : (this.#window.centre - intercept) / slope);
    property.setColorWindow(Math.max(1e-6, this.#window === undefined ? range[1] - range[0] : this.#window.width / Math.abs(slope)));
    aimParallel(this.renderer.getActiveCamera(), this.#camera);
  }

  protected override resized(size: ViewSize): void {
    this.#camera.size = size;
  }

  protected override forget(): void {
    this.#reducing.abort();
    this.#unlisten?.();
  }

  /** Puts the finest voxels there are on the GPU, fewer where it would not hold them. */
  async #takeVoxels(): Promise<void> {
    this.#reducing.abort();
    const { signal } = (this.#reducing = new AbortController());
    const level = this.#volume?.level;
    let fitting: VolumeLevel | undefined;
    if (level !== undefined) {
      const gpu = probeGpu();
      const limits = gpu?.software === false ? LIMITS.gpu : LIMITS.software;
      const factors = fittingFactors(level.geometry, {
        side: Math.min(limits.side, gpu?.maxTexture3D ?? limits.side),
        voxels: limits.voxels,
      });
      fitting = await reduceVolume(level, factors, signal);
      if (signal.aborted) return;
      if (fitting !== undefined && fitting !== level) {
        const voxels = fitting.geometry.dims.join(' × ');
        this.notice('volume-reduced', `The volume is drawn with ${voxels} voxels, as many as this machine draws.`, { voxels });
      }
    }
    releaseImage(this.objects, this.#image);
    this.#image = fitting && vtkImageOf(this.objects, fitting.geometry, fitting.voxels, this.#volume?.range ?? [0, 1]);
    if (this.#image !== undefined) this.#mapper.setInputData(this.#image);
    this.#actor.setVisibility(this.#image !== undefined);
    this.markDirty();
  }

  #turnTo(directions: PlaneDirections): void {
    this.#camera.directions = directions;
  }

  #moved(): void {
    this.markDirty();
    this.tell('camera', undefined);
    this.tell('slice', undefined);
  }
}

/** A vector turned about a unit axis, right-handed (Rodrigues). */
function turnedAbout(vector: Triple, axis: Triple, angle: number): Triple {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return plus(plus(scaled(vector, cos), cross(axis, vector), sin), axis, dot(axis, vector) * (1 - cos));
}
