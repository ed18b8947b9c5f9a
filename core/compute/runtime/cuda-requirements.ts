import { readWheelMetadata } from './wheel.ts';

/**
 * The wheels with CUDA's libraries that a TensorFlow wheel asks for under its `and-cuda` extra.
 * @returns PEP 508 requirements such as `nvidia-cublas-cu12<13.0,>=12.5.3.2`
 */
export async function cudaRequirements(tensorflowWheel: string): Promise<string[]> {
  const requirements: string[] = [];
  for (const line of (await readWheelMetadata(tensorflowWheel)).split(/\r?\n/)) {
    const match = /^Requires-Dist:\s*(nvidia-[^;]+);.*extra\s*==\s*["']and-cuda["']/.exec(line);
    if (match?.[1] !== undefined) requirements.push(match[1].replace(/[\s()]/g, ''));
  }
  return requirements;
}
