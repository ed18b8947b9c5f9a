import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  differentiate,
  dispose,
  linear,
  memory,
  reshape,
  tensor,
  values,
  type BackendName,
  type BackendOptions,
  type Tensor,
} from '../../../core/compute/index.ts';
import { disposeInput } from '../../../core/model/network-input.ts';
import { disposeParameters } from '../../../core/model/parameters.ts';
import { segmentationNetwork, type SegmentationNetwork } from '../../../core/model/segmentation-network.ts';
import { segResNetSettings } from '../../../core/model/segresnet.ts';
import { fromTorch, toTorch } from '../../../core/model/torch-layout.ts';
import { backendAbsence } from '../../support/backend.ts';
import { relativeError, wave } from '../../parity/support.ts';

interface Fixture {
  readonly provenance: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly logits: readonly number[];
  readonly gradients: Readonly<Record<string, { readonly norm: number; readonly first: readonly number[] }>>;
}

/** What make_segresnet.py wrote. */
export const segResNetFixture = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/segresnet.json'), 'utf8')) as Fixture;

const size: [number, number, number] = [8, 16, 8];
const voxels = size[0] * size[1] * size[2];
/** Two channels, three outputs: the network of make_segresnet.py. */
export const segResNetGolden: SegmentationNetwork = segmentationNetwork({
  network: 'segresnet',
  settings: segResNetSettings.parse({ size, channels: 2, classes: 3 }),
});

function goldenParameters(): Map<string, Tensor> {
  return new Map(
    segResNetGolden.specs.map((spec, j) => {
      const n = spec.torchShape.reduce((a, b) => a * b, 1);
      const convolution = spec.torchShape.length === 5;
      const middle = !convolution && spec.name.endsWith('weight') ? 1 : 0;
      const spread = convolution ? 2 / Math.sqrt(n / (spec.torchShape[0] ?? 1)) : 0.3;
      const torch = wave(n, 0.37 + 0.01 * j, 0.2 * j, spread).map((v) => middle + v);
      return [spec.name, tensor(fromTorch(torch, spec), spec.shape)];
    }),
  );
}

/** Logits and gradients against PyTorch's on one backend: a process has one, so each backend has a test file of its own. */
export function testSegResNet(name: BackendName, options: BackendOptions, tolerance: number): void {
  describe(`SegResNet (${name}) against ${segResNetFixture.provenance}`, () => {
    let absent: string | undefined;
    beforeAll(async () => {
      absent = await backendAbsence(name, options);
    }, 180_000);

    it('has the same logits and gradients', { timeout: 180_000 }, async (context: TestContext) => {
      if (absent !== undefined) context.skip(absent);
      const before = memory();
      const parameters = goldenParameters();
      const all = wave(2 * 2 * voxels, 0.0013, 0.5, 1);
      const input = segResNetGolden.inputs([all.slice(0, 2 * voxels), all.slice(2 * voxels)]);
      const logits = segResNetGolden.logits(input, parameters);
      const seen = await values(logits);
      const rows = Array.from({ length: voxels / 4 }, (_, v) => [...seen.slice((voxels + 4 * v) * 3, (voxels + 4 * v) * 3 + 3)]).flat();
      expect(relativeError(rows, segResNetFixture.logits)).toBeLessThan(tolerance);

      // Σ w·logits as one row times one column.
      const pull = tensor(wave(2 * voxels * 3, 0.71, 0.1, 1), [1, 2 * voxels * 3]);
      const { gradients, loss } = differentiate(parameters, () => ({
        loss: reshape(linear(reshape(segResNetGolden.logits(input, parameters), [1, pull.size]), pull), []),
        observed: {},
      }));
      for (const spec of segResNetGolden.specs) {
        const gradient = gradients.get(spec.name);
        const own = gradient === undefined ? [] : toTorch(await values(gradient), spec);
        const { norm, first } = segResNetFixture.gradients[spec.name] ?? { norm: Number.NaN, first: [] };
        expect(Math.abs(Math.hypot(...own) / norm - 1), spec.name).toBeLessThan(10 * tolerance);
        expect(relativeError([...own.slice(0, first.length)], first, norm / Math.sqrt(own.length)), spec.name).toBeLessThan(10 * tolerance);
      }
      dispose(logits, loss, pull, ...gradients.values());
      disposeInput(input);
      disposeParameters(parameters);
      expect(memory()).toEqual(before);
    });
  });
}
