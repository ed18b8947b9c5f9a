import { existsSync } from 'node:fs';
import { runCommand } from './run-command.ts';

/** Whether a working NVIDIA driver with at least one card is on this machine. */
export async function hasNvidiaDriver(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<boolean> {
  if (existsSync('/proc/driver/nvidia/version')) return true;
  const list = await runCommand('nvidia-smi', ['-L'], { env, signal });
  return list.status === 0 && list.stdout.includes('GPU ');
}
