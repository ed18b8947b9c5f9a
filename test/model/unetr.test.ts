import { beforeAll, describe, expect, it } from 'vitest';
import { dispose, memory, scope, startBackend, tensor, values } from '../../core/compute/index.ts';
import { createParameters, disposeParameters, parameterCount } from '../../core/model/parameters.ts';
import { fromTorch, toTorch } from '../../core/model/torch-layout.ts';
import { unetr, unetrEncoder, unetrSettings, unetrSpecs, type UnetrSettings } from '../../core/model/unetr.ts';
import { patchesOf } from '../../core/model/patches.ts';
import { seededRandom } from '../../core/base/random.ts';

/** Golden test of method 8: numbers from MONAI's own code, float32 on a CPU. */
const settings: UnetrSettings = unetrSettings.parse({
  size: [32, 32, 32],
  width: 48,
  heads: 3,
  features: 4,
  classes: 3,
  qkvBias: false,
  epsilon: 1e-5,
});

function goldenParameters() {
  return new Map(
    unetrSpecs(settings).map((spec, j) => {
      const n = spec.torchShape.reduce((a, b) => a * b, 1);
      const offset = spec.name.includes('norm') && spec.name.endsWith('weight') ? 1 : 0;
      const torch = Float32Array.from({ length: n }, (_, k) => 0.05 * Math.sin(0.37 * k + 0.11 * j) + offset);
      return [spec.name, tensor(fromTorch(torch, spec), spec.shape)];
    }),
  );
}

const image = Float32Array.from({ length: 32 ** 3 }, (_, i) => Math.sin(0.05 * (Math.floor(i / 1024) + 2 * (Math.floor(i / 32) % 32) + 3 * (i % 32))));

beforeAll(async () => {
  await startBackend();
}, 180_000);

describe('UNETR against MONAI (method 8)', () => {
  it('lists 170 tensors with 711,087 values', () => {
    expect(unetrSpecs(settings)).toHaveLength(170);
    expect(parameterCount(unetrSpecs(settings))).toBe(711_087);
  });

  it.each([
    ['ViT-B fs 16', { width: 768, heads: 12, features: 16 }, 92_784_046],
    ['ViT-T fs 12', { width: 192, heads: 3, features: 12 }, 7_848_422],
    ['ViT-T fs 16', { width: 192, heads: 3, features: 16 }, 8_981_230],
    ['ViT-S fs 24', { width: 384, heads: 6, features: 24 }, 29_689_598],
    ['ViT-B fs 48', { width: 768, heads: 12, features: 48 }, 115_350_254],
  ])('has as many parameters as MONAI: %s', (_, sizes, count) => {
    expect(parameterCount(unetrSpecs(unetrSettings.parse({ ...sizes, classes: 14, qkvBias: false })))).toBe(count);
  });

  it('computes the same numbers', async () => {
    const before = memory();
    const p = goldenParameters();
    const patches = tensor(patchesOf(image, [32, 32, 32], [16, 16, 16]), [1, 8, 4096]);
    const x = tensor(image, [1, 32, 32, 32, 1]);
    const { bottom, z4 } = scope(() => {
      const { bottom, taps } = unetrEncoder(patches, p, settings);
      return { bottom, z4: taps[0] ?? bottom };
    });
    const b = await values(bottom);
    expect(mean(b)).toBeCloseTo(-0.0019041, 5);
    expect(std(b)).toBeCloseTo(1.0007412, 4);
    expectClose([...b.slice(0, 4)], [0.0115657, -1.1648828, -0.0267235, 1.9908354]);
    const t = await values(z4);
    expect(mean(t)).toBeCloseTo(0.0100938, 4);
    expect(std(t)).toBeCloseTo(1.3948064, 4);
    const logits = unetr(patches, x, p, settings);
    const y = await values(logits);
    expect(mean(y)).toBeCloseTo(0.0435381, 4);
    expect(std(y)).toBeCloseTo(0.0573506, 4);
    expectClose([...y.slice(0, 3)], [0.0101412, 0.0678015, 0.0114309]);
    const at = (15 * 32 * 32 + 16 * 32 + 17) * 3;
    expectClose([...y.slice(at, at + 3)], [-0.0087566, 0.0163779, 0.0210033]);
    dispose(bottom, z4, logits, patches, x);
    disposeParameters(p);
    expect(memory()).toEqual(before);
  });

  it('turns weights to PyTorch and back without loss', async () => {
    const p = createParameters(unetrSpecs(settings), seededRandom(3));
    for (const spec of unetrSpecs(settings)) {
      const ours = await values(p.get(spec.name) ?? tensor([], [0]));
      expect(fromTorch(toTorch(ours, spec), spec)).toEqual(ours);
    }
    disposeParameters(p);
  });
});

function expectClose(actual: number[], expected: number[]): void {
  expected.forEach((e, i) => {
    expect(Math.abs((actual[i] ?? Number.NaN) - e)).toBeLessThan(1e-4);
  });
}

function mean(x: Float32Array): number {
  return x.reduce((sum, v) => sum + v, 0) / x.length;
}

function std(x: Float32Array): number {
  const m = mean(x);
  return Math.sqrt(x.reduce((sum, v) => sum + (v - m) ** 2, 0) / (x.length - 1));
}
