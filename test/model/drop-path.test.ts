import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { dispose, memory, scope, startBackend, tensor, values, type Tensor } from '../../core/compute/index.ts';
import { dropBranch, dropChance } from '../../core/model/drop-path.ts';
import { disposeInput } from '../../core/model/network-input.ts';
import { createParameters, disposeParameters } from '../../core/model/parameters.ts';
import { segmentationNetwork } from '../../core/model/segmentation-network.ts';
import { block } from '../../core/model/transformer.ts';
import { unetrSettings } from '../../core/model/unetr.ts';
import { blockShape } from '../../core/model/vit.ts';
import { wave } from '../parity/support.ts';

beforeAll(async () => {
  await startBackend();
}, 180_000);

const settings = unetrSettings.parse({ size: [16, 16, 16], patch: [8, 8, 8], width: 12, depth: 4, heads: 2, features: 2, channels: 2 });
const network = segmentationNetwork({ network: 'unetr', settings });

describe('drop-path', () => {
  it('rises linearly from the first block to the last', () => {
    expect([0, 1, 2, 3, 4].map((i) => dropChance(0.4, i, 5))).toEqual([0, 0.1, 0.2, expect.closeTo(0.3, 12) as number, 0.4]);
    expect(dropChance(0.4, 0, 1)).toBe(0);
  });

  it('leaves out the share of samples that it says, each as a whole, and keeps the mean', async () => {
    const branch = tensor(new Float32Array(4000 * 2 * 3).fill(1), [4000, 2, 3]);
    const drop = dropBranch({ random: seededRandom(7), dropPath: 0.25 }, 11, 12);
    const y = scope(() => drop?.(branch) ?? branch);
    const seen = await values(y);
    const samples = Array.from({ length: 4000 }, (_, i) => [...seen.subarray(6 * i, 6 * i + 6)]);
    for (const sample of samples) expect([0, Math.fround(1 / 0.75)]).toContain(sample[0]);
    for (const sample of samples) expect(new Set(sample).size).toBe(1);
    // Standard deviation of the share: sqrt(0.25 · 0.75 / 4000) = 0.007.
    expect(samples.filter(([first]) => first === 0).length / 4000).toBeCloseTo(0.25, 1);
    dispose(branch, y);
  });

  it('is nothing without a chance, in the first block, and in inference', () => {
    const random = seededRandom(1);
    expect(dropBranch({ random, dropPath: 0 }, 3, 4)).toBeUndefined();
    expect(dropBranch({ random }, 3, 4)).toBeUndefined();
    expect(dropBranch({ random, dropPath: 0.5 }, 0, 4)).toBeUndefined();
    expect(dropBranch(undefined, 3, 4)).toBeUndefined();
  });

  it('leaves a block whose both branches are dropped as it is', async () => {
    const parameters = createParameters(network.specs, seededRandom(2));
    const x = tensor(wave(5 * 12, 0.3, 0.1, 1), [1, 5, 12]);
    const y = block(x, parameters, 'vit.blocks.3', blockShape(settings), { drop: (branch) => scope(() => dropAll(branch)) });
    expect(await values(y)).toEqual(await values(x));
    dispose(x, y);
    disposeParameters(parameters);
  });

  it('draws the same for the same generator, another time for another one, and leaves nothing behind', async () => {
    const before = memory();
    const parameters = createParameters(network.specs, seededRandom(3));
    const input = network.inputs([0, 1, 2].map((i) => wave(2 * 16 ** 3, 0.001, i, 1)));
    const logits = async (seed?: number, dropPath = 0.8): Promise<Float32Array> => {
      const y = network.logits(input, parameters, seed === undefined ? undefined : { random: seededRandom(seed), dropPath });
      const seen = await values(y);
      dispose(y);
      return seen;
    };
    const plain = await logits();
    expect(await logits(1, 0)).toEqual(plain);
    expect(await logits(1)).toEqual(await logits(1));
    expect(await logits(1)).not.toEqual(await logits(2));
    expect(await logits(1)).not.toEqual(plain);
    disposeInput(input);
    disposeParameters(parameters);
    expect(memory()).toEqual(before);
  });
});

function dropAll(branch: Tensor): Tensor {
  const always = dropBranch({ random: { ...seededRandom(1), fork: () => ({ ...seededRandom(1), next: () => 0 }) }, dropPath: 0.5 }, 3, 4);
  return always?.(branch) ?? branch;
}
