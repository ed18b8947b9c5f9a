import { execFile } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../core/compute/safetensors.ts';
import { RunFolder } from '../../core/learning/index.ts';
import { cli, smallDataset, temporaryFolder } from './support.ts';
import { tinyPretrain } from './support-runs.ts';

let data: string;
let work: string;
beforeAll(() => {
  data = smallDataset(3);
  work = temporaryFolder();
});
afterAll(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true, force: true });
});

describe('a run that is killed', () => {
  const main = join(import.meta.dirname, '..', '..', 'dist', 'core', 'cli', 'main.js');
  // A process of its own needs compiled code: this Node may not run TypeScript.
  const compiled = existsSync(main) ? describe : describe.skip;

  compiled(existsSync(main) ? 'compiled' : 'compiled (skipped: dist/ is absent, run npm test)', () => {
    const start = (
      args: readonly string[],
      end: (pid: number) => void,
      when: () => boolean,
    ): Promise<{ code: number | null; stderr: string }> =>
      new Promise((resolve) => {
        const child = execFile(process.execPath, [main, ...args], (error, _stdout, stderr) => {
          clearInterval(timer);
          resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stderr });
        });
        const timer = setInterval(() => {
          if (!when() || child.pid === undefined) return;
          clearInterval(timer);
          end(child.pid);
        }, 2);
      });
    const writing = (out: string): boolean => {
      try {
        const names = readdirSync(join(out, 'checkpoints'));
        return names.some((name) => name.endsWith('.tmp')) && names.some((name) => name.startsWith('step-'));
      } catch {
        return false;
      }
    };

    it('during a checkpoint has a whole one to go on from', async () => {
      const out = join(work, 'killed');
      const args = [...tinyPretrain(data, out, 500), '--set', 'checkpointSeconds=0.001'];
      const ended = await start(
        args,
        (pid) => process.kill(pid, 'SIGKILL'),
        () => writing(out),
      );
      expect(ended.code).toBeNull();
      const { run } = await RunFolder.open(out);
      const step = (await run.checkpoints()).at(-1) ?? 0;
      const file = await readSafetensors(run.checkpointPath(`step-${String(step)}`));
      for (const name of file.names) await file.float32(name);
      await file.close();
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 300);
      const resumed = await cli(['pretrain', '--out', out, '--resume'], controller.signal);
      expect(resumed.status).toBe(130);
      expect((await run.checkpoints()).at(-1)).toBeGreaterThan(step);
      expect(readdirSync(join(out, 'checkpoints')).filter((name) => !name.startsWith('step-'))).toEqual([]);
    });

    it('by Ctrl-C keeps what is done and exits with 130', async () => {
      const out = join(work, 'interrupted');
      const ended = await start(
        tinyPretrain(data, out, 500),
        (pid) => process.kill(pid, 'SIGINT'),
        () => existsSync(join(out, 'log.txt')),
      );
      expect(ended.code).toBe(130);
      expect(ended.stderr).toContain('Cancelled; what was finished is kept.');
      expect((await (await RunFolder.open(out)).run.checkpoints()).length).toBeGreaterThan(0);
    });
  });
});
