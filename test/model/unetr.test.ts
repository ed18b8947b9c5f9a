import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { startBackend, tensor, values } from '../../core/compute/index.ts';
import { encoderSizeName, encoderSizes } from '../../core/model/encoder-size.ts';
import { createParameters, disposeParameters, parameterCount } from '../../core/model/parameters.ts';
import { fromTorch, toTorch } from '../../core/model/torch-layout.ts';
import { growthOf, tappedBlocks, unetrSettings, unetrSpecs } from '../../core/model/unetr.ts';
import { goldenSettings as settings } from './support/golden.ts';

beforeAll(async () => {
  await startBackend();
}, 180_000);

describe('the weights of UNETR (method 8)', () => {
  it('are 170 tensors with 711,087 values in the golden test', () => {
    expect(unetrSpecs(settings)).toHaveLength(170);
    expect(parameterCount(unetrSpecs(settings))).toBe(711_087);
  });

  it.each([
    ['ViT-B fs 16', { ...encoderSizes['ViT-B'], features: 16 }, 92_784_046],
    ['ViT-T fs 12', { ...encoderSizes['ViT-T'], features: 12 }, 7_848_422],
    ['ViT-T fs 16', { width: 192, heads: 3, features: 16 }, 8_981_230],
    ['ViT-S fs 24', { ...encoderSizes['ViT-S'], features: 24 }, 29_689_598],
    ['ViT-B fs 48', { width: 768, heads: 12, features: 48 }, 115_350_254],
  ])('are as many as in MONAI: %s', (_, sizes, count) => {
    const specs = (qkvBias: boolean) => unetrSpecs(unetrSettings.parse({ ...sizes, classes: 14, qkvBias }));
    expect(parameterCount(specs(false))).toBe(count);
    expect(parameterCount(specs(true))).toBe(count + 36 * sizes.width);
    expect(encoderSizeName({ depth: 12, ...sizes })).toMatch(/^ViT-[TSB]$/);
  });

  it.each([
    ['encoder1', 7_360],
    ['encoder2', 323_584],
    ['encoder3', 647_168],
    ['encoder4', 786_432],
    ['decoder5', 2_146_304],
    ['decoder4', 405_504],
    ['decoder3', 101_376],
    ['decoder2', 25_344],
    ['out', 238],
    ['vit', 88_340_736],
  ])('are as many as the table says in %s', (part, count) => {
    const specs = unetrSpecs(unetrSettings.parse({ width: 768, heads: 12, features: 16, classes: 14, qkvBias: false }));
    expect(parameterCount(specs.filter(({ name }) => name.startsWith(`${part}.`)))).toBe(count);
  });

  it('turn to PyTorch and back without loss', async () => {
    const p = createParameters(unetrSpecs(settings), seededRandom(3));
    for (const spec of unetrSpecs(settings)) {
      const ours = await values(p.get(spec.name) ?? tensor([], [0]));
      expect(fromTorch(toTorch(ours, spec), spec)).toEqual(ours);
    }
    disposeParameters(p);
  });
});

describe('the shape of UNETR', () => {
  it.each([
    [12, [4, 7, 10]],
    [4, [2, 3, 4]],
    [3, [1, 2, 3]],
  ])('takes the outputs of three blocks of %i', (depth, taps) => {
    expect(tappedBlocks(depth)).toEqual(taps);
  });

  it.each([1, 2, 4, 8, 16])('grows a patch of %i back to voxels in four stages', (side) => {
    const growth = [1, 2, 3, 4].map((stage) => growthOf({ patch: [side, 16, 1] }, stage));
    expect(growth.reduce((product, g) => product * g[0], 1)).toBe(side);
    expect(growth.reduce((product, g) => product * g[1], 1)).toBe(16);
    expect(growth.reduce((product, g) => product * g[2], 1)).toBe(1);
  });
});
