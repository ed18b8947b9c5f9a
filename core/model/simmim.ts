import { scope, slice, type Tensor } from '../compute/index.ts';
import { encoderSpecs } from './masked-autoencoder.ts';
import type { MethodSettings } from './method-settings.ts';
import { parameter, type ParameterSpec, type Parameters } from './parameters.ts';
import { positionReference, PositionTables } from './position-tables.ts';
import type { MethodLoss, MethodState, PretrainingMethod, PretrainingWeights, Views } from './pretraining-method.ts';
import { reconstructionLoss } from './reconstruction-loss.ts';
import { applyLinear, linearSpecs, plain } from './transformer.ts';
import { cropKinds } from './view-kinds.ts';
import type { ViewKind } from './views.ts';
import { encodeWithMaskTokens, patchVolume } from './vit.ts';

/**
 * SimMIM (Xie et al., CVPR 2022) on random crops: the encoder sees all tokens, the masked ones replaced by a mask token, and one linear
 * layer paints their voxels. There is no decoder, no teacher and no head.
 */
export class SimMim implements PretrainingMethod {
  readonly specs: { readonly student: readonly ParameterSpec[]; readonly teacher: readonly ParameterSpec[] };
  readonly kinds: readonly ViewKind[];
  readonly meters = ['reconstruction'];
  private readonly settings: MethodSettings;
  private readonly tables: PositionTables;

  constructor(settings: MethodSettings) {
    this.settings = settings;
    this.tables = new PositionTables(positionReference(settings));
    const { encoder } = settings;
    this.specs = {
      student: [
        ...encoderSpecs(settings),
        plain('simmim.mask_token', [encoder.width], { kind: 'truncated-normal', std: 0.02 }),
        ...linearSpecs('simmim.predict', encoder.width, patchVolume(encoder)),
      ],
      teacher: [],
    };
    this.kinds = cropKinds(settings);
  }

  /** L = mean absolute error over the voxels of the masked patches. */
  loss([crops]: readonly Views[], { student }: PretrainingWeights): MethodLoss {
    if (crops === undefined) throw new Error('SimMIM takes one kind of view.');
    const reconstruction = reconstructionLoss(this.predict(crops, student, this.settings.lossPatches), crops, this.settings);
    return { loss: reconstruction, observed: { reconstruction } };
  }

  predictMasked(views: Views, student: Parameters): Tensor {
    return this.predict(views, student, 'masked');
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

  /** Y_i = W_p Z_i + b_p. */
  private predict(views: Views, p: Parameters, which: 'masked' | 'all'): Tensor {
    return scope(() => {
      const all = views.patches.shape[1] ?? 0;
      const { encoder } = this.settings;
      const shown = slice(views.patches, 1, 0, views.visible);
      const table = this.tables.of(views.grid, encoder.width);
      const z = encodeWithMaskTokens(shown, views.places, table, parameter(p, 'simmim.mask_token'), p, encoder);
      const first = which === 'masked' ? views.visible : 0;
      return applyLinear(slice(z, 1, 1 + first, all - first), p, 'simmim.predict');
    });
  }
}
