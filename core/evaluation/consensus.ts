import type { LabelVoxels } from './labelmap.ts';

/** How labels of several readers become one. */
export type ConsensusMethod = 'majority' | 'staple';

/**
 * For each voxel what more than half of the readers say; background where no label has more than half.
 * @param maps label maps of one grid whose numbers mean the same
 */
export function majorityVote(maps: readonly LabelVoxels[]): Uint16Array {
  return decided(maps, (pattern) => {
    const votes = countVotes(pattern);
    return votes.find(([, count]) => count > pattern.length / 2)?.[0] ?? 0;
  });
}

/** Rounds of expectation and maximisation; it has settled long before. */
const MOST_ROUNDS = 100;
const SETTLED = 1e-6;

/**
 * STAPLE for several labels (Warfield et al., 2004): finds for each reader how often he says each label where each is true, and weighs what he
 * says by it. Voxels on which the same readers say the same are one case, so that it takes as long as there are such cases, and those that all call
 * background tell nothing about anybody and are left out. Among two readers nobody can be weighed: use the majority.
 * @param maps label maps of one grid whose numbers mean the same
 */
export function staple(maps: readonly LabelVoxels[]): Uint16Array {
  const patterns = patternsOf(maps).filter(({ labels }) => labels.some((label) => label !== 0));
  const labels = [...new Set(patterns.flatMap((pattern) => pattern.labels))].sort((a, b) => a - b);
  const place = new Map(labels.map((label, at) => [label, at]));
  const said = patterns.map((pattern) => pattern.labels.map((label) => place.get(label) as number));
  const n = labels.length;
  const voxels = patterns.reduce((sum, { count }) => sum + count, 0);
  // How often a label is said, all readers together.
  const prior = new Float64Array(n);
  for (const [at, pattern] of said.entries())
    for (const label of pattern) prior[label] = (prior[label] as number) + (patterns[at]?.count ?? 0) / (voxels * maps.length);
  // confusion[reader][true label · n + said label], each reader mostly right at first.
  let confusion: readonly Float64Array[] = maps.map(() =>
    Float64Array.from({ length: n * n }, (_, at) => (Math.floor(at / n) === at % n ? 0.9 : 0.1 / Math.max(1, n - 1))),
  );
  let weights: readonly Float64Array[] = said.map((pattern) => posterior(pattern, prior, confusion));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    confusion = maps.map((_, reader) => confusionOf(reader, said, patterns, weights, n));
    const next = said.map((pattern) => posterior(pattern, prior, confusion));
    const moved = Math.max(0, ...next.map((row, at) => Math.max(...row.map((value, k) => Math.abs(value - (weights[at]?.[k] ?? 0))))));
    weights = next;
    if (moved < SETTLED) break;
  }
  const answer = new Map(patterns.map(({ key }, at) => [key, labels[best(weights[at] ?? new Float64Array())] ?? 0]));
  return decided(maps, (_, key) => answer.get(key) ?? 0);
}

/** How probable each label is where readers say this. */
function posterior(pattern: readonly number[], prior: Float64Array, confusion: readonly Float64Array[]): Float64Array {
  const n = prior.length;
  const result = prior.map((share, truth) =>
    pattern.reduce((product, label, reader) => product * ((confusion[reader] as Float64Array)[truth * n + label] as number), share),
  );
  const sum = result.reduce((a, b) => a + b, 0);
  return sum > 0 ? result.map((value) => value / sum) : prior.slice();
}

function confusionOf(
  reader: number,
  said: readonly (readonly number[])[],
  patterns: readonly Pattern[],
  weights: readonly Float64Array[],
  n: number,
): Float64Array {
  const counts = new Float64Array(n * n);
  for (const [at, pattern] of said.entries()) {
    const label = pattern[reader] as number;
    const { count } = patterns[at] as Pattern;
    for (let truth = 0; truth < n; truth++)
      counts[truth * n + label] = (counts[truth * n + label] as number) + count * ((weights[at] as Float64Array)[truth] as number);
  }
  for (let truth = 0; truth < n; truth++) {
    const row = counts.subarray(truth * n, (truth + 1) * n);
    const sum = row.reduce((a, b) => a + b, 0);
    if (sum > 0) for (let label = 0; label < n; label++) row[label] = (row[label] as number) / sum;
  }
  return counts;
}

/** The most probable; of equals the first. */
function best(weights: Float64Array): number {
  return weights.reduce((winner, value, at) => (value > (weights[winner] as number) + 1e-12 ? at : winner), 0);
}

/** What readers say of some voxels. */
interface Pattern {
  readonly key: string;
  readonly labels: readonly number[];
  readonly count: number;
}

function patternsOf(maps: readonly LabelVoxels[]): Pattern[] {
  const counts = new Map<string, { key: string; labels: readonly number[]; count: number }>();
  eachVoxel(maps, (_, key, labels) => {
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { key, labels: labels(), count: 1 });
    else known.count++;
  });
  return [...counts.values()];
}

/** The map of what is decided for each pattern. */
function decided(maps: readonly LabelVoxels[], decide: (labels: readonly number[], key: string) => number): Uint16Array {
  const result = new Uint16Array(maps[0]?.length ?? 0);
  const known = new Map<string, number>();
  eachVoxel(maps, (v, key, labels) => {
    let label = known.get(key);
    if (label === undefined) known.set(key, (label = decide(labels(), key)));
    result[v] = label;
  });
  return result;
}

/** Voxels that not everybody calls background, with a key of what is said of them. */
function eachVoxel(maps: readonly LabelVoxels[], visit: (v: number, key: string, labels: () => readonly number[]) => void): void {
  const length = maps[0]?.length ?? 0;
  const codes = new Uint16Array(maps.length);
  for (let v = 0; v < length; v++) {
    let any = 0;
    for (let m = 0; m < maps.length; m++) any |= codes[m] = (maps[m] as LabelVoxels)[v] as number;
    // A label is a character of the key.
    if (any !== 0) visit(v, String.fromCharCode(...codes), () => [...codes]);
  }
}

function countVotes(pattern: readonly number[]): [label: number, count: number][] {
  const votes = new Map<number, number>();
  for (const label of pattern) votes.set(label, (votes.get(label) ?? 0) + 1);
  return [...votes];
}
