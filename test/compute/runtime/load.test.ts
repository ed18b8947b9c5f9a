import * as tf from '@tensorflow/tfjs-core';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTensorflow } from '../../../core/compute/runtime/load.ts';
import { findRuntime } from '../../../core/compute/runtime/locate.ts';
import { runCommand } from '../../../core/compute/runtime/run-command.ts';

const runtime = findRuntime();
const runtimeFolder = join(import.meta.dirname, '..', '..', '..', 'core', 'compute', 'runtime');
const nodes = join(import.meta.dirname, '..', '..', 'node-versions', 'node_modules');

/** A program that loads TensorFlow from the sources (Node 22 and later strip types) and prints what it computed, as JSON. */
function program(threads: number): string {
  return `
import { createRequire } from 'node:module';
import { readdirSync } from 'node:fs';
import { loadTensorflow } from ${JSON.stringify(join(runtimeFolder, 'load.ts'))};
import { findRuntime } from ${JSON.stringify(join(runtimeFolder, 'locate.ts'))};
const loaded = await loadTensorflow(findRuntime(), { threads: ${threads} });
const tf = createRequire(${JSON.stringify(join(runtimeFolder, 'load.ts'))})('@tensorflow/tfjs-core');
await tf.setBackend('tensorflow');
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]]));
// topk is one of the kernels that call what Node 22 deprecated and Node 23 removed.
const top = tf.topk(tf.tensor1d([1, 3, 2]), 2);
const large = tf.ones([256, 256]);
tf.matMul(large, large).dataSync();
console.log(JSON.stringify({
  node: process.versions.node,
  version: loaded.version,
  backend: tf.getBackend(),
  product: Array.from(product.dataSync()),
  top: Array.from(top.values.dataSync()),
  threads: readdirSync('/proc/self/task').length,
}));`;
}

async function runOn(node: string, threads: number): Promise<Record<string, unknown>> {
  const result = await runCommand(node, ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program(threads)], {
    env: process.env,
  });
  expect(result.stderr).toBe('');
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

if (runtime === undefined) {
  it.skip('loads TensorFlow (skipped: its runtime is not installed)', () => undefined);
} else {
  describe('loading TensorFlow', () => {
    it('registers a backend with the tfjs-core that the program imports', async () => {
      const loaded = await loadTensorflow(runtime);
      expect(loaded.version).toBe(runtime.version);
      expect(await tf.setBackend('tensorflow')).toBe(true);
      const a = tf.tensor2d([[1, 2, 3]]);
      const product = tf.matMul(a, a, false, true);
      expect(product).toBeInstanceOf(tf.Tensor);
      expect(Array.from(product.dataSync())).toEqual([14]);
      expect(await loadTensorflow(runtime, { threads: 1 })).toBe(loaded);
    });
  });

  describe.each(['node22', 'node24'])('loading TensorFlow on %s', (name) => {
    const node = join(nodes, name, 'bin', 'node');
    const why = existsSync(node) ? '' : ` (skipped: ${name} is not installed; npm test fetches it on Linux x64)`;

    it.skipIf(why !== '')(`multiplies, and prints nothing on standard error${why}`, async () => {
      const answer = await runOn(node, 2);
      expect(answer).toMatchObject({ backend: 'tensorflow', version: runtime.version, product: [19, 22, 43, 50], top: [3, 2] });
      expect(String(answer['node']).startsWith(name.slice('node'.length))).toBe(true);
    });

    it.skipIf(why !== '')(`uses as many threads as asked for${why}`, async () => {
      const [one, four] = [await runOn(node, 1), await runOn(node, 4)];
      expect(Number(four['threads']) - Number(one['threads'])).toBe(3);
    });
  });
}
