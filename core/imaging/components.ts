import type { Triple } from './volume.ts';

/** Neighbours of a voxel: those that share a face (6), an edge too (18), a corner too (26). */
export type Connectivity = 6 | 18 | 26;
export const connectivities: readonly Connectivity[] = [6, 18, 26];

/** The connected components of every label but 0, in the order of their first voxels. */
export interface Components {
  /** The label of each component. */
  readonly label: Uint16Array;
  readonly voxels: Float64Array;
  /** Visits the stretches of voxels [begin, end) along i, each of one component, in rising order. */
  eachRun(visit: (component: number, begin: number, end: number) => void): void;
}

/**
 * Finds voxels of one label that hang together, for all labels at once. Stretches of equal voxels along i are joined by union-find
 * (Tarjan, 1975) with those of the lines before, so that time is linear in the voxels and memory grows with the stretches only.
 * @param labels dims[0]·dims[1]·dims[2] values, i fastest
 */
export function connectedComponents(labels: Uint8Array | Uint16Array, dims: Triple, connectivity: Connectivity): Components {
  const runs = runsOf(labels, dims);
  const { begin, end, firstOfLine } = runs;
  const parent = new Int32Array(runs.count);
  for (let r = 0; r < parent.length; r++) parent[r] = r;

  /** Joins the runs of two lines that touch; with a reach of 1 they may lie one voxel apart along i. */
  const join = (line: number, other: number, reach: 0 | 1): void => {
    let [p, q] = [firstOfLine[line] as number, firstOfLine[other] as number];
    const [lastP, lastQ] = [firstOfLine[line + 1] as number, firstOfLine[other + 1] as number];
    const offset = (line - other) * dims[0];
    const joinIfTouching = (a: number, b: number): void => {
      const touching =
        (begin[a] as number) < (end[b] as number) + offset + reach && (begin[b] as number) + offset < (end[a] as number) + reach;
      if (touching && labels[begin[a] as number] === labels[begin[b] as number]) unite(parent, a, b);
    };
    while (p < lastP && q < lastQ) {
      joinIfTouching(p, q);
      const ahead = (end[p] as number) - (end[q] as number) - offset;
      // Both end here: each may touch the other's successor, which the two pointers would step over.
      if (ahead === 0 && p + 1 < lastP) joinIfTouching(p + 1, q);
      if (ahead === 0 && q + 1 < lastQ) joinIfTouching(p, q + 1);
      if (ahead <= 0) p++;
      if (ahead >= 0) q++;
    }
  };

  const [, ny, nz] = dims;
  const sideways = connectivity === 6 ? 0 : 1;
  const diagonal = connectivity === 26 ? 1 : 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const line = j + ny * k;
      if (firstOfLine[line] === firstOfLine[line + 1]) continue;
      if (j > 0) join(line, line - 1, sideways);
      if (k === 0) continue;
      join(line, line - ny, sideways);
      if (connectivity === 6) continue;
      if (j > 0) join(line, line - ny - 1, diagonal);
      if (j < ny - 1) join(line, line - ny + 1, diagonal);
    }
  return numbered(labels, runs, parent);
}

interface Runs {
  readonly count: number;
  /** First voxel of each run, and the voxel after its last. */
  readonly begin: Int32Array;
  readonly end: Int32Array;
  /** For each line (j, k) the number of its first run; one entry more at the end. */
  readonly firstOfLine: Int32Array;
}

function runsOf(labels: Uint8Array | Uint16Array, [nx, ny, nz]: Triple): Runs {
  let begin = new Int32Array(1024);
  let end = new Int32Array(1024);
  const firstOfLine = new Int32Array(ny * nz + 1);
  let count = 0;
  for (let line = 0, at = 0; line < ny * nz; line++) {
    firstOfLine[line] = count;
    const stop = at + nx;
    while (at < stop) {
      const label = labels[at] as number;
      const first = at++;
      while (at < stop && labels[at] === label) at++;
      if (label === 0) continue;
      if (count === begin.length) [begin, end] = [doubled(begin), doubled(end)];
      begin[count] = first;
      end[count++] = at;
    }
  }
  firstOfLine[ny * nz] = count;
  return { count, begin, end, firstOfLine };
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** The first run of the set, halving the way there for the next time. */
function find(parent: Int32Array, run: number): number {
  let r = run;
  while (parent[r] !== r) {
    const above = parent[parent[r] as number] as number;
    parent[r] = above;
    r = above;
  }
  return r;
}

function unite(parent: Int32Array, a: number, b: number): void {
  const [p, q] = [find(parent, a), find(parent, b)];
  if (p < q) parent[q] = p;
  else parent[p] = q;
}

/** Numbers the sets by their first runs. */
function numbered(labels: Uint8Array | Uint16Array, { count, begin, end }: Runs, parent: Int32Array): Components {
  const component = new Int32Array(count);
  let components = 0;
  for (let r = 0; r < count; r++) {
    const first = find(parent, r);
    component[r] = first === r ? components++ : (component[first] as number);
  }
  const label = new Uint16Array(components);
  const voxels = new Float64Array(components);
  for (let r = 0; r < count; r++) {
    const c = component[r] as number;
    label[c] = labels[begin[r] as number] as number;
    voxels[c] = (voxels[c] as number) + (end[r] as number) - (begin[r] as number);
  }
  return {
    label,
    voxels,
    eachRun: (visit) => {
      for (let r = 0; r < count; r++) visit(component[r] as number, begin[r] as number, end[r] as number);
    },
  };
}
