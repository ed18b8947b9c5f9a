import { seededRandom } from '../base/random.ts';
import { TesseraError } from '../base/errors.ts';
import {
  boxGeometry,
  resizedGeometry,
  toFirstFastest,
  voxelCount,
  type Geometry,
  type PreparedScan,
  type Triple,
  type Volume,
} from '../imaging/index.ts';
import type { MethodSettings } from '../model/method-settings.ts';
import { imageOf } from '../model/patches.ts';
import { viewKinds } from '../model/view-kinds.ts';
import { makeView, type View, type ViewBox, type ViewKind } from '../model/views.ts';

export interface MaskedViewOptions {
  /** One of the run's kinds of view; the first unless given. */
  readonly view?: ViewKind['name'];
  /** Share of each axis of the scan that a global or local view covers; the middle of those that the run drew unless given. */
  readonly share?: number;
  /** Middle of the view, a voxel of the prepared scan; the scan's middle by default. */
  readonly center?: Triple;
  readonly maskRatio: number;
  readonly seed: number;
}

/** A view of a scan as a network is given it, and as volumes on the view's own grid, in the units of the network's input. */
export interface MaskedView {
  readonly kind: ViewKind;
  readonly view: View;
  readonly input: Volume;
  /** The input with 0 in the masked patches. */
  readonly masked: Volume;
  /** 1 where masked. */
  readonly mask: Volume;
}

/**
 * One masked view of a scan, as a pre-training run of any method takes it (method 2.2, 11). No tensor is needed for it.
 * @throws TesseraError `bad-setting` for a kind of view that the run does not have, or when nothing would be masked
 */
export function maskedView(scan: PreparedScan, s: MethodSettings, options: MaskedViewOptions): MaskedView {
  const kind = kindNamed(viewKinds(s), options.view);
  const box = boxOf(kind, scan.dims, options);
  const view = makeView(scan, box, kind.size, s.encoder.patch, options.maskRatio, seededRandom(options.seed).fork('mask'));
  if (view.visible >= view.places.length)
    throw new TesseraError('bad-setting', `masks none of ${String(view.places.length)} patches.`, { subject: 'maskRatio' });
  const geometry = resizedGeometry(boxGeometry(scan.geometry, { start: box.corner, size: box.size }), kind.size);
  const input = viewVolume(view.patches, view, s, geometry);
  const hidden = new Float32Array(view.patches.length).fill(1, (view.visible * view.patches.length) / view.places.length);
  const mask = viewVolume(hidden, view, s, geometry);
  const masked = input.voxels.map((value, v) => (mask.voxels[v] === 0 ? value : 0));
  return { kind, view, input, masked: { ...input, voxels: masked }, mask };
}

/** Patches in the view's order as a volume on the view's grid (first channel). */
export function viewVolume(patches: Float32Array, view: View, s: MethodSettings, geometry: Geometry): Volume {
  const size = geometry.dims;
  const length = patches.length / view.places.length;
  const raster = new Float32Array(patches.length);
  view.places.forEach((place, at) => {
    raster.set(patches.subarray(at * length, (at + 1) * length), place * length);
  });
  const image = imageOf(raster, size, s.encoder.patch, s.encoder.channels).subarray(0, voxelCount(size));
  return { geometry, voxels: toFirstFastest(image, size, new Float32Array(image.length)), slope: 1, intercept: 0 };
}

function kindNamed(kinds: readonly ViewKind[], name: ViewKind['name'] | undefined): ViewKind {
  const found = name === undefined ? kinds[0] : kinds.find((kind) => kind.name === name);
  if (found !== undefined) return found;
  throw new TesseraError('bad-setting', `is ${String(name)}, of which this run took none.`, {
    subject: 'view',
    advice: `It has: ${kinds.map((kind) => kind.name).join(', ')}.`,
  });
}

function boxOf({ size, scale }: ViewKind, dims: Triple, { share, center }: MaskedViewOptions): ViewBox {
  if (scale === undefined) return boxAround(dims, size, center);
  const ofAxis = (axis: 0 | 1 | 2): number =>
    Math.max(1, Math.round((share ?? (scale.shares[axis][0] + scale.shares[axis][1]) / 2) * dims[axis]));
  return boxAround(dims, [ofAxis(0), ofAxis(1), ofAxis(2)], center);
}

/** A box of some size around a voxel, moved to lie in the scan; a scan smaller than it sits in its middle. */
export function boxAround(dims: Triple, size: Triple, center?: Triple): ViewBox {
  const cornerOf = (axis: 0 | 1 | 2): number => {
    const room = dims[axis] - size[axis];
    if (room < 0) return -Math.floor(-room / 2);
    const middle = center?.[axis] ?? Math.floor(dims[axis] / 2);
    return Math.min(room, Math.max(0, middle - Math.floor(size[axis] / 2)));
  };
  return { corner: [cornerOf(0), cornerOf(1), cornerOf(2)], size };
}
