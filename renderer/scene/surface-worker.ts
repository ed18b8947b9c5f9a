import type { Box } from '../../core/imaging/box.ts';
import { hull } from '../../core/labelling/label-box.ts';
import type { OrganSurface, PlacedLabels } from '../workers/surfaces/organ-surfaces.ts';
import { thinBox, thinGrid, thinVoxels, type ThinGrid } from '../workers/surfaces/thin-labels.ts';
import type { SurfaceAnswer, SurfaceRequest } from '../workers/surfaces.worker.ts';
import { indexToPoint, scaled } from './grid.ts';
import type { LabelImage } from './label-image.ts';

/** Surfaces are made on voxels of at most this width. */
const WIDEST_VOXEL = 3;

/**
 * A worker that makes the surfaces of one label map. It keeps a thinned copy of the map, so that after an edit only what was written goes to it.
 * It lives until the signal ends it.
 */
export class SurfaceWorker {
  readonly #labels: LabelImage;
  readonly #grid: ThinGrid;
  readonly #signal: AbortSignal;
  #worker: Worker | undefined;
  /** What the worker's copy lacks: `all` without one. */
  #behind: Box | 'all' | undefined = 'all';

  constructor(labels: LabelImage, signal: AbortSignal) {
    this.#labels = labels;
    this.#signal = signal;
    this.#grid = thinGrid(labels.geometry.dims, labels.geometry.spacing, WIDEST_VOXEL);
    signal.addEventListener('abort', () => this.#end(), { once: true });
  }

  /** Voxels of the map were written. @param box anywhere without it */
  written(box?: Box): void {
    if (box === undefined) this.#behind = 'all';
    else if (this.#behind !== 'all') this.#behind = this.#behind === undefined ? box : hull(this.#behind, box);
  }

  /**
   * Has the surfaces of some segments made. The one before must have ended.
   * @param budget triangles of all of them together
   * @returns when they are made, or the signal ended it @throws Error when the worker fails
   */
  surfaces(values: readonly number[], budget: number, take: (surface: OrganSurface) => void): Promise<void> {
    const signal = this.#signal;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const worker = (this.#worker ??= new Worker(new URL('../workers/surfaces.worker.ts', import.meta.url), { type: 'module' }));
      const end = (): void => {
        signal.removeEventListener('abort', end);
        resolve();
      };
      const fail = (why: string): void => {
        // The next request begins anew.
        this.#end();
        signal.removeEventListener('abort', end);
        reject(new Error(`Surfaces could not be made: ${why}`));
      };
      signal.addEventListener('abort', end, { once: true });
      worker.onmessage = ({ data }: MessageEvent<SurfaceAnswer>) => {
        if (signal.aborted) return;
        if ('surface' in data) take(data.surface);
        else if ('error' in data) fail(data.error);
        else end();
      };
      worker.onerror = (event) => fail(event.message);
      const request: SurfaceRequest = { ...this.#news(), values, budget };
      worker.postMessage(
        request,
        [request.labels, request.written].flatMap((part) => (part ? [part.voxels.buffer] : [])),
      );
    });
  }

  #news(): Pick<SurfaceRequest, 'labels' | 'written'> {
    const behind = this.#behind;
    this.#behind = undefined;
    if (behind === undefined) return {};
    if (behind === 'all') return { labels: this.#placed() };
    const box = thinBox(behind, this.#grid);
    return { written: { box, voxels: this.#thin(box) } };
  }

  #placed(): PlacedLabels {
    const { geometry } = this.#labels;
    const { dims, factors } = this.#grid;
    const step = (axis: 0 | 1 | 2): readonly [number, number, number] =>
      scaled(geometry.direction[axis], geometry.spacing[axis] * factors[axis]);
    const [x, y, z] = indexToPoint(geometry, [factors[0] >> 1, factors[1] >> 1, factors[2] >> 1]);
    return { voxels: this.#thin({ start: [0, 0, 0], size: dims }), dims, origin: [x, y, z], steps: [step(0), step(1), step(2)] };
  }

  #thin(box: Box): Uint8Array {
    return thinVoxels(this.#labels.voxels, this.#labels.geometry.dims, this.#grid, box);
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#behind = 'all';
  }
}
