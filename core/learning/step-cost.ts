import { sizeOf } from '../compute/index.ts';
import { cropSizeOf, reconstructionForm } from '../model/method-settings.ts';
import type { ParameterSpec } from '../model/parameters.ts';
import { gridOfView, visibleCount } from '../model/views.ts';
import { patchVolume } from '../model/vit.ts';
import type { PretrainSettings } from './pretrain-settings.ts';

/** Views of one kind in a step: how many, their patches, and those of them that are visible and that the loss counts. */
interface KindSizes {
  readonly views: number;
  readonly patches: number;
  readonly visible: number;
  readonly counted: number;
  readonly isGlobal: boolean;
}

interface BlockSizes {
  readonly width: number;
  readonly mlp: number;
  readonly heads: number;
}

const FLOAT = 4;

function kindsOf(s: PretrainSettings): KindSizes[] {
  const kinds =
    s.method === 'gl-mae'
      ? [
          { size: s.globalSize, perScan: s.globals, isGlobal: true },
          { size: s.localSize, perScan: s.locals, isGlobal: false },
        ]
      : [{ size: cropSizeOf(s), perScan: s.crops, isGlobal: false }];
  return kinds
    .filter(({ perScan }) => perScan > 0)
    .map(({ size, perScan, isGlobal }) => {
      const patches = sizeOf(gridOfView(size, s.encoder.patch));
      const visible = visibleCount(patches, s.maskRatio);
      return { views: s.batch * perScan, patches, visible, counted: s.lossPatches === 'all' ? patches : patches - visible, isGlobal };
    });
}

const encoderBlock = ({ encoder }: PretrainSettings): BlockSizes => ({
  width: encoder.width,
  mlp: Math.round(encoder.width * encoder.mlpRatio),
  heads: encoder.heads,
});
const decoderBlock = ({ decoder }: PretrainSettings): BlockSizes => ({
  width: decoder.width,
  mlp: 4 * decoder.width,
  heads: decoder.heads,
});
const hasTeacher = (s: PretrainSettings): boolean => s.method === 'gl-mae' && s.beta > 0;

/** Widths of the projection head, layer by layer. */
function headWidths({ encoder, head }: PretrainSettings): number[] {
  return head.kind === 'mlp'
    ? [encoder.width, head.hidden, head.hidden, head.out]
    : [encoder.width, head.hidden, head.hidden, head.bottleneck, head.out];
}

/**
 * Floating-point operations of one step, an addition and a multiplication each counting one: the student's forward pass three times (its
 * gradients cost twice the forward pass), the teacher's once. Matrix products and attention only (docs/method.md, Cost of a step).
 */
export function stepFlops(s: PretrainSettings): number {
  const { encoder, decoder } = s;
  const length = patchVolume(encoder);
  const head = headWidths(s).reduce((sum, width, i, all) => (i === 0 ? 0 : sum + width * (all[i - 1] ?? 0)), 0);
  const encode = (tokens: number, embedded: number): number =>
    embedded * length * encoder.width + encoder.depth * blockProducts(tokens, tokens, encoderBlock(s));
  const products = kindsOf(s).map((kind) => {
    const { views, patches, visible, counted, isGlobal } = kind;
    const embeddingHead = comparedTokens(s, kind) * head;
    const teacher = hasTeacher(s) && isGlobal ? encode(patches + 1, patches) + embeddingHead : 0;
    if (s.method === 'simmim') return views * 3 * (encode(patches + 1, visible) + counted * encoder.width * length);
    const tokens = patches + 1;
    const decode =
      (visible + 1) * encoder.width * decoder.width +
      (decoder.depth - 1) * blockProducts(tokens, tokens, decoderBlock(s)) +
      blockProducts(tokens, counted, decoderBlock(s)) +
      counted * decoder.width * length;
    return views * (teacher + 3 * (encode(visible + 1, visible) + decode + embeddingHead));
  });
  return 2 * products.reduce((sum, n) => sum + n, 0);
}

