import { seededRandom } from '../../../base/random.ts';
import { indexIJK, indexToPoint, type PreparedScan, type Triple } from '../../../imaging/index.ts';
import { viewKinds } from '../../../model/view-kinds.ts';
import { boxOf, makeView, type View, type ViewBox } from '../../../model/views.ts';
import { encodePng } from '../../../report/index.ts';
import type { PreflightView } from '../../api/preflight.ts';
import type { EngineHandler } from '../context.ts';
import { planPretraining } from '../training/training-plan.ts';
import { engineMemoryOf } from './engine-memory.ts';

/** Grey of a masked patch, between black and the usual tissue. */
const MASKED: Triple = [38, 52, 74];

/** The views that pre-training would cut of a scan in one step, with their boxes and masks. No tensor runtime is started for it. */
export const preflightViews: EngineHandler<'preflight-views'> = async ({ job, scan, seed }, { workspace }) => {
  const { settings } = await planPretraining(workspace, { ...job, probe: false });
  return engineMemoryOf(workspace).withScan(workspace, scan, settings.preparation, (prepared) => {
    const random = seededRandom(seed);
    const views = viewKinds(settings).flatMap((kind) =>
      Array.from({ length: kind.perScan }, (): PreflightView => {
        const box = boxOf(prepared.dims, kind, random);
        const view = makeView(prepared, box, kind.size, settings.encoder.patch, settings.maskRatio, random);
        const picture = slicesOf(view, kind.size, settings.encoder.patch, prepared.channels);
        return {
          kind: kind.name,
          ...placeOf(prepared, box),
          size: [...kind.size],
          maskedFraction: (view.places.length - view.visible) / view.places.length,
          whole: picture(false),
          masked: picture(true),
        };
      }),
    );
    return Promise.resolve({ views });
  });
};

function placeOf({ geometry }: PreparedScan, { corner, size }: ViewBox): Pick<PreflightView, 'corners' | 'millimetres'> {
  const end = (axis: 0 | 1 | 2, far: boolean): number => corner[axis] - 0.5 + (far ? size[axis] : 0);
  const corners = Array.from({ length: 8 }, (_, n) => {
    const [x, y, z] = indexToPoint(geometry, indexIJK(end(0, (n & 1) > 0), end(1, (n & 2) > 0), end(2, (n & 4) > 0)));
    return [x, y, z] as [number, number, number];
  });
  const { spacing } = geometry;
  return { corners, millimetres: [size[0] * spacing[0], size[1] * spacing[1], size[2] * spacing[2]] };
}

/** The middle axial slice of a view in radiological convention: axes run to Right, Anterior, Superior. */
function slicesOf({ patches, places, visible }: View, size: Triple, patch: Triple, channels: number): (masked: boolean) => string {
  const [width, height] = [size[0], size[1]];
  const grid = size.map((n, axis) => n / (patch[axis] ?? 1)) as unknown as Triple;
  const length = channels * patch[0] * patch[1] * patch[2];
  const middle = Math.floor(size[2] / 2);
  const [layer, k] = [Math.floor(middle / patch[2]), middle % patch[2]];
  const values = new Float32Array(width * height);
  const isShown = new Uint8Array(width * height);
  places.forEach((place, at) => {
    if (place % grid[2] !== layer) return;
    const [gi, gj] = [Math.floor(place / (grid[1] * grid[2])), Math.floor(place / grid[2]) % grid[1]];
    for (let i = 0; i < patch[0]; i++)
      for (let j = 0; j < patch[1]; j++) {
        const pixel = width - 1 - (gi * patch[0] + i) + width * (height - 1 - (gj * patch[1] + j));
        values[pixel] = patches[at * length + (i * patch[1] + j) * patch[2] + k] as number;
        isShown[pixel] = at < visible ? 1 : 0;
      }
  });
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
  return (masked) => {
    const rgba = new Uint8ClampedArray(4 * values.length).fill(255);
    for (let p = 0; p < values.length; p++) {
      const grey = high > low ? (255 * ((values[p] as number) - low)) / (high - low) : 0;
      for (const c of [0, 1, 2] as const) rgba[4 * p + c] = masked && isShown[p] === 0 ? MASKED[c] : grey;
    }
    return Buffer.from(encodePng({ width, height, rgba })).toString('base64');
  };
}
