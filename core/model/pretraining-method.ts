import type { Tensor } from '../compute/index.ts';
import type { Triple } from '../imaging/index.ts';
import type { ParameterSpec, Parameters } from './parameters.ts';
import type { ViewKind } from './views.ts';

/** V views of one kind, cut into patches, the visible ones of each view first. */
export interface Views {
  /** (V, N, C·P³). Views of one scan follow each other. */
  readonly patches: Tensor;
  /** (V, N): the grid place of each patch. */
  readonly places: Tensor;
  /** n, the visible patches of each view. */
  readonly visible: number;
  /** Views of each scan. */
  readonly perScan: number;
  readonly grid: Triple;
}

/** The teacher has the weights that `specs.teacher` names: none where a method knows no teacher. */
export interface PretrainingWeights {
  readonly student: Parameters;
  readonly teacher: Parameters;
}

/** Where a run stands, for what is scheduled: 0-based step of `total`. */
export interface StepNumber {
  readonly step: number;
  readonly total: number;
}

export interface MethodLoss {
  readonly loss: Tensor;
  /** One scalar for each of the method's `meters`. */
  readonly observed: Record<string, Tensor>;
}

/** What a method remembers between steps besides weights. */
export interface MethodState {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly numbers: Readonly<Record<string, number>>;
}

/** A way of pre-training, as the loop that runs it sees it. Make one with `pretrainingMethod`. */
export interface PretrainingMethod {
  /** The student's weights, and those of them that the teacher has too, starting as a copy (method 2.4). */
  readonly specs: { readonly student: readonly ParameterSpec[]; readonly teacher: readonly ParameterSpec[] };
  /** The views that a step takes of each scan, kind by kind. */
  readonly kinds: readonly ViewKind[];
  /** Names of what `loss` observes besides the loss. */
  readonly meters: readonly string[];
  /** One step's loss. Called where gradients are recorded. @param views one for each of `kinds` */
  loss(views: readonly Views[], weights: PretrainingWeights, at: StepNumber): MethodLoss;
  /** The network's answer for the masked patches of some views, in the order of `places`. @returns (V, N − n, C·P³) */
  predictMasked(views: Views, student: Parameters): Tensor;
  /** The tensors stay the method's own. */
  state(): MethodState;
  /** Takes the tensors over. Missing ones leave the fresh state. */
  restore(state: MethodState): void;
  dispose(): void;
}
