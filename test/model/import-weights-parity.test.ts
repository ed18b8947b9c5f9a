import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { dispose, startBackend, values } from '../../core/compute/index.ts';
import { importWeights, type WeightSource } from '../../core/model/import-weights.ts';
import { createModelParameters } from '../../core/model/imported-parameters.ts';
import { settingsFromWeights } from '../../core/model/imported-settings.ts';
import { networkInput, disposeInput } from '../../core/model/network-input.ts';
import { disposeParameters } from '../../core/model/parameters.ts';
import { resizePositions } from '../../core/model/resize-positions.ts';
import { segmentationNetwork } from '../../core/model/segmentation-network.ts';
import { unetrEncoder, unetrSettings, type UnetrSettings } from '../../core/model/unetr.ts';
import { relativeError } from '../parity/support.ts';

type Triple = [number, number, number];
type Tensors = readonly (readonly [string, readonly number[]])[];

/** What make_imported.py wrote: names and shapes as others write them, and PyTorch's results. */
const fixture = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', 'imported.json'), 'utf8')) as {
  readonly unetr: { tensors: Tensors; heads: number; mean: number; std: number; every997th: readonly number[] };
  readonly timm: { tensors: Tensors; heads: number; target: Triple; positions: readonly number[]; encoded: readonly number[] };
  readonly positions: readonly { from: Triple; to: Triple; every11th: readonly number[] }[];
};

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The values that make_imported.py gives tensor j. */
function filled(name: string, shape: readonly number[], j: number): Float32Array {
  const offset = name.includes('norm') && name.endsWith('weight') ? 1 : 0;
  return Float32Array.from({ length: size(shape) }, (_, k) => 0.05 * Math.sin(0.37 * k + 0.11 * j) + offset);
}

function fileOf(tensors: Tensors): WeightSource {
  const shapes = new Map(tensors);
  return {
    names: [...shapes.keys()],
    shapeOf: (name) => shapes.get(name),
    float32: (name) =>
      Promise.resolve(
        filled(
          name,
          shapes.get(name) ?? [],
          tensors.findIndex(([other]) => other === name),
        ),
      ),
  };
}

const image = (voxels: number): Float32Array =>
  Float32Array.from({ length: voxels }, (_, k) => Math.sin(0.05 * k + 0.3 * Math.sin(0.01 * k)));
const every = (n: number, all: Float32Array): Float32Array => all.filter((_, i) => i % n === 0);

beforeAll(async () => {
  await startBackend();
}, 180_000);

describe('weights of others compute what PyTorch computes with them', () => {
  it('a UNETR of an older MONAI: "perceptron" embedding, two channels, bias on q, k and v, left-overs of cross-attention', async () => {
    const { tensors, heads, mean, std, every997th } = fixture.unetr;
    const file = fileOf(tensors);
    const settings: UnetrSettings = unetrSettings.parse({ ...settingsFromWeights(file, 'file'), heads });
    expect(settings).toMatchObject({ patch: [16, 16, 16], size: [32, 32, 32], channels: 2, classes: 3, features: 2, qkvBias: true });
    const { values: given, report } = await importWeights(file, settings, 'file');
    expect(report.style).toBe('monai');
    expect([...report.missing, ...report.mismatched]).toEqual([]);
    expect(report.resized.map(({ name }) => name)).toEqual(['vit.patch_embedding.patch_embeddings.weight']);
    expect(report.unused).toHaveLength(36);
    expect(report.unused.every((name) => /\.(norm_)?cross_attn\./.test(name))).toBe(true);
    const parameters = createModelParameters(settings, given, seededRandom(0));
    const network = segmentationNetwork({ network: 'unetr', settings });
    const input = network.inputs([image(2 * 32 ** 3)]);
    const tensor = network.logits(input, parameters);
    const logits = await values(tensor);
    const average = logits.reduce((sum, x) => sum + x, 0) / logits.length;
    const spread = Math.sqrt(logits.reduce((sum, x) => sum + (x - average) ** 2, 0) / (logits.length - 1));
    expect(Math.abs(average - mean)).toBeLessThan(1e-5);
    expect(Math.abs(spread - std)).toBeLessThan(1e-5);
    expect(relativeError(every(997, logits), every997th)).toBeLessThan(1e-4);
    dispose(tensor);
    disposeInput(input);
    disposeParameters(parameters);
  });

  it('the encoder of a GL-MAE file: prefixes, class token dropped, positions resized to a grid that is no cube', async () => {
    const { tensors, heads, target, positions, encoded } = fixture.timm;
    const file = fileOf(tensors);
    const crop: Triple = [4 * target[0], 4 * target[1], 4 * target[2]];
    const settings = unetrSettings.parse({ ...settingsFromWeights(file, 'file'), heads, size: crop, features: 2 });
    expect(settings).toMatchObject({ patch: [4, 4, 4], channels: 1, depth: 3, epsilon: 1e-6, qkvBias: true });
    const { values: given, report } = await importWeights(file, settings, 'file');
    expect(report.style).toBe('timm');
    expect(report.unused).toEqual(['module.backbone.cls_token', 'module.backbone.mask_token', 'module.head.mlp.0.weight']);
    expect(report.resized).toEqual([{ name: 'vit.patch_embedding.position_embeddings', from: [1, 28, 24], to: [1, 24, 24] }]);
    expect(relativeError(given.get('vit.patch_embedding.position_embeddings') ?? [], positions)).toBeLessThan(1e-6);
    const parameters = createModelParameters(settings, given, seededRandom(0));
    const input = networkInput([image(size(crop))], crop, 1, [4, 4, 4]);
    if (input.patches === undefined) throw new Error('no patches');
    const { bottom, taps } = unetrEncoder(input.patches, parameters, settings);
    expect(relativeError(every(7, await values(bottom)), encoded)).toBeLessThan(1e-5);
    dispose(bottom, ...taps);
    disposeInput(input);
    disposeParameters(parameters);
  });
});

it.each(fixture.positions)('positions of $from patches on $to are those of torch.nn.functional.interpolate', ({ from, to, every11th }) => {
  const table = filled('table', [size(from), 3], 0);
  expect(relativeError(every(11, resizePositions(table, from, to, 3)), every11th)).toBeLessThan(1e-6);
});
