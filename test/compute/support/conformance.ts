import { expect, test } from 'vitest';
import { conformanceCases, runConformance } from '../../../core/compute/conformance/run-conformance.ts';
import { memory, type BackendName, type BackendOptions } from '../../../core/compute/index.ts';
import { backendAbsence } from '../../support/backend.ts';

/** Every operation on one backend: a process has one, so each backend has a test file of its own. */
export function testConformance(name: BackendName, options: BackendOptions, expected: { readonly fused: boolean }): void {
  const what = `every operation and its gradient agree with the definition (${name}, ${expected.fused ? 'compiled' : 'plain'})`;
  // A graphics card that is simulated by the processor takes its time.
  test(what, { timeout: 400_000 }, async (context) => {
    const absent = await backendAbsence(name, options, expected);
    if (absent !== undefined) context.skip(absent);
    const before = memory();
    const report = await runConformance();
    expect(report.cases.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.cases).toHaveLength(conformanceCases.length);
    expect(report).toMatchObject({ ok: true, backend: { name } });
    expect(memory()).toEqual(before);
  });
}
