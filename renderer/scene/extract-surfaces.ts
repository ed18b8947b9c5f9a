import type { OrganSurface, SurfaceJob } from '../workers/surfaces/organ-surfaces.ts';
import type { SurfaceAnswer } from '../workers/surfaces.worker.ts';
import { thinLabels } from '../workers/surfaces/thin-labels.ts';
import { indexToPoint, scaled } from './grid.ts';
import type { LabelImage } from './label-image.ts';

/** Surfaces are made on voxels of at most this width. */
const WIDEST_VOXEL = 3;

/**
 * Has a worker extract the surface of each segment with a look, or of some.
 * @param budget triangles of all surfaces together @param signal ends the worker; the promise resolves then
 * @throws Error when the worker fails
 */
export function extractSurfaces(
  labels: LabelImage,
  budget: number,
  signal: AbortSignal,
  take: (surface: OrganSurface) => void,
  values: readonly number[] = [...labels.looks.keys()],
): Promise<void> {
  const { geometry } = labels;
  const { voxels, dims, factors } = thinLabels(labels.voxels, geometry.dims, geometry.spacing, WIDEST_VOXEL);
  const step = (axis: 0 | 1 | 2): readonly [number, number, number] =>
    scaled(geometry.direction[axis], geometry.spacing[axis] * factors[axis]);
  const [x, y, z] = indexToPoint(geometry, [factors[0] >> 1, factors[1] >> 1, factors[2] >> 1]);
  const job: SurfaceJob = { voxels, dims, values, origin: [x, y, z], steps: [step(0), step(1), step(2)], budget };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../workers/surfaces.worker.ts', import.meta.url), { type: 'module' });
    const end = (): void => {
      worker.terminate();
      resolve();
    };
    const fail = (why: string): void => {
      worker.terminate();
      reject(new Error(`Surfaces could not be made: ${why}`));
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    worker.onmessage = ({ data }: MessageEvent<SurfaceAnswer>) => {
      if (signal.aborted) return;
      if ('surface' in data) take(data.surface);
      else if ('error' in data) fail(data.error);
      else end();
    };
    worker.onerror = (event) => fail(event.message);
    worker.postMessage(job, [voxels.buffer]);
  });
}
