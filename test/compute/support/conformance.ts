import { expect, test } from 'vitest';
import { describeError, isTesseraError } from '../../../core/base/errors.ts';
import { conformanceCases, runConformance } from '../../../core/compute/conformance/run-conformance.ts';
import { memory, startBackend, type BackendName, type BackendOptions } from '../../../core/compute/index.ts';

/** Every operation on one backend: a process has one, so each backend has a test file of its own. */
export function testConformance(name: BackendName, options: BackendOptions, expected: { readonly fused: boolean }): void {
  test(`every operation and its gradient agree with the definition (${name}, ${expected.fused ? 'compiled' : 'plain'})`, async (context) => {
    try {
      expect(await startBackend(name, options)).toMatchObject({ name, ...expected });
    } catch (error) {
      // Not every machine has a graphics card or a stand-in for it.
      if (name === 'webgpu' && isTesseraError(error) && error.code === 'runtime-missing') context.skip(describeError(error));
      throw error;
    }
    const before = memory();
    const report = await runConformance();
    expect(report.cases.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.cases).toHaveLength(conformanceCases.length);
    expect(report).toMatchObject({ ok: true, backend: { name } });
    expect(memory()).toEqual(before);
  });
}
