import { TesseraError } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import { throwIfCancelled, type Task } from '../base/task.ts';
import { cropOf } from '../imaging/crop-box.ts';
import type { DatasetCase, Triple } from '../imaging/index.ts';
import { cropSizeOf } from '../model/method-settings.ts';
import { gridOfView, type ViewBox } from '../model/views.ts';
import { patchesOf } from '../model/patches.ts';
import { resizeBox } from '../model/resize-box.ts';
import { trainingCases, type DataSource } from './data-source.ts';
import { predictByNeighbours } from './knn-probe.ts';
import { labelClasses } from './label-classes.ts';
import { addSums, fitLinearProbe, predictLinear, regressionSums, type LabelledFeatures } from './linear-probe.ts';
import { OUTSIDE, patchLabels } from './patch-labels.ts';
import { PatchScores } from './patch-scores.ts';
import type { TrainingCase } from './prepared-case.ts';
import type { PretrainSettings } from './pretrain-settings.ts';
import type { Metrics } from './run-folder.ts';
import { ScanStore } from './scan-store.ts';

/** Features of the patches of one view, all of them visible. @param patches (N, C·P³) in row-major order @returns (N, d) */
export type Encode = (patches: Float32Array, grid: Triple) => Promise<Float32Array>;

/** Scans that a probe takes at most: the first by their ids. */
export const MOST_PROBE_SCANS = 8;
/** Patches of each scan that are learned from and scored. */
const MOST_PATCHES = 1000;
/** Patches that neighbours are sought among. */
const MOST_NEIGHBOURS = 2000;

/**
 * How much a frozen encoder's patch features say of a segmentation, on a few labelled scans that take no part in training: a linear and a
 * k-NN probe, each scan answered from the other ones. The scores are of patches, each with its most frequent label, not of voxels:
 * they compare encoders of one run and say nothing of the Dice of a segmentation.
 */
export class Probe {
  readonly cases: readonly DatasetCase[];
  readonly folder: string;
  private readonly store: ScanStore;
  private readonly names: readonly string[];
  private readonly settings: PretrainSettings;
  private readonly seed: number;

  private constructor(folder: string, store: ScanStore, names: readonly string[], settings: PretrainSettings, seed: number) {
    this.folder = folder;
    this.cases = store.cases;
    this.store = store;
    this.names = names;
    this.settings = settings;
    this.seed = seed;
  }

  /**
   * @param data scans with label maps; locked test cases are left out
   * @throws TesseraError `no-data` with fewer than two labelled scans, and what reading labels throws
   */
  static async open(data: DataSource, settings: PretrainSettings, seed: number): Promise<Probe> {
    const dataset = await trainingCases(data);
    const cases = dataset.cases.filter(({ label }) => label !== undefined).slice(0, MOST_PROBE_SCANS);
    if (cases.length < 2)
      throw new TesseraError('no-data', `has ${String(cases.length)} labelled scans; a probe needs two or more.`, {
        subject: dataset.folder,
        advice: 'Give a folder with images/ and labels/, or leave --probe-data out.',
      });
    const labels = await labelClasses(dataset, cases);
    const store = new ScanStore(cases, settings.preparation, { classes: labels.map(({ value }) => value) });
    const names = labels.map(({ name }) => name);
    return new Probe(dataset.folder, store, names, settings, seed);
  }

