import vtkRenderer from '@kitware/vtk.js/Rendering/Core/Renderer';
import vtkRenderWindow from '@kitware/vtk.js/Rendering/Core/RenderWindow';
import type { Geometry } from '../../core/imaging/volume.ts';
import type { SceneNotice, View, ViewEvents } from './contract.ts';
import { ChangeListeners } from './change-listeners.ts';
import { count } from './counts.ts';
import { GlSurface, type CanvasSize } from './gl-surface.ts';
import { LiveObjects } from './live-objects.ts';
import type { ViewSize } from './plane-camera.ts';

/**
 * What every view does alike: it fills its container, draws at most once a frame and only when something changed, tells listeners, and
 * lives through the loss of its context. A lost context is not mended but replaced: vtk.js keeps the scene apart from what is on the GPU,
 * so a new canvas draws the same scene again.
 */
export abstract class BaseView implements View {
  protected readonly objects = new LiveObjects();
  protected readonly renderer: vtkRenderer;
  protected readonly window: vtkRenderWindow;
  readonly #container: HTMLElement;
  readonly #listeners = new Map<keyof ViewEvents, ChangeListeners<never>>();
  readonly #resizes: ResizeObserver;
  #surface: GlSurface;
  #size: ViewSize = { width: 1, height: 1 };
  #frame: number | undefined;
  #deleted = false;

  protected constructor(container: HTMLElement, background: readonly [number, number, number]) {
    this.#container = container;
    this.window = this.objects.own(vtkRenderWindow.newInstance());
    this.renderer = this.objects.own(vtkRenderer.newInstance());
    this.renderer.setBackground(...background);
    this.window.addRenderer(this.renderer);
    this.#surface = this.#newSurface(this.#measure());
    count('views', 1);
    this.#resizes = new ResizeObserver(() => this.#resize());
    this.#resizes.observe(container);
  }

  get canvas(): HTMLCanvasElement {
    return this.#surface.canvas;
  }

  get alive(): boolean {
    return !this.#deleted && !this.#surface.lost;
  }

  /** In CSS pixels. */
  get size(): ViewSize {
    return this.#size;
  }

  on<K extends keyof ViewEvents>(kind: K, listener: (event: ViewEvents[K]) => void): () => void {
    let listeners = this.#listeners.get(kind);
    if (listeners === undefined) this.#listeners.set(kind, (listeners = new ChangeListeners<never>()));
    return listeners.add(listener);
  }

  async drawn(): Promise<void> {
    this.#drawNow();
    this.#surface.fence();
    await Promise.resolve();
  }

  picture(): HTMLCanvasElement {
    const picture = document.createElement('canvas');
    picture.width = this.canvas.width;
    picture.height = this.canvas.height;
    // The drawing buffer is gone after this task, so it is filled and read in one.
    this.markDirty();
    this.#drawNow();
    picture.getContext('2d')?.drawImage(this.canvas, 0, 0);
    return picture;
  }

  recover(): void {
    if (!this.#deleted && this.#surface.lost) this.#replaceSurface();
  }

  delete(): void {
    if (this.#deleted) return;
    this.#deleted = true;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#resizes.disconnect();
    this.#listeners.clear();
    this.forget();
    // What is on the GPU first: it is freed through the objects it was made for.
    this.#surface.delete();
    this.objects.releaseAll();
    count('views', -1);
  }

  /** Takes back listeners on shared data; called once, before everything is freed. */
  protected abstract forget(): void;

  /** Brings the vtk.js scene up to date; called right before a frame is drawn. */
  protected abstract prepare(): void;

  /** The size of the view has changed. */
  protected abstract resized(size: ViewSize): void;

  /** There is another canvas and context; most views need nothing more. */
  protected surfaceReplaced(): void {
    this.markDirty();
  }

  protected get surface(): GlSurface {
    return this.#surface;
  }

  /** Draws with the next frame of the browser. */
  protected markDirty(): void {
    if (this.#deleted) return;
    this.#frame ??= requestAnimationFrame(() => this.#drawNow());
  }

  /** The camera has moved. */
  protected moved(): void {
    this.markDirty();
    this.tell('camera', undefined);
  }

  protected tell<K extends keyof ViewEvents>(kind: K, event: ViewEvents[K]): void {
    this.#listeners.get(kind)?.tell(event as never);
  }

  protected notice(code: SceneNotice['code'], message: string, values: SceneNotice['values']): void {
    this.tell('notice', { code, message, values });
  }

  /** Fewer voxels are drawn than there are. */
  protected noticeReduced({ dims }: Geometry): void {
    const voxels = dims.join(' × ');
    this.notice('volume-reduced', `The volume is drawn with ${voxels} voxels, as many as this machine draws.`, { voxels });
  }

  #newSurface(size: CanvasSize): GlSurface {
    return new GlSurface(this.#container, size, this.window, {
      lost: () => this.tell('context-lost', undefined),
      // The browser gives the context back empty; a fresh canvas is as good, and vtk.js starts clean on it.
      restored: () => this.#replaceSurface(),
    });
  }

  #replaceSurface(): void {
    const lost = this.#surface;
    this.#surface = this.#newSurface(this.#measure());
    lost.delete();
    this.surfaceReplaced();
    this.tell('context-restored', undefined);
  }

  #drawNow(): void {
    if (this.#frame === undefined) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    if (!this.alive) return;
    this.prepare();
    this.#surface.render();
    this.tell('drawn', undefined);
  }

  #resize(): void {
    this.#surface.resize(this.#measure());
    this.resized(this.#size);
    this.tell('camera', undefined);
    // A canvas is empty after its size changed: drawing in the same frame shows no flash.
    this.markDirty();
    this.#drawNow();
  }

  /** @returns in device pixels */
  #measure(): CanvasSize {
    const { width, height } = this.#container.getBoundingClientRect();
    const ratio = window.devicePixelRatio;
    this.#size = { width: Math.max(1, width), height: Math.max(1, height) };
    return { width: Math.max(1, Math.round(this.#size.width * ratio)), height: Math.max(1, Math.round(this.#size.height * ratio)) };
  }
}
