import { describe, expect, it } from 'vitest';
import { listRuntimes } from '../../core/compute/runtime/locate.ts';
import { cli, json } from './support.ts';

describe('doctor', () => {
  it('checks one backend in this process, every operation of it', async () => {
    const result = await cli(['doctor', '--backend', 'wasm', '--json']);
    expect(result.status).toBe(0);
    const { machine, backends, used } = json(result) as {
      machine: { node: string; threads: number; memory: number };
      backends: { name: string; usable: boolean; version: string; conformance: { cases: number; failed: string[] } }[];
      used: string;
    };
    expect(machine.node).toBe(process.version);
    expect(machine.threads).toBeGreaterThan(0);
    expect(backends).toMatchObject([{ name: 'wasm', usable: true, conformance: { failed: [] } }]);
    expect(backends[0]?.conformance.cases).toBeGreaterThan(50);
    expect(used).toBe('wasm');
    const text = (await cli(['doctor', '--backend', 'wasm'])).stdout;
    expect(text).toMatch(/^wasm +WebAssembly .*all \d+ operations right$/m);
  });
});

describe('runtime', () => {
  it('lists what is installed', async () => {
    const { runtimes } = json(await cli(['runtime', 'list', '--json'])) as { runtimes: { folder: string }[] };
    expect(runtimes.map(({ folder }) => folder)).toEqual(listRuntimes().map(({ folder }) => folder));
  });

  it('names what there is when asked to remove what is not', async () => {
    const result = await cli(['runtime', 'remove', 'tensorflow-0.1-cpu']);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('tensorflow-0.1-cpu: is not installed.');
  });
});
