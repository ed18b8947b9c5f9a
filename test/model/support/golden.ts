import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  diceCe,
  diceCeDefaults,
  dispose,
  integers,
  memory,
  scalar,
  scope,
  tensor,
  values,
  type BackendName,
  type BackendOptions,
} from '../../../core/compute/index.ts';
import { disposeParameters } from '../../../core/model/parameters.ts';
import { patchesOf } from '../../../core/model/patches.ts';
import { fromTorch } from '../../../core/model/torch-layout.ts';
import { unetr, unetrEncoder, unetrSettings, unetrSpecs, type UnetrSettings } from '../../../core/model/unetr.ts';
import { backendAbsence } from '../../support/backend.ts';

/** The network of method 8's golden test: numbers from MONAI's own code, float32 on a CPU. */
export const goldenSettings: UnetrSettings = unetrSettings.parse({
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
    unetrSpecs(goldenSettings).map((spec, j) => {
      const n = spec.torchShape.reduce((a, b) => a * b, 1);
      const offset = spec.name.includes('norm') && spec.name.endsWith('weight') ? 1 : 0;
      const torch = Float32Array.from({ length: n }, (_, k) => 0.05 * Math.sin(0.37 * k + 0.11 * j) + offset);
      return [spec.name, tensor(fromTorch(torch, spec), spec.shape)];
    }),
  );
}

const image = Float32Array.from({ length: 32 ** 3 }, (_, i) =>
  Math.sin(0.05 * (Math.floor(i / 1024) + 2 * (Math.floor(i / 32) % 32) + 3 * (i % 32))),
);

/** The golden tests of method 8 and 9.1 on one backend: a process has one, so each backend has a test file of its own. */
export function testGolden(name: BackendName, options: BackendOptions, expected: { readonly fused: boolean }): void {
  describe(`golden tests (${name}, ${expected.fused ? 'compiled' : 'plain'})`, () => {
    let absent: string | undefined;

    beforeAll(async () => {
      absent = await backendAbsence(name, options, expected);
    }, 180_000);

    const golden = (what: string, test: () => Promise<void>): void => {
      it(what, async (context: TestContext) => {
        if (absent !== undefined) context.skip(absent);
        const before = memory();
        await test();
        expect(memory()).toEqual(before);
      });
    };

    golden('UNETR computes the numbers of MONAI (method 8)', async () => {
      const p = goldenParameters();
      const patches = tensor(patchesOf(image, [32, 32, 32], [16, 16, 16]), [1, 8, 4096]);
      const x = tensor(image, [1, 32, 32, 32, 1]);
      const { bottom, z4 } = scope(() => {
        const { bottom, taps } = unetrEncoder(patches, p, goldenSettings);
        return { bottom, z4: taps[0] ?? bottom };
      });
      const b = await values(bottom);
      expectClose([mean(b), std(b), ...b.slice(0, 4)], [-0.0019041, 1.0007412, 0.0115657, -1.1648828, -0.0267235, 1.9908354]);
      const t = await values(z4);
      expectClose([mean(t), std(t)], [0.0100938, 1.3948064]);
      const logits = unetr(patches, x, p, goldenSettings);
      const y = await values(logits);
      expectClose([mean(y), std(y), ...y.slice(0, 3)], [0.0435381, 0.0573506, 0.0101412, 0.0678015, 0.0114309]);
      const at = (15 * 32 * 32 + 16 * 32 + 17) * 3;
      expectClose([...y.slice(at, at + 3)], [-0.0087566, 0.0163779, 0.0210033]);
      dispose(bottom, z4, logits, patches, x);
      disposeParameters(p);
    });

    golden('DiceCE computes the numbers of MONAI (method 9.1)', async () => {
      const logits = tensor(
        Float32Array.from({ length: 24 }, (_, at) => Math.sin(0.7 * Math.floor(at / 3) + 1.3 * (at % 3))),
        [1, 8, 3],
      );
      const labels = integers([0, 1, 1, 0, 0, 1, 0, 0], [1, 8]);
      const loss = async (part: Partial<typeof diceCeDefaults>): Promise<number> => {
        const value = diceCe(logits, labels, { ...diceCeDefaults, ...part });
        try {
          return await scalar(value);
        } finally {
          dispose(value);
        }
      };
      expectClose([await loss({})], [1.92256], 2e-6);
      expectClose([await loss({ crossEntropyWeight: 0 })], [0.647299], 2e-6);
      expectClose([await loss({ diceWeight: 0 })], [1.275261], 2e-6);
      // Class 2 is absent from the labels and counts 1.
      const foreground = (0.475582 + 1) / 2;
      expectClose([await loss({ crossEntropyWeight: 0, includeBackground: false })], [foreground], 2e-6);
      expectClose([3 * 0.647299 - 2 * foreground], [0.466316], 3e-6);
      dispose(logits, labels);
    });
  });
}

function expectClose(actual: number[], expected: number[], tolerance = 1e-4): void {
  const furthest = expected.reduce((worst, e, i) => Math.max(worst, Math.abs((actual[i] ?? Number.NaN) - e)), 0);
  expect(furthest, `${actual.join(' ')} against ${expected.join(' ')}`).toBeLessThan(tolerance);
}

function mean(x: Float32Array): number {
  return x.reduce((sum, v) => sum + v, 0) / x.length;
}

function std(x: Float32Array): number {
  const m = mean(x);
  return Math.sqrt(x.reduce((sum, v) => sum + (v - m) ** 2, 0) / (x.length - 1));
}
