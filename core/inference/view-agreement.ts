import { seededRandom } from '../base/random.ts';
import { TesseraError } from '../base/errors.ts';
import { dispose, integers, scope, tensorFromOwned, untracked, values, type Tensor } from '../compute/index.ts';
import type { PreparedScan } from '../imaging/index.ts';
import type { MethodSettings } from '../model/method-settings.ts';
import type { Parameters } from '../model/parameters.ts';
import { positionReference, PositionTables } from '../model/position-tables.ts';
import { pretrainingMethod } from '../model/pretraining-methods.ts';
import { project } from '../model/projection-head.ts';
import { makeView, randomBox, type View, type ViewKind } from '../model/views.ts';
import { encodeClass } from '../model/vit.ts';

export interface ViewAgreement {
  /** 'global 1', 'local 3'. */
  readonly views: readonly string[];
  /**
   * Row: a view as the student sees it, masked; column: a view as the teacher sees it, complete. Correlation of the outputs of their heads,
   * −1 to 1. (A softmax, which the loss takes of them, does not see what all outputs have in common, and so does a correlation not.)
   */
  readonly matrix: readonly (readonly number[])[];
}

/** Views of each kind. */
const MOST_GLOBALS = 2;
const MOST_LOCALS = 4;

/**
 * How well student and teacher of a GL-MAE run agree on views of one scan, drawn as in training.
 * @param breathe awaited after each view
 * @throws TesseraError `bad-model` where the run has no teacher
 */
export async function viewAgreement(
  scan: PreparedScan,
  weights: { readonly student: Parameters; readonly teacher: Parameters },
  s: MethodSettings,
  seed: number,
  breathe: () => Promise<void> = () => Promise.resolve(),
): Promise<ViewAgreement> {
  if (s.method !== 'gl-mae' || s.beta === 0 || weights.teacher.size === 0)
    throw new TesseraError('bad-model', 'has no teacher, whose agreement with the student could be looked at.', {
      advice: 'Choose a run of GL-MAE with a consistency loss (beta above 0).',
    });
  const views = viewsOf(scan, s, seed);
  const tables = new PositionTables(positionReference(s));
  const teacherHead = s.teacherHead === 'student' ? weights.student : weights.teacher;
  const rows: { student: Float32Array; teacher: Float32Array }[] = [];
  try {
    for (const { view } of views) {
      const student = await outputs(view, view.visible, weights.student, weights.student, tables, s);
      const teacher = await outputs(view, view.places.length, weights.teacher, teacherHead, tables, s);
      rows.push({ student, teacher });
      await breathe();
    }
  } finally {
    tables.dispose();
  }
  return {
    views: views.map(({ name }) => name),
    matrix: rows.map(({ student }) => rows.map(({ teacher }) => correlation(student, teacher))),
  };
}

function viewsOf(scan: PreparedScan, s: MethodSettings, seed: number): { name: string; view: View }[] {
  const method = pretrainingMethod(s);
  method.dispose();
  const most = { global: MOST_GLOBALS, local: MOST_LOCALS, crop: 0 };
  return method.kinds.flatMap((kind) =>
    Array.from({ length: most[kind.name] }, (_, i) => {
      const name = `${kind.name} ${String(i + 1)}`;
      return { name, view: viewOf(scan, kind, s, seed, name) };
    }),
  );
}

function viewOf(scan: PreparedScan, { size, scale }: ViewKind, s: MethodSettings, seed: number, name: string): View {
  if (scale === undefined) throw new Error('Views of GL-MAE have a scale.');
  // A view depends on its name and the seed alone.
  const random = seededRandom(seed).fork(name);
  return makeView(scan, randomBox(scan.dims, scale, random), size, s.encoder.patch, s.maskRatio, random);
}

/** E = P(z^cls) of the first patches of a view (method 2.5). */
async function outputs(
  view: View,
  shown: number,
  encoder: Parameters,
  head: Parameters,
  tables: PositionTables,
  s: MethodSettings,
): Promise<Float32Array> {
  const length = view.patches.length / view.places.length;
  const e: Tensor = scope(() =>
    untracked(() => {
      const patches = tensorFromOwned(view.patches.slice(0, shown * length), [1, shown, length]);
      const places = integers(view.places.slice(0, shown), [1, shown]);
      return project(encodeClass(patches, places, tables.of(view.grid, s.encoder.width), encoder, s.encoder), head, s.head);
    }),
  );
  try {
    return await values(e);
  } finally {
    dispose(e);
  }
}

/** Pearson's; 0 where one of them does not vary. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (x: Float32Array): number => x.reduce((sum, v) => sum + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))) : 0;
}
