import { z } from 'zod';
import { boxGeometry, type Box } from './box.ts';
import { foregroundBox } from './foreground.ts';
import { intensitySettings, normaliseIntensity } from './intensity.ts';
import { reorient } from './orientation.ts';
import { resample, respace } from './resample.ts';
import { physicalValues } from './values.ts';
import { voxelCount, type Geometry, type Triple, type Volume, type VoxelArray } from './volume.ts';
import { windowTable, type WindowTable } from './window-table.ts';

const millimetres = z.number().positive().max(100);

/** What is done to a scan before a network sees it. It is kept in the model, so that segmentation repeats it exactly. */
export const preparationSettings = z.object({
  spacing: z
    .tuple([millimetres, millimetres, millimetres])
    .nullable()
    .default(null)
    .meta({ description: 'Voxel spacing that scans are resampled to, along the patient axes; null keeps each scan’s own.', unit: 'mm' }),
  intensity: intensitySettings.default({ kind: 'zscore' }),
  foreground: z
    .boolean()
    .default(true)
    .meta({ description: 'Crop to the box of voxels that are not empty: above the window’s lower end (CT: above air), or not 0 (MR).' }),
});
export type PreparationSettings = z.infer<typeof preparationSettings>;

/** Network input: values (C, n0, n1, n2), last axis fastest, axes running to the patient's Right, Anterior, Superior. */
export interface PreparedScan {
  readonly values: Float32Array;
  readonly channels: number;
  readonly dims: Triple;
  /** The grid of the values. */
  readonly geometry: Geometry;
}

/**
 * Reorients to RAS, resamples, maps intensities and crops to the foreground (of any channel).
 * @param channels volumes on one grid
 */
export function prepareScan(channels: readonly Volume[], settings: PreparationSettings): PreparedScan {
  let geometry: Geometry | undefined;
  const mapped = channels.map((volume) => {
    const gridded = onGrid(volume, settings);
    geometry ??= gridded.geometry;
    return mappedChannel(gridded, settings);
  });
  if (geometry === undefined) throw new Error('A scan has at least one channel.');
  const { dims } = geometry;
  const box = settings.foreground ? foregroundOfAny(mapped, dims, settings) : whole(dims);
  const voxels = voxelCount(box.size);
  const out = new Float32Array(mapped.length * voxels);
  mapped.forEach((channel, c) => fill(channel, dims, box, out.subarray(c * voxels, (c + 1) * voxels)));
  return { values: out, channels: mapped.length, dims: box.size, geometry: boxGeometry(geometry, box) };
}

/** A channel on the grid of the network, i fastest: its values, or stored numbers that a table gives the values of. */
interface MappedChannel {
  readonly voxels: VoxelArray;
  readonly table?: WindowTable;
}

function mappedChannel(volume: Volume, { intensity }: PreparationSettings): MappedChannel {
  const table = intensity.kind === 'window' ? windowTable(volume, intensity.low, intensity.high) : undefined;
  if (table !== undefined) return { voxels: volume.voxels, table };
  const { values } = physicalValues(volume);
  return { voxels: normaliseIntensity(values, intensity, values) };
}

function fill({ voxels, table }: MappedChannel, dims: Triple, box: Box, to: Float32Array): void {
  boxToLastFastest(voxels, dims, box, to);
  if (table === undefined) return;
  const { values, lowest } = table;
  for (let i = 0; i < to.length; i++) to[i] = values[(to[i] as number) - lowest] as number;
}

/** A label map on the grid of its prepared scan, in the same order of voxels. */
export function prepareLabels(label: Volume, prepared: PreparedScan): Uint8Array {
  const { voxels } = resample(label, prepared.geometry, 'nearest', 'replicate');
  const out = new Uint8Array(voxels.length);
  boxToLastFastest(voxels, prepared.dims, whole(prepared.dims), out);
  return out;
}

/** Both orders of a square of so many voxels a side stay in the processor's first cache. */
const TILE = 32;

/** From (n0, n1, n2) with the last axis fastest to the first axis fastest, as volumes lie. */
export function toFirstFastest<T extends Float32Array | Uint8Array>(from: T, [n0, n1, n2]: Triple, to: T): T {
  for (let j = 0; j < n1; j++)
    for (let i0 = 0; i0 < n0; i0 += TILE)
      for (let k0 = 0; k0 < n2; k0 += TILE) {
        const [iEnd, kEnd] = [Math.min(n0, i0 + TILE), Math.min(n2, k0 + TILE)];
        for (let k = k0; k < kEnd; k++) {
          const row = n0 * (j + n1 * k);
          for (let i = i0; i < iEnd; i++) to[row + i] = from[(i * n1 + j) * n2 + k] as number;
        }
      }
  return to;
}

/** The other way, of a box within the grid. */
function boxToLastFastest(from: ArrayLike<number>, [nx, ny]: Triple, { start, size }: Box, to: Float32Array | Uint8Array): void {
  const [n0, n1, n2] = size;
  const slice = nx * ny;
  for (let j = 0; j < n1; j++) {
    const first = start[0] + nx * (start[1] + j + ny * start[2]);
    for (let i0 = 0; i0 < n0; i0 += TILE)
      for (let k0 = 0; k0 < n2; k0 += TILE) {
        const [iEnd, kEnd] = [Math.min(n0, i0 + TILE), Math.min(n2, k0 + TILE)];
        for (let i = i0; i < iEnd; i++) {
          const row = (i * n1 + j) * n2;
          for (let k = k0; k < kEnd; k++) to[row + k] = from[first + i + slice * k] as number;
        }
      }
  }
}

function onGrid(volume: Volume, { spacing }: PreparationSettings): Volume {
  const turned = reorient(volume, 'RAS').volume;
  return spacing === null ? turned : respace(turned, spacing, 'linear');
}

/** The box of what is above 0 in any channel; a z-score keeps the 0 of empty voxels and spreads the others to both sides of it. */
function foregroundOfAny(channels: readonly MappedChannel[], dims: Triple, { intensity }: PreparationSettings): Box {
  let any: Box | undefined;
  for (const { voxels, table } of channels) {
    const measure = intensity.kind === 'zscore' ? voxels.map(Math.abs) : voxels;
    any = union(any, foregroundBox(measure, dims, table?.threshold));
  }
  return any ?? whole(dims);
}

function union(a: Box | undefined, b: Box | undefined): Box | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const start = a.start.map((s, axis) => Math.min(s, b.start[axis] ?? s)) as unknown as Triple;
  const end = a.start.map((s, axis) => Math.max(s + (a.size[axis] ?? 0), (b.start[axis] ?? 0) + (b.size[axis] ?? 0))) as unknown as Triple;
  return { start, size: end.map((e, axis) => e - (start[axis] ?? 0)) as unknown as Triple };
}

function whole(dims: Triple): Box {
  return { start: [0, 0, 0], size: dims };
}
