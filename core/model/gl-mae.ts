import { add, reshape, scale, scope, slice, untracked, type Tensor } from '../compute/index.ts';
import { createGuard, type Guard } from './anti-collapse.ts';
import { consistencyLoss, correlationOf, teacherTemperatureAt } from './consistency.ts';
import { maskedAutoencoder, maskedAutoencoderSpecs } from './masked-autoencoder.ts';
import type { MethodSettings } from './method-settings.ts';
import { OutputMeters } from './output-meters.ts';
import type { ParameterSpec, Parameters } from './parameters.ts';
import { positionReference, PositionTables } from './position-tables.ts';
import type { MethodLoss, MethodState, PretrainingMethod, PretrainingWeights, StepNumber, Views } from './pretraining-method.ts';
import { headSpecs, project } from './projection-head.ts';
import { reconstructionLoss } from './reconstruction-loss.ts';
import { glMaeKinds } from './view-kinds.ts';
import type { ViewKind } from './views.ts';
import { encode, encodeClass } from './vit.ts';

/** GL-MAE: masked views of two scales, and a teacher that keeps them consistent with the complete global ones (method 1, 2). */
export class GlMae implements PretrainingMethod {
  readonly specs: { readonly student: readonly ParameterSpec[]; readonly teacher: readonly ParameterSpec[] };
  readonly kinds: readonly ViewKind[];
  readonly meters: readonly string[];
  private readonly settings: MethodSettings;
  private readonly tables: PositionTables;
  /** Undefined where β = 0. */
  private readonly guard: Guard | undefined;
  private readonly outputMeters: OutputMeters | undefined;

  constructor(settings: MethodSettings) {
    this.settings = settings;
    this.tables = new PositionTables(positionReference(settings));
    this.specs = glMaeSpecs(settings);
    this.kinds = glMaeKinds(settings);
    const consistent = settings.beta > 0;
    this.meters = [
      ...this.kinds.map(reconstructionMeter),
      ...(consistent ? ['consistency', 'entropy', 'meanEntropy', 'spread'] : []),
      ...(consistent && settings.decorrelation > 0 ? ['correlation'] : []),
    ];
    this.guard = consistent ? createGuard(settings) : undefined;
    this.outputMeters = consistent ? new OutputMeters(settings.head.out) : undefined;
  }

  /** L = L_R + β L_C (method 2.7, 6.1). */
  loss(views: readonly Views[], weights: PretrainingWeights, at: StepNumber): MethodLoss {
    const s = this.settings;
    const observed: Record<string, Tensor> = {};
    const embeddings: Partial<Record<ViewKind['name'], Tensor>> = {};
    const parts = this.kinds.map((kind, i) => {
      const view = this.studentView(viewsAt(views, i), weights.student, this.isCompared(kind));
      observed[reconstructionMeter(kind)] = view.reconstruction;
      if (view.embedding !== undefined) embeddings[kind.name] = view.embedding;
      return view.reconstruction;
    });
    const reconstruction = parts.reduce((sum, part) => add(sum, part)); // L_R, eq. 2
    const { global, local } = embeddings;
    if (this.guard === undefined || global === undefined) return { loss: reconstruction, observed };

    const complete = this.teacherOutputs(viewsAt(views, 0), weights); // E_c, eq. 4
    const a = this.guard.targets(complete, teacherTemperatureAt(at, s)); // (B·p, K)
    const pairs = s.consistencyOf === 'patches' ? 'own' : s.pairs;
    const consistency = consistencyLoss(a, { global, local }, this.guard, { ...s, pairs });
    const meters = this.outputMeters?.observe(a, complete);
    const all = { ...observed, consistency, ...meters };
    if (s.decorrelation === 0) return { loss: add(reconstruction, scale(consistency, s.beta)), observed: all };
    const correlation = correlationOf({ global, local });
    const regularised = add(consistency, scale(correlation, s.decorrelation));
    return { loss: add(reconstruction, scale(regularised, s.beta)), observed: { ...all, correlation } };
  }