  /** Scores of the encoder as it is: a line of metrics.jsonl. @throws TesseraError `cancelled`, or naming a scan that cannot be read */
  async run(encode: Encode, task: Task): Promise<Metrics> {
    const scans: LabelledFeatures[] = [];
    for (let i = 0; i < this.cases.length; i++) {
      throwIfCancelled(task);
      scans.push(await this.featuresOf(i, await this.store.get(i), encode, task));
      task.progress({ stage: 'probe', done: i + 1, total: this.cases.length });
    }
    const { length: classes } = this.names;
    const width = scans[0]?.width ?? 0;
    const sums = scans.map((scan) => regressionSums(scan, classes));
    const linear = new PatchScores(this.names);
    const neighbours = new PatchScores(this.names);
    for (const [i, scan] of scans.entries()) {
      throwIfCancelled(task);
      const others = <T>(of: readonly T[]): T[] => of.filter((_, other) => other !== i);
      linear.add(scan.labels, predictLinear(fitLinearProbe(addSums(others(sums), width, classes)), scan.features));
      const known = joined(others(scans), MOST_NEIGHBOURS, this.seed);
      neighbours.add(scan.labels, predictByNeighbours(known, scan.features, classes));
      // A probe may take seconds: let Ctrl-C in.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { ...linear.metrics('linear'), ...neighbours.metrics('knn'), patchBackground: linear.backgroundShare() };
  }

  private async featuresOf(index: number, { scan, labels }: TrainingCase, encode: Encode, task: Task): Promise<LabelledFeatures> {
    const { encoder } = this.settings;
    const { size, resized } = probeView(this.settings);
    const grid = gridOfView(size, encoder.patch);
    const parts: LabelledFeatures[] = [];
    for (const box of probeBoxes(scan.dims, resized ? undefined : size)) {
      const fits = box.size.every((n, axis) => n === size[axis]);
      const image = fits ? cropOf(scan, box.corner, size) : resizeBox(scan, box, size);
      await task.breathe?.();
      const features = await encode(patchesOf(image, size, encoder.patch, scan.channels), grid);
      const classes = patchLabels(labels ?? new Uint8Array(0), scan.dims, box, grid, this.names.length);
      const inside = [...classes.keys()].filter((p) => classes[p] !== OUTSIDE);
      parts.push(rowsOf({ features, labels: classes, width: features.length / classes.length }, inside));
    }
    return joined(parts, MOST_PATCHES, this.seed + index);
  }
}

/** The largest view that the encoder is trained on, and whether it is resized to that. */
function probeView(s: PretrainSettings): { readonly size: Triple; readonly resized: boolean } {
  if (s.method !== 'gl-mae') return { size: cropSizeOf(s), resized: false };
  return { size: s.globals > 0 ? s.globalSize : s.localSize, resized: true };
}

/** The eight halves-in-every-axis of a scan, or as many crops of a given size from its corners (method, Probes). */
export function probeBoxes(dims: Triple, crop: Triple | undefined): ViewBox[] {
  const size = dims.map((n, axis) => crop?.[axis] ?? Math.ceil(n / 2)) as unknown as Triple;
  const corners = dims.map((n, axis) => {
    const room = n - (size[axis] ?? 0);
    return room <= 0 ? [-Math.floor(-room / 2)] : [0, room];
  });
  const [c0 = [], c1 = [], c2 = []] = corners;
  return c0.flatMap((a) => c1.flatMap((b) => c2.map((c) => ({ corner: [a, b, c] as const, size }))));
}

/** All rows, or a random `most` of them. */
function joined(parts: readonly LabelledFeatures[], most: number, seed: number): LabelledFeatures {
  const rows = parts.flatMap((part, which) => Array.from(part.labels.keys(), (row) => [which, row] as const));
  const chosen =
    rows.length <= most ? rows : [...seededRandom(seed).permutation(rows.length)].slice(0, most).map((at) => rows[at] ?? [0, 0]);
  const width = parts[0]?.width ?? 0;
  const features = new Float32Array(chosen.length * width);
  const labels = new Uint8Array(chosen.length);
  chosen.forEach(([which, row], at) => {
    const part = parts[which];
    if (part === undefined) return;
    features.set(part.features.subarray(row * width, (row + 1) * width), at * width);
    labels[at] = part.labels[row] as number;
  });
  return { features, labels, width };
}

function rowsOf({ features, labels, width }: LabelledFeatures, rows: readonly number[]): LabelledFeatures {
  const chosen = new Float32Array(rows.length * width);
  rows.forEach((row, at) => chosen.set(features.subarray(row * width, (row + 1) * width), at * width));
  return { features: chosen, labels: Uint8Array.from(rows, (row) => labels[row] as number), width };
}
