import { scope, type Tensor } from '../compute/index.ts';
import { maskedAutoencoder, maskedAutoencoderSpecs } from './masked-autoencoder.ts';
import type { MethodSettings } from './method-settings.ts';
import type { ParameterSpec, Parameters } from './parameters.ts';
import { positionReference, PositionTables } from './position-tables.ts';
import type { MethodLoss, MethodState, PretrainingMethod, PretrainingWeights, Views } from './pretraining-method.ts';
import { reconstructionLoss } from './reconstruction-loss.ts';
import { cropKinds } from './view-kinds.ts';
import type { ViewKind } from './views.ts';

/**
 * Masked autoencoder on random crops of one size (method 11.1; with raw targets and absolute error the loss of MAE3D, 11.3). There is no
 * teacher and no head, and crops are placed without labels.
 */
export class Mae implements PretrainingMethod {
  readonly specs: { readonly student: readonly ParameterSpec[]; readonly teacher: readonly ParameterSpec[] };
  readonly kinds: readonly ViewKind[];
  readonly meters = ['reconstruction'];
  private readonly settings: MethodSettings;
  private readonly tables: PositionTables;

  constructor(settings: MethodSettings) {
    this.settings = settings;
    this.tables = new PositionTables(positionReference(settings));
    const { encoder, decoder } = maskedAutoencoderSpecs(settings);
    this.specs = { student: [...encoder, ...decoder], teacher: [] };
    this.kinds = cropKinds(settings);
  }

  /** L = mean over the masked patches of the error against T (method 2.3 b, 11.1). */
  loss([crops]: readonly Views[], { student }: PretrainingWeights): MethodLoss {
    if (crops === undefined) throw new Error('MAE takes one kind of view.');
    const { prediction } = maskedAutoencoder(crops, student, this.tables, this.settings, this.settings.lossPatches);
    const reconstruction = reconstructionLoss(prediction, crops, this.settings);
    return { loss: reconstruction, observed: { reconstruction } };
  }

  predictMasked(views: Views, student: Parameters): Tensor {
    return scope(() => maskedAutoencoder(views, student, this.tables, this.settings, 'masked').prediction);
  }

  state(): MethodState {
    return { tensors: new Map(), numbers: {} };
  }

  restore(): void {
    // Nothing is remembered between steps.
  }

  dispose(): void {
    this.tables.dispose();
  }
}
