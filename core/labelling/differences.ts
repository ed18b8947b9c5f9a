import { connectedComponents } from '../imaging/components.ts';
import { voxelCount, type Triple } from '../imaging/volume.ts';
import type { VoxelRuns } from './accept.ts';
import { valueSet, wantedValues, type Proposed } from './accept-gate.ts';
import type { Box } from '../imaging/box.ts';
import type { LabelArray } from './label-delta.ts';
import { eachRow } from './label-box.ts';
import { checkGrid, type Grid } from './rules.ts';

/** `mine`: drawn only here. `theirs`: only proposed. `both`: each says another segment. */
export type DifferenceKind = 'mine' | 'theirs' | 'both';

/** Voxels that hang together over faces and differ in the same way. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** The segment drawn here, and the one proposed (in this layer's numbers); 0 is background. */
  readonly mine: number;
  readonly theirs: number;
  readonly voxels: number;
  /** The voxel of it that is nearest to its middle. */
  readonly centre: Triple;
  /** Mean uncertainty of its voxels, 0 to 1; where it is known. */
  readonly entropy?: number;
  readonly runs: VoxelRuns;
}

export interface Differences {
  /** The largest first. */
  readonly islands: readonly Difference[];
  /** How many there are in all, also those that are not listed. */
  readonly count: number;
  /** Voxels that differ, in all. */
  readonly voxels: number;
}

export interface DifferenceOptions {
  /** List at most so many, the largest. */
  readonly most?: number;
  /** A byte a voxel, i fastest; 255 is the largest uncertainty there can be. */
  readonly entropy?: Uint8Array;
}

const MOST = 1000;

export function kindOf(mine: number, theirs: number): DifferenceKind {
  return theirs === 0 ? 'mine' : mine === 0 ? 'theirs' : 'both';
}

/**
 * Where a layer and a proposal say different things, as islands. Segments here that the proposal does not know differ only where it says
 * another one: it has no opinion of them.
 * @throws TesseraError `bad-labels` when layers and grid do not fit
 */
export function differences(labels: LabelArray, grid: Grid, proposed: Proposed, options: DifferenceOptions = {}): Differences {
  checkGrid(labels, grid);
  checkGrid(proposed.labels, grid);
  const differs = difference(labels, proposed);
  const box = boxWhere(labels.length, grid.dims, differs);
  if (box === undefined) return { islands: [], count: 0, voxels: 0 };
  const { codes, pairs } = codesIn(box, grid.dims, differs);
  const components = connectedComponents(codes, box.size, 6);
  const { voxels } = components;
  const chosen = largest(voxels, options.most ?? MOST);
  const place = new Int32Array(voxels.length).fill(-1);
  chosen.forEach((component, n) => (place[component] = n));
  const found = chosen.map(() => new Island(grid));
  components.eachRun((component, begin, end) => {
    const island = found[place[component] as number];
    if (!island) return;
    const [x, row] = [begin % box.size[0], Math.floor(begin / box.size[0])];
    const [y, z] = [row % box.size[1], Math.floor(row / box.size[1])];
    island.add([box.start[0] + x, box.start[1] + y, box.start[2] + z], end - begin);
  });
  const islands = chosen.map((component, n): Difference => {
    const [mine, theirs] = pairs[components.label[component] as number] ?? [0, 0];
    return { kind: kindOf(mine, theirs), mine, theirs, ...(found[n] as Island).described(options.entropy) };
  });
  return { islands, count: voxels.length, voxels: voxels.reduce((sum, n) => sum + n, 0) };
}

/** What differs at a voxel: undefined, or the segment here and the one proposed in one number (65536 · here + proposed). */
function difference(labels: LabelArray, proposed: Proposed): (voxel: number) => number | undefined {
  const wanted = wantedValues(labels, proposed);
  const targets = valueSet(proposed.values.values());
  const theirs = proposed.labels;
  return (voxel) => {
    const present = labels[voxel] as number;
    const want = wanted[theirs[voxel] as number] as number;
    if (want === present || (want === 0 && targets[present] === 0)) return undefined;
    return 65536 * present + want;
  };
}

/** Whether any of some voxels still differs. */
export function stillDiffers(labels: LabelArray, proposed: Proposed, runs: VoxelRuns): boolean {
  const differs = difference(labels, proposed);
  for (let r = 0; r < runs.length; r += 2) {
    const start = runs[r] as number;
    for (let v = start, end = start + (runs[r + 1] as number); v < end; v++) if (differs(v) !== undefined) return true;
  }
  return false;
}

