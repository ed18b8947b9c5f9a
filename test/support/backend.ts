import { expect } from 'vitest';
import { describeError, isTesseraError } from '../../core/base/errors.ts';
import { startBackend, type BackendName, type BackendOptions } from '../../core/compute/index.ts';

/**
 * Starts the one backend that a test file is about.
 * @returns why it is absent, for the reason of a skipped test: not every machine has a graphics card (or a stand-in for it), and a
 * machine that pip cannot reach the network from has no TensorFlow. Every other failure is thrown.
 */
export async function backendAbsence(
  name: BackendName,
  options: BackendOptions = {},
  expected: { readonly fused?: boolean } = {},
): Promise<string | undefined> {
  try {
    expect(await startBackend(name, options)).toMatchObject({ name, ...expected });
    return undefined;
  } catch (error) {
    if (name === 'wasm' || !isTesseraError(error) || error.code !== 'runtime-missing') throw error;
    return describeError(error);
  }
}
