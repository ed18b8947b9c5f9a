import { throwIfCancelled, type Task } from '../base/task.ts';
import { cropOf } from '../imaging/crop-box.ts';
import {
  boxGeometry,
  indexIJK,
  indexToPoint,
  resizedGeometry,
  type Box,
  type Geometry,
  type PreparedScan,
  type Triple,
} from '../imaging/index.ts';
import { cropSizeOf, type MethodSettings } from '../model/method-settings.ts';
import { patchesOf } from '../model/patches.ts';
import { resizeBox } from '../model/resize-box.ts';
import { gridOfView } from '../model/views.ts';

/** Features of the patches of one view, all of them visible. @param patches (N, C·P³) in row-major order @returns (N, width) */
export type Encode = (patches: Float32Array, grid: Triple) => Promise<Float32Array>;

/** What an encoder says of every patch of a scan. */
export interface ScanFeatures {
  /** The grid of the patches. */
  readonly geometry: Geometry;
  readonly width: number;
  /** (n0, n1, n2, width), row-major. */
  readonly features: Float32Array;
}

/** How views lie over a scan. */
export interface Looks {
  /** Voxels of the image that all patches are moved by, fewer than a patch; what then lies beyond the image is 0. */
  readonly shift: Triple;
  /** Whether views lie half over each other, or only side by side. */
  readonly overlap: boolean;
}

/**
 * Features of a whole scan: views of the size that the encoder was trained on, side by side and half over each other; where they overlap,
 * features are averaged. Views that training resizes cover half of the scan along each axis, as global views do at the least, so that the
 * patches are those of the scan brought to twice a view's size; crops are taken from the scan as it is, 0 outside.
 * @param breathe awaited after each view
 * @throws TesseraError `cancelled`
 */
export async function scanFeatures(
  scan: PreparedScan,
  s: MethodSettings,
  encode: Encode,
  task: Task,
  breathe: () => Promise<void> = () => Promise.resolve(),
  { shift, overlap }: Looks = { shift: [0, 0, 0], overlap: true },
): Promise<ScanFeatures> {
  const { image, view, geometry } = imageOf(scan, s);
  const { patch } = s.encoder;
  const grid = gridOfView(view, patch);
  const all = gridOfView(image.dims, patch);
  const places = placesAlong(all, grid, overlap);
  const counts = new Uint8Array(all[0] * all[1] * all[2]);
  let sum: Float32Array | undefined;
  for (const [done, place] of places.entries()) {
    throwIfCancelled(task);
    const corner: Triple = [place[0] * patch[0] + shift[0], place[1] * patch[1] + shift[1], place[2] * patch[2] + shift[2]];
    const features = await encode(patchesOf(cropOf(image, corner, view), view, patch, image.channels), grid);
    sum ??= new Float32Array((features.length / (grid[0] * grid[1] * grid[2])) * counts.length);
    addFeatures(features, grid, place, sum, counts, all);
    task.progress({ stage: 'features', done: done + 1, total: places.length });
    await breathe();
  }
  const features = sum ?? new Float32Array(0);
  const width = features.length / counts.length;
  for (let at = 0; at < features.length; at++) features[at] = (features[at] as number) / (counts[Math.floor(at / width)] as number);
  return { geometry: shifted(geometry, patch, shift), width, features };
}

/** The grid of patches moved by some voxels of the image. */
function shifted(geometry: Geometry, patch: Triple, shift: Triple): Geometry {
  if (shift.every((voxels) => voxels === 0)) return geometry;
  return { ...geometry, origin: indexToPoint(geometry, indexIJK(shift[0] / patch[0], shift[1] / patch[1], shift[2] / patch[2])) };
}

/** The scan as views are cut from it, a whole number of patches along each axis, and the grid of all patches. */
function imageOf(scan: PreparedScan, s: MethodSettings): { image: PreparedScan; view: Triple; geometry: Geometry } {
  const { patch } = s.encoder;
  if (s.method === 'gl-mae') {
    const view = s.globals > 0 ? s.globalSize : s.localSize;
    const dims: Triple = [2 * view[0], 2 * view[1], 2 * view[2]];
    const values = resizeBox(scan, { corner: [0, 0, 0], size: scan.dims }, dims);
    const geometry = resizedGeometry(scan.geometry, dims);
    return {
      image: { values, channels: scan.channels, dims, geometry },
      view,
      geometry: resizedGeometry(geometry, gridOfView(dims, patch)),
    };
  }
  const view = cropSizeOf(s);
  const box = paddedBox(scan.dims, view, patch);
  const geometry = boxGeometry(scan.geometry, box);
  const values = cropOf(scan, box.start, box.size);
  return {
    image: { values, channels: scan.channels, dims: box.size, geometry },
    view,
    geometry: resizedGeometry(geometry, gridOfView(box.size, patch)),
  };
}

/** Around a scan, as large as a view and a whole number of patches; half of what is added before, the odd voxel after. */
function paddedBox(dims: Triple, view: Triple, patch: Triple): Box {
  const along = (axis: 0 | 1 | 2): number => Math.max(view[axis], Math.ceil(dims[axis] / patch[axis]) * patch[axis]);
  const size: Triple = [along(0), along(1), along(2)];
  const before = (axis: 0 | 1 | 2): number => 0 - Math.floor((size[axis] - dims[axis]) / 2);
  return { start: [before(0), before(1), before(2)], size };
}

/** Corners of views in patches: steps of half a view, or of a whole one, the last at the end. */
function placesAlong(all: Triple, grid: Triple, overlap: boolean): Triple[] {
  const along = (axis: 0 | 1 | 2): number[] => {
    const last = all[axis] - grid[axis];
    const step = overlap ? Math.max(1, Math.floor(grid[axis] / 2)) : grid[axis];
    const starts = Array.from({ length: Math.ceil(last / step) }, (_, i) => i * step);
    return [...starts, last];
  };
  const [x, y, z] = [along(0), along(1), along(2)];
  return x.flatMap((a) => y.flatMap((b) => z.map((c): Triple => [a, b, c])));
}

function addFeatures(from: Float32Array, grid: Triple, corner: Triple, sum: Float32Array, counts: Uint8Array, all: Triple): void {
  const width = sum.length / counts.length;
  let row = 0;
  for (let a = 0; a < grid[0]; a++)
    for (let b = 0; b < grid[1]; b++)
      for (let c = 0; c < grid[2]; c++, row += width) {
        const place = ((corner[0] + a) * all[1] + corner[1] + b) * all[2] + corner[2] + c;
        counts[place] = (counts[place] as number) + 1;
        for (let f = 0; f < width; f++) sum[place * width + f] = (sum[place * width + f] as number) + (from[row + f] as number);
      }
}
