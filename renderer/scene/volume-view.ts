import '@kitware/vtk.js/Rendering/OpenGL/Actor';
import '@kitware/vtk.js/Rendering/OpenGL/Camera';
import '@kitware/vtk.js/Rendering/OpenGL/PolyDataMapper';
import '@kitware/vtk.js/Rendering/OpenGL/Renderer';
import '@kitware/vtk.js/Rendering/OpenGL/Volume';
import '@kitware/vtk.js/Rendering/OpenGL/VolumeMapper';
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane';
import vtkRenderWindowInteractor from '@kitware/vtk.js/Rendering/Core/RenderWindowInteractor';
import { BaseView } from './base-view.ts';
import type { AxisMark, ClipBox, VolumeView3D } from './contract.ts';
import type { OrganSurface } from '../workers/surfaces/organ-surfaces.ts';
import { EditedSurfaces } from './edited-surfaces.ts';
import { probeGpu } from './gpu.ts';
import { boundsOf, length, minus, pointLPS, sameGrid } from './grid.ts';
import type { LabelImage } from './label-image.ts';
import { OrbitCamera, VIEW_ANGLE } from './orbit-camera.ts';
import type { ViewSize } from './plane-camera.ts';
import { drawableLevel, volumeBytes } from './reduce-volume.ts';
import { RenderedVolume } from './rendered-volume.ts';
import { renderingPresets, type RenderingPreset } from './rendering-presets.ts';
import { SurfaceSet } from './surface-set.ts';
import { SurfaceWorker } from './surface-worker.ts';
import type { VolumeImage } from './volume-image.ts';
import { percentileValues } from './window-presets.ts';

/** Triangles, and voxels of the ray-cast volume, that a processor and a GPU draw without making the user wait. */
const LIMITS = {
  software: { triangles: 100_000, side: 256, voxels: 2 ** 23 },
  gpu: { triangles: 1_500_000, side: 1024, voxels: 2 ** 27 },
} as const;

const BACKGROUND = [0.06, 0.07, 0.1] as const;

export class VtkVolumeView extends BaseView implements VolumeView3D {
  readonly #camera = new OrbitCamera();
  readonly #surfaces: SurfaceSet;
  readonly #interactor: vtkRenderWindowInteractor;
  readonly #software = probeGpu()?.software ?? true;
  #volume: VolumeImage | undefined;
  #labels: LabelImage | undefined;
  #rendered: RenderedVolume | undefined;
  #preset: string | undefined;
  #clips: readonly vtkPlane[] = [];
  #interacting = false;
  /** The work in hand on the volume and on the surfaces; a newer one ends it. */
  #rendering = new AbortController();
  #extracting = new AbortController();
  #unlistenLabels: (() => void) | undefined;
  #unlistenVolume: (() => void) | undefined;

  constructor(container: HTMLElement) {
    super(container, BACKGROUND);
    // The volume mapper asks it whether the user is at work; it is bound to no events.
    this.#interactor = this.objects.own(vtkRenderWindowInteractor.newInstance());
    this.#interactor.setView(this.surface.view);
    this.#surfaces = new SurfaceSet(this.renderer);
    this.#camera.size = this.size;
    this.markDirty();
  }

  get rendering(): string | undefined {
    return this.#preset;
  }

  get surfaces(): readonly { readonly value: number; readonly triangles: number }[] {
    return this.#surfaces.all;
  }

  get bounds(): ClipBox {
    const geometry = this.#volume?.geometry ?? this.#labels?.geometry;
    return geometry === undefined ? { min: pointLPS(0, 0, 0), max: pointLPS(0, 0, 0) } : boundsOf(geometry);
  }

  get marks(): readonly AxisMark[] {
    return this.#camera.marks;
  }