function boxWhere(voxels: number, [nx, ny]: Triple, differs: (voxel: number) => number | undefined): Box | undefined {
  const low = [Infinity, Infinity, Infinity] as [number, number, number];
  const high = [-1, -1, -1] as [number, number, number];
  for (let row = 0; row * nx < voxels; row++) {
    const start = row * nx;
    let first = 0;
    while (first < nx && differs(start + first) === undefined) first++;
    if (first === nx) continue;
    let last = nx - 1;
    while (differs(start + last) === undefined) last--;
    const [j, k] = [row % ny, Math.floor(row / ny)];
    [low[0], low[1], low[2]] = [Math.min(low[0], first), Math.min(low[1], j), Math.min(low[2], k)];
    [high[0], high[1], high[2]] = [Math.max(high[0], last), Math.max(high[1], j), Math.max(high[2], k)];
  }
  if (high[0] < 0) return undefined;
  return { start: low, size: [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1] };
}

/** The box with one number for each pair of segments, 0 where nothing differs. */
function codesIn(
  box: Box,
  dims: Triple,
  differs: (voxel: number) => number | undefined,
): { readonly codes: Uint16Array; readonly pairs: readonly (readonly [mine: number, theirs: number])[] } {
  const codes = new Uint16Array(voxelCount(box.size));
  const known = new Map<number, number>();
  const pairs: (readonly [number, number])[] = [[0, 0]];
  eachRow(dims, box, (inGrid, inBox, length) => {
    for (let n = 0; n < length; n++) {
      const pair = differs(inGrid + n);
      if (pair === undefined) continue;
      let code = known.get(pair);
      if (code === undefined) {
        // Beyond 65535 kinds of difference the last number stands for all: islands of it may hold several.
        code = Math.min(65535, pairs.length);
        known.set(pair, code);
        if (code === pairs.length) pairs.push([Math.floor(pair / 65536), pair % 65536]);
      }
      codes[inBox + n] = code;
    }
  });
  return { codes, pairs };
}

/** The components with the most voxels, the largest first, of equally large ones the first. */
function largest(voxels: Float64Array, most: number): number[] {
  const order = Array.from(voxels.keys());
  order.sort((a, b) => (voxels[b] as number) - (voxels[a] as number) || a - b);
  return order.slice(0, most);
}

/** An island as its runs come in. */
class Island {
  readonly #grid: Grid;
  readonly #runs: number[] = [];
  readonly #sum: [number, number, number] = [0, 0, 0];
  #voxels = 0;

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  add([i, j, k]: Triple, length: number): void {
    const { dims } = this.#grid;
    this.#runs.push(i + dims[0] * (j + dims[1] * k), length);
    this.#voxels += length;
    this.#sum[0] += length * (i + (length - 1) / 2);
    this.#sum[1] += length * j;
    this.#sum[2] += length * k;
  }

  described(entropy: Uint8Array | undefined): Pick<Difference, 'voxels' | 'centre' | 'runs'> & { readonly entropy?: number } {
    const [runs, voxels] = [this.#runs, this.#voxels];
    let sum = 0;
    if (entropy)
      for (let r = 0; r < runs.length; r += 2)
        for (let v = runs[r] as number, end = v + (runs[r + 1] as number); v < end; v++) sum += entropy[v] as number;
    const described = { voxels, centre: this.#centre(), runs: Uint32Array.from(runs) };
    return entropy ? { ...described, entropy: sum / (255 * voxels) } : described;
  }

  /** A ring has its middle outside itself: the crosshair belongs on the ring. */
  #centre(): Triple {
    const { dims, spacing } = this.#grid;
    const [x, y, z] = this.#sum.map((sum) => sum / this.#voxels) as [number, number, number];
    let [nearest, centre]: [number, Triple] = [Infinity, [0, 0, 0]];
    for (let r = 0; r < this.#runs.length; r += 2) {
      const [first, length] = [this.#runs[r] as number, this.#runs[r + 1] as number];
      const [begin, row] = [first % dims[0], Math.floor(first / dims[0])];
      const [j, k] = [row % dims[1], Math.floor(row / dims[1])];
      const i = Math.min(begin + length - 1, Math.max(begin, Math.round(x)));
      const squared = ((i - x) * spacing[0]) ** 2 + ((j - y) * spacing[1]) ** 2 + ((k - z) * spacing[2]) ** 2;
      if (squared < nearest) [nearest, centre] = [squared, [i, j, k]];
    }
    return centre;
  }
}