/** Tokens of a view that go through the projection head. */
function comparedTokens(s: PretrainSettings, { visible, isGlobal }: KindSizes): number {
  if (!hasTeacher(s)) return 0;
  if (s.consistencyOf === 'class') return 1;
  return isGlobal ? visible : 0;
}

/** Multiplications of one block on one view. @param asking tokens that are computed beyond keys and values */
function blockProducts(tokens: number, asking: number, { width: d, mlp }: BlockSizes): number {
  return tokens * 3 * d * d + 2 * tokens * asking * d + asking * (d * d + 2 * d * mlp);
}

/** Bytes of one step on the tensor device. */
export interface StepMemory {
  /** Weights, both moments of AdamW, the teacher. */
  readonly weights: number;
  /** Gradients of all weights. */
  readonly gradients: number;
  /** The views, as tensors. */
  readonly views: number;
  /** What the tape keeps of the forward pass for the backward pass. */
  readonly activations: number;
  /** The part of them that is still there when the gradients of all weights are: that of the first kind of view. */
  readonly lateActivations: number;
}

/**
 * What a step keeps, from the shapes alone; the operations of the processor, compiled, are taken for granted (`core/compute/native`).
 * @param specs weights of the method
 */
export function stepMemory(
  s: PretrainSettings,
  specs: { readonly student: readonly ParameterSpec[]; readonly teacher: readonly ParameterSpec[] },
): StepMemory {
  const count = (of: readonly ParameterSpec[]): number => of.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const [student, teacher] = [count(specs.student), count(specs.teacher)];
  const kinds = kindsOf(s);
  const activations = kinds.map((kind) => FLOAT * kind.views * viewActivations(s, kind));
  return {
    weights: FLOAT * (3 * student + teacher),
    gradients: FLOAT * student,
    views: FLOAT * patchVolume(s.encoder) * kinds.reduce((sum, { views, patches }) => sum + views * patches, 0),
    activations: activations.reduce((sum, bytes) => sum + bytes, 0),
    lateActivations: activations[0] ?? 0,
  };
}

/** Most bytes of tensors at once (method 13): all activations at the end of the forward pass, or the gradients beside those of the first views. */
export function peakBytes({ weights, gradients, views, activations, lateActivations }: StepMemory): number {
  return weights + views + Math.max(activations, gradients + lateActivations);
}

/** Numbers that the tape keeps of one view. */
function viewActivations(s: PretrainSettings, kind: KindSizes): number {
  const { encoder, decoder } = s;
  const { patches, visible, counted } = kind;
  const length = patchVolume(encoder);
  const { error, normalised } = reconstructionForm(s);
  const isMasked = s.lossPatches === 'masked';
  const target = (error === 'l1' ? 0 : counted * length) * (isMasked || normalised ? 1 : 0);
  const painted = counted * length + target;
  const embedded = visible * length;
  if (s.method === 'simmim') {
    const tokens = patches + 1;
    const asked = counted * encoder.width;
    return embedded + encoder.depth * blockNumbers(tokens, tokens, encoderBlock(s)) + tokens * (encoder.width + 2) + asked + painted;
  }
  const seen = visible + 1;
  const encoded = encoder.depth * blockNumbers(seen, seen, encoderBlock(s)) + seen * (2 * encoder.width + 2);
  const tokens = patches + 1;
  const decoded =
    (decoder.depth - 1) * blockNumbers(tokens, tokens, decoderBlock(s)) +
    blockNumbers(tokens, counted, decoderBlock(s)) +
    counted * (2 * decoder.width + 2);
  const head = comparedTokens(s, kind) * headWidths(s).reduce((sum, width) => sum + 2 * width, 0);
  return embedded + encoded + decoded + painted + head;
}

/** Inputs of both norms and what they give, queries, keys and values, what attention gives, hidden layer before and after GELU; small sums. */
function blockNumbers(tokens: number, asking: number, { width: d, mlp, heads }: BlockSizes): number {
  return tokens * (5 * d + 2) + asking * (3 * d + 2 * mlp + heads + 2);
}
