import * as z from 'zod';
import { integers, scope, tensorFromOwned, type Tensor } from '../compute/index.ts';
import type { PreparedScan, Triple } from '../imaging/index.ts';
import type { TrainingPass } from './drop-path.ts';
import type { ParameterSpec, Parameters } from './parameters.ts';
import { patchesOf } from './patches.ts';
import { resizeBox } from './resize-box.ts';
import { applyLinear, plain } from './transformer.ts';
import { gridOfView, type ViewBox } from './views.ts';
import { classToken, encodeClass, patchVolume, triple, vitSettings, vitSpecs } from './vit.ts';

export const classifierSettings = z.object({
  encoder: vitSettings.refine((s) => s.width % s.heads === 0, 'the width must be a multiple of the heads'),
  /** Size that the scan is resized to, voxels. */
  size: triple,
  /** The grid that places are measured on: that of the pre-training. */
  positionGrid: triple,
  /** Names of the findings, one output each. */
  findings: z.array(z.string().min(1)).min(1).max(256),
});
export type ClassifierSettings = z.infer<typeof classifierSettings>;

/** Name of the head's weights. */
const HEAD = 'classifier';

/** The encoder of pre-training with its class token, and one linear output for each finding (method 11.2). */
export function classifierSpecs(s: ClassifierSettings): ParameterSpec[] {
  const outputs = s.findings.length;
  return [
    ...vitSpecs(s.encoder),
    classToken(s.encoder),
    plain(`${HEAD}.weight`, [outputs, s.encoder.width], { kind: 'truncated-normal', std: 0.02 }),
    plain(`${HEAD}.bias`, [outputs], { kind: 'zeros' }),
  ];
}

/**
 * A scan, or a box of it, resized to what the encoder sees and cut into patches in raster order (method 11.2).
 * @returns (N, C·P³)
 */
export function classifierPatches(scan: PreparedScan, s: ClassifierSettings, box?: ViewBox): Float32Array {
  const whole: ViewBox = { corner: [0, 0, 0], size: scan.dims };
  return patchesOf(resizeBox(scan, box ?? whole, s.size), s.size, s.encoder.patch, scan.channels);
}

/** Scans as a batch (method 11.2). @param patches (N, C·P³) each; @returns (B, N, C·P³) */
export function classifierInput(patches: readonly Float32Array[], s: ClassifierSettings): Tensor {
  const length = patchVolume(s.encoder);
  const each = patches[0]?.length ?? 0;
  const all = new Float32Array(patches.length * each);
  patches.forEach((values, i) => {
    all.set(values, i * each);
  });
  return tensorFromOwned(all, [patches.length, each / length, length]);
}

export const classifierGrid = (s: ClassifierSettings): Triple => gridOfView(s.size, s.encoder.patch);

/**
 * One logit for each finding (method 11.2): a linear layer on the class token, with every patch visible.
 * @param input (B, N, C·P³)
 * @param positions (N, width): `PositionTables` of `positionGrid`, for `classifierGrid`
 * @returns (B, findings)
 */
export function classifierLogits(input: Tensor, positions: Tensor, p: Parameters, s: ClassifierSettings, training?: TrainingPass): Tensor {
  const [batch, n = 0] = input.shape;
  return scope(() => {
    const raster = Int32Array.from({ length: batch * n }, (_, i) => i % n);
    return applyLinear(encodeClass(input, integers(raster, [batch, n]), positions, p, s.encoder, training), p, HEAD);
  });
}