  setVolume(volume: VolumeImage | undefined): void {
    if (volume === this.#volume) return;
    const moves = volume !== undefined && (this.#volume === undefined || !sameGrid(volume.geometry, this.#volume.geometry));
    this.#volume = volume;
    this.#unlistenVolume?.();
    // A finer level, or other voxels: what is drawn is made anew.
    this.#unlistenVolume = volume?.onChange(() => void this.setRendering(this.#preset));
    const preset = this.#preset;
    this.#dropRendering();
    if (volume === undefined) return;
    if (moves) this.fit();
    void this.setRendering(preset);
  }

  async setRendering(id: string | undefined): Promise<void> {
    this.#rendering.abort();
    const { signal } = (this.#rendering = new AbortController());
    this.#preset = id;
    const level = this.#volume?.level;
    const preset = renderingPresets.find((known) => known.id === id);
    if (this.#volume === undefined || level === undefined || preset === undefined || this.#volume.components !== 1) {
      this.#rendered?.delete();
      this.#rendered = undefined;
      this.markDirty();
      return;
    }
    const { slope, intercept } = this.#volume;
    const placed = inValues(preset, this.#volume);
    const reduced = await drawableLevel(level, LIMITS, signal);
    const [low, high] = [placed.points[0]?.[0] ?? 0, placed.points.at(-1)?.[0] ?? 1];
    const bytes = reduced && (await volumeBytes(reduced, (low - intercept) / slope, (high - intercept) / slope, signal));
    if (signal.aborted || reduced === undefined || bytes === undefined) return;

    this.#rendered?.delete();
    this.#rendered = new RenderedVolume(this.renderer, reduced.geometry, bytes, placed, this.#software);
    this.#rendered.setClips(this.#clips);
    this.#rendered.setInteracting(this.#interacting);
    this.markDirty();
    if (reduced !== level) this.noticeReduced(reduced.geometry);
    if (this.#software) this.notice('software-renderer', 'Without a graphics card, volumes are drawn slowly and without shading.', {});
  }

  async setSurfaces(labels: LabelImage | undefined, progress?: (fraction: number) => void): Promise<void> {
    this.#extracting.abort();
    const { signal } = (this.#extracting = new AbortController());
    this.#unlistenLabels?.();
    this.#unlistenLabels = undefined;
    this.#surfaces.clear();
    const fitted = this.#volume !== undefined || this.#labels !== undefined;
    this.#labels = labels;
    this.markDirty();
    if (labels === undefined) return;
    if (!fitted) this.fit();
    const budget = (this.#software ? LIMITS.software : LIMITS.gpu).triangles;
    let ready = 0;
    const worker = new SurfaceWorker(labels, signal);
    const whole = worker.surfaces([...labels.looks.keys()], budget, (surface) => {
      this.#surfaces.add(surface, labels.lookOf(surface.value));
      progress?.(++ready / labels.looks.size);
      this.markDirty();
    });
    const edited = new EditedSurfaces(whole, (values) => this.#renewSurfaces(labels, worker, values, signal), signal);
    this.#unlistenLabels = labels.onChange((change) => {
      if (change !== 'looks') {
        worker.written(change.box);
        edited.edited(change.values ?? []);
        return;
      }
      for (const { value } of this.#surfaces.all) this.#surfaces.setLook(value, labels.lookOf(value));
      this.markDirty();
    });
    await whole;
    if (!signal.aborted) progress?.(1);
  }

  /** Surfaces of segments that were edited, in as many triangles as they may have beside the others. */
  async #renewSurfaces(labels: LabelImage, worker: SurfaceWorker, values: readonly number[], signal: AbortSignal): Promise<void> {
    const budget = (this.#software ? LIMITS.software : LIMITS.gpu).triangles;
    const share = (budget * values.length) / Math.max(values.length, labels.looks.size);
    const before = this.#surfaces.all.filter(({ value }) => values.includes(value)).reduce((sum, { triangles }) => sum + triangles, 0);
    const gone = new Set(values);
    const take = (surface: OrganSurface): void => {
      gone.delete(surface.value);
      this.#surfaces.add(surface, labels.lookOf(surface.value));
      this.markDirty();
    };
    await worker.surfaces(values, Math.min(budget, Math.max(share, 1.2 * before)), take);
    if (signal.aborted) return;
    for (const value of gone) this.#surfaces.remove(value);
    this.markDirty();
  }

  setClip(box: ClipBox | undefined): void {
    for (const plane of this.#clips) this.objects.release(plane);
    this.#clips = box === undefined ? [] : this.#facesOf(box);
    this.#surfaces.setClips(this.#clips);
    this.#rendered?.setClips(this.#clips);
    this.markDirty();
  }

  fit(): void {
    const { min, max } = this.bounds;
    this.#camera.fit(min, max);
    this.moved();
  }

  lookFrom(side: AxisMark['letter']): void {
    this.#camera.lookFrom(side);
    this.moved();
  }

  orbit(azimuth: number, elevation: number): void {
    this.#camera.orbit(azimuth, elevation);
    this.moved();
  }

  zoom(factor: number): void {
    this.#camera.zoom(factor);
    this.moved();
  }

  pan(dx: number, dy: number): void {
    this.#camera.pan(dx, dy);
    this.moved();
  }

  setInteracting(interacting: boolean): void {
    if (interacting === this.#interacting) return;
    this.#interacting = interacting;
    this.#rendered?.setInteracting(interacting);
    if (this.#rendered !== undefined) this.markDirty();
  }

  async turntable(pictures: number, columns: number): Promise<HTMLCanvasElement> {
    const { azimuth } = this.#camera;
    const sheet = document.createElement('canvas');
    const { width, height } = this.canvas;
    sheet.width = width * columns;
    sheet.height = height * Math.ceil(pictures / columns);
    const context = sheet.getContext('2d');
    for (let n = 0; n < pictures && this.alive; n++) {
      this.#camera.azimuth = azimuth + (360 * n) / pictures;
      context?.drawImage(this.picture(), (n % columns) * width, Math.floor(n / columns) * height);
      // Between two pictures the page may answer.
      await new Promise((resolve) => setTimeout(resolve));
    }
    this.#camera.azimuth = azimuth;
    this.markDirty();
    return sheet;
  }

  protected override prepare(): void {
    const camera = this.renderer.getActiveCamera();
    const { focus, position, up, distance } = this.#camera;
    camera.setParallelProjection(false);
    camera.setViewAngle(VIEW_ANGLE);
    camera.setFocalPoint(focus[0], focus[1], focus[2]);
    camera.setPosition(...position);
    camera.setViewUp(...up);
    const { min, max } = this.bounds;
    const reach = length(minus(max, min)) + length(minus(focus, min));
    camera.setClippingRange(Math.max(distance / 100, distance - reach), distance + reach);
  }

  protected override resized(size: ViewSize): void {
    this.#camera.size = size;
  }

  protected override surfaceReplaced(): void {
    this.#interactor.setView(this.surface.view);
    super.surfaceReplaced();
  }

  protected override forget(): void {
    this.#rendering.abort();
    this.#extracting.abort();
    this.#unlistenLabels?.();
    this.#unlistenVolume?.();
    this.#surfaces.clear();
    this.#rendered?.delete();
  }

  #dropRendering(): void {
    this.#rendering.abort();
    this.#rendered?.delete();
    this.#rendered = undefined;
    this.markDirty();
  }

  /** Six planes that look inward. */
  #facesOf({ min, max }: ClipBox): vtkPlane[] {
    return [0, 1, 2].flatMap((axis) =>
      [1, -1].map((sign) => {
        const normal: [number, number, number] = [0, 0, 0];
        normal[axis] = sign;
        const corner = sign > 0 ? min : max;
        return this.objects.own(vtkPlane.newInstance({ normal, origin: [corner[0], corner[1], corner[2]] }));
      }),
    );
  }
}

/** A preset with its positions in values. */
function inValues(preset: RenderingPreset, volume: VolumeImage): RenderingPreset {
  if (preset.scale === 'value') return preset;
  const values = percentileValues(
    volume,
    preset.points.map(([percent]) => percent),
  );
  // Positions must rise, also in a volume of few values.
  let last = -Infinity;
  const points = preset.points.map(([, colour, opacity], at) => {
    last = Math.max(values[at] ?? 0, last + 1e-6);
    return [last, colour, opacity] as const;
  });
  return { ...preset, points };
}
