import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Steps that a run would go on after; 0 without a checkpoint. @param folder of the run */
export async function newestCheckpoint(folder: string): Promise<number> {
  const names = await readdir(join(folder, 'checkpoints')).catch(() => []);
  return Math.max(0, ...names.map((name) => Number(/^step-(\d+)\.safetensors$/.exec(name)?.[1] ?? 0)));
}
