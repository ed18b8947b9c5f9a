import vtkOpenGLRenderWindow from '@kitware/vtk.js/Rendering/OpenGL/RenderWindow';
import type { vtkRenderWindow } from '@kitware/vtk.js/Rendering/Core/RenderWindow';
import { count, type Counted } from './counts.ts';

/** In device pixels. */
export interface CanvasSize {
  readonly width: number;
  readonly height: number;
}

export interface GlSurfaceEvents {
  readonly lost: () => void;
  readonly restored: () => void;
}

/** One canvas with its WebGL context and vtk.js's view on it: all that dies with a lost context. */
export class GlSurface {
  readonly canvas: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  readonly #window: vtkRenderWindow;
  readonly #view;
  readonly #counts: { -readonly [Kind in Counted]?: number } = {};
  readonly #listening = new AbortController();

  /** @throws Error when the browser gives no WebGL 2 context */
  constructor(container: HTMLElement, size: CanvasSize, window: vtkRenderWindow, events: GlSurfaceEvents) {
    this.canvas = document.createElement('canvas');
    // Before there is a context, which would otherwise make its buffers for another size first.
    Object.assign(this.canvas, size);
    Object.assign(this.canvas.style, { position: 'absolute', inset: '0', width: '100%', height: '100%', display: 'block' });
    // Smooth edges are for lines and surfaces on a GPU; a slice has none, and the processor pays for them four times.
    const gl = this.canvas.getContext('webgl2', { alpha: true, antialias: false, depth: true, powerPreference: 'high-performance' });
    if (gl === null) throw new Error('This browser has no WebGL 2.');
    this.#gl = gl;
    this.#window = window;
    this.#count('contexts', 1);
    this.#countResources();
    const { signal } = this.#listening;
    const lost = (event: Event): void => {
      // Without this the browser never gives the context back.
      event.preventDefault();
      // Browsers paint such a canvas white, and whatever is told over it with it.
      this.canvas.style.visibility = 'hidden';
      events.lost();
    };
    this.canvas.addEventListener('webglcontextlost', lost, { signal });
    this.canvas.addEventListener('webglcontextrestored', events.restored, { signal });

    this.#view = vtkOpenGLRenderWindow.newInstance({ canvas: this.canvas, cursor: 'inherit' });
    this.#view.setContainer(container);
    window.addView(this.#view);
    this.resize(size);
  }

  get view(): vtkOpenGLRenderWindow {
    return this.#view;
  }

  get lost(): boolean {
    return this.#gl.isContextLost();
  }

  resize({ width, height }: CanvasSize): void {
    this.#view.setSize(width, height);
  }

  render(): void {
    this.#view.traverseAllPasses();
  }

  /** Waits for the GPU. Reading a pixel back is what really waits in Chromium; gl.finish does not. */
  fence(): void {
    if (!this.lost) this.#gl.readPixels(0, 0, 1, 1, this.#gl.RGBA, this.#gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  delete(): void {
    this.#listening.abort();
    this.#window.removeView(this.#view);
    this.#view.delete();
    this.canvas.remove();
    // Contexts are few (16 a page), and garbage collection is late.
    if (!this.lost) this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
    for (const [kind, n] of Object.entries(this.#counts)) count(kind as Counted, -n);
  }

  #count(kind: Counted, change: number): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + change;
    count(kind, change);
  }

  /** Counts what vtk.js makes and forgets in this context, at the context itself. */
  #countResources(): void {
    const gl = this.#gl;
    const live = new Set<object>();
    const born = <T extends object>(kind: Counted, made: T): T => {
      live.add(made);
      this.#count(kind, 1);
      return made;
    };
    const gone = (kind: Counted, resource: object | null): void => {
      if (resource !== null && live.delete(resource)) this.#count(kind, -1);
    };
    const [createTexture, deleteTexture] = [gl.createTexture.bind(gl), gl.deleteTexture.bind(gl)];
    const [createBuffer, deleteBuffer] = [gl.createBuffer.bind(gl), gl.deleteBuffer.bind(gl)];
    gl.createTexture = () => born('textures', createTexture());
    gl.createBuffer = () => born('buffers', createBuffer());
    gl.deleteTexture = (texture) => {
      gone('textures', texture);
      deleteTexture(texture);
    };
    gl.deleteBuffer = (buffer) => {
      gone('buffers', buffer);
      deleteBuffer(buffer);
    };
  }
}
