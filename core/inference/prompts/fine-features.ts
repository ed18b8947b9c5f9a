import type { Task } from '../../base/task.ts';
import { voxelCount, type PreparedScan, type Triple } from '../../imaging/index.ts';
import type { MethodSettings } from '../../model/method-settings.ts';
import { gridOfView } from '../../model/views.ts';
import { scanFeatures, type Encode, type ScanFeatures } from '../scan-features.ts';

/** Multiply-adds that a scan may take: about a minute on two cores. */
const MOST_WORK = 3e12;

/**
 * Features of a scan on a grid twice as fine as its patches: all patches again, moved by half a patch along each axis, eight times in all,
 * each in views side by side. An encoder so large that this would take minutes sees the scan once, and its grid is that of the patches.
 * @throws TesseraError `cancelled`
 */
export async function fineFeatures(
  scan: PreparedScan,
  s: MethodSettings,
  encode: Encode,
  task: Task,
  breathe?: () => Promise<void>,
): Promise<ScanFeatures> {
  const { patch } = s.encoder;
  const along = (axis: 0 | 1 | 2): number[] => (patch[axis] > 1 ? [0, Math.floor(patch[axis] / 2)] : [0]);
  if (workOfScan(s) * 8 > MOST_WORK) return scanFeatures(scan, s, encode, task, breathe);
  const shifts = along(0).flatMap((a) => along(1).flatMap((b) => along(2).map((c): Triple => [a, b, c])));
  const parts: ScanFeatures[] = [];
  for (const [n, shift] of shifts.entries()) {
    const part = withStep(task, n, shifts.length);
    parts.push(await scanFeatures(scan, s, encode, part, breathe, { shift, overlap: false }));
  }
  return interleaved(parts, [along(0).length, along(1).length, along(2).length]);
}

/** Multiply-adds of one look at a scan, eight views in twice a view's size (section 13 of the method). */
function workOfScan(s: MethodSettings): number {
  const [a, b, c] = gridOfView(s.globals > 0 ? s.globalSize : s.localSize, s.encoder.patch);
  const tokens = a * b * c;
  const { width, depth, mlpRatio } = s.encoder;
  return 8 * depth * tokens * width * ((4 + 2 * mlpRatio) * width + 2 * tokens);
}

function withStep(task: Task, n: number, of: number): Task {
  return {
    signal: task.signal,
    progress: (update) => task.progress({ ...update, done: n * update.total + update.done, total: of * update.total }),
  };
}

/** Grids moved by half a step as one grid of half the step. The last plane of moved ones hangs over the end of the scan and goes. */
function interleaved(parts: readonly ScanFeatures[], per: Triple): ScanFeatures {
  const [first] = parts;
  if (first === undefined) throw new Error('there is no look at the scan');
  const { geometry, width } = first;
  const { dims: coarse } = geometry;
  const fine = (axis: 0 | 1 | 2): number => per[axis] * coarse[axis] - (per[axis] - 1);
  const dims: Triple = [fine(0), fine(1), fine(2)];
  const features = new Float32Array(width * voxelCount(dims));
  let to = 0;
  for (let a = 0; a < dims[0]; a++)
    for (let b = 0; b < dims[1]; b++)
      for (let c = 0; c < dims[2]; c++, to += width) {
        const part = parts[((a % per[0]) * per[1] + (b % per[1])) * per[2] + (c % per[2])] ?? first;
        const place = (Math.floor(a / per[0]) * coarse[1] + Math.floor(b / per[1])) * coarse[2] + Math.floor(c / per[2]);
        features.set(part.features.subarray(place * width, (place + 1) * width), to);
      }
  const { spacing } = geometry;
  return { geometry: { ...geometry, dims, spacing: [spacing[0] / per[0], spacing[1] / per[1], spacing[2] / per[2]] }, width, features };
}