  predictMasked(views: Views, student: Parameters): Tensor {
    return scope(() => maskedAutoencoder(views, student, this.tables, this.settings, 'masked').prediction);
  }

  state(): MethodState {
    const parts = [this.guard?.state(), this.outputMeters?.state()].filter((part) => part !== undefined);
    return {
      tensors: new Map(parts.flatMap(({ tensors }) => [...tensors])),
      numbers: Object.assign({}, ...parts.map(({ numbers }) => numbers)) as Record<string, number>,
    };
  }

  restore(state: MethodState): void {
    this.guard?.restore(state);
    this.outputMeters?.restore(state);
  }

  dispose(): void {
    this.tables.dispose();
    this.guard?.dispose();
    this.outputMeters?.dispose();
  }

  /** A local view's patches have no counterpart in the teacher's views; its class token has. */
  private isCompared({ name }: ViewKind): boolean {
    return this.guard !== undefined && (name === 'global' || this.settings.consistencyOf === 'class');
  }

  /** The student on the visible patches, eq. 1 and 2: the error of what it rebuilds, and Ẽ = P_s(s(ṽ)^cls). */
  private studentView(views: Views, p: Parameters, compared: boolean): { reconstruction: Tensor; embedding?: Tensor } {
    return scope(() => {
      const { z, prediction } = maskedAutoencoder(views, p, this.tables, this.settings, this.settings.lossPatches);
      const reconstruction = reconstructionLoss(prediction, views, this.settings);
      if (!compared) return { reconstruction };
      const tokens = this.settings.consistencyOf === 'class' ? classTokens(z) : patchTokens(z, views.visible);
      return { reconstruction, embedding: project(tokens, p, this.settings.head) };
    });
  }

  /**
   * E_c = P_m(m(v_g)^cls), eq. 4, or of the patches that the student sees: the teacher sees complete global views and gets no gradient.
   * @returns (B·p, K), or (B·p·n, K)
   */
  private teacherOutputs(global: Views, { student, teacher }: PretrainingWeights): Tensor {
    const { encoder, head, teacherHead, consistencyOf } = this.settings;
    return untracked(() =>
      scope(() => {
        const positions = this.tables.of(global.grid, encoder.width);
        const given = [global.patches, global.places, positions, teacher, encoder] as const;
        // Visible patches come first in a view, so that rows of teacher and student belong to the same places.
        const tokens = consistencyOf === 'class' ? encodeClass(...given) : patchTokens(encode(...given), global.visible);
        return project(tokens, teacherHead === 'student' ? student : teacher, head);
      }),
    );
  }
}

/**
 * Weights of the student: encoder, decoder and head. The teacher has the encoder (eq. 3) and, unless it uses the student's, the head
 * (method 2.1, 2.4).
 */
export function glMaeSpecs(s: MethodSettings): { student: ParameterSpec[]; teacher: ParameterSpec[] } {
  const { encoder, decoder } = maskedAutoencoderSpecs(s);
  if (s.beta === 0) return { student: [...encoder, ...decoder], teacher: [] };
  const head = headSpecs(s.head, s.encoder.width);
  return { student: [...encoder, ...head, ...decoder], teacher: s.teacherHead === 'average' ? [...encoder, ...head] : encoder };
}

function reconstructionMeter({ name }: ViewKind): string {
  return name === 'global' ? 'reconstructionGlobal' : 'reconstructionLocal';
}

function viewsAt(views: readonly Views[], at: number): Views {
  const found = views[at];
  if (found === undefined) throw new Error('GL-MAE got fewer kinds of view than it takes.');
  return found;
}

/** Z^cls: (V, 1 + n, d) → (V, d). */
function classTokens(z: Tensor): Tensor {
  return reshape(slice(z, 1, 0, 1), [z.shape[0], z.shape[2] ?? 0]);
}

/** The first n of Z^p: (V, 1 + …, d) → (V·n, d). */
function patchTokens(z: Tensor, n: number): Tensor {
  return reshape(slice(z, 1, 1, n), [z.shape[0] * n, z.shape[2] ?? 0]);
}
