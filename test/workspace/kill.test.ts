import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { voxelCount } from '../../core/imaging/index.ts';
import { openWorkspace } from '../../core/workspace/index.ts';
import { Reference } from './support/changes.ts';
import { smallDims, temporary, withLayer } from './support/small.ts';

/** 20 unless asked for more: `TESSERA_KILLS=200 npx vitest run test/workspace/kill.test.ts`. */
const kills = Number(process.env.TESSERA_KILLS ?? 20);
const seed = Number(process.env.TESSERA_SEED ?? 1);
const voxels = voxelCount(smallDims);
const root = temporary();
const program = join(root, 'stroke-writer.js');

beforeAll(async () => {
  // One file of JavaScript: this Node may not run TypeScript.
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: join(import.meta.dirname, 'support', 'stroke-writer.ts'),
      outDir: root,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'stroke-writer.js', codeSplitting: false } },
    },
  });
});

interface Said {
  readonly change: number;
  readonly versions: readonly { readonly id: string; readonly change: number }[];
}

/** Kills the process so many milliseconds after its start or its first word, and tells what it had acknowledged. */
function lifeOf(args: readonly string[], from: 'start' | 'word', milliseconds: number): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors] = ['', ''];
    const end = (): void => void setTimeout(() => child.kill('SIGKILL'), milliseconds);
    if (from === 'start') end();
    child.stdout.on('data', (text: Buffer) => {
      if (output === '' && from === 'word') end();
      output += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the writer ended by itself: ${errors}`));
      const words = output
        .split('\n')
        .slice(0, -1)
        .map((line) => line.split(' '));
      const change = words.filter(([what]) => what !== 'version').map(([, n]) => Number(n));
      const versions = words.filter(([what]) => what === 'version').map(([, id = '', n]) => ({ id, change: Number(n) }));
      resolve({ change: Math.max(0, ...change), versions });
    });
  });
}

describe('a workspace whose process is killed', () => {
  it(`${kills} times at any moment opens and has every acknowledged change`, { timeout: 60_000 + kills * 5_000 }, async () => {
    const random = seededRandom(seed).fork('kills');
    const folder = join(root, 'work');
    const { workspace, scanId, layerId } = await withLayer(folder);
    await workspace.close();
    const reference = new Reference(voxels);
    let changes = 0;
    let torn = 0;
    for (let kill = 0; kill < kills; kill++) {
      // A quarter of them dies while it starts and opens the workspace.
      const early = random.next() < 0.25;
      const said = await lifeOf([folder, scanId, layerId], early ? 'start' : 'word', random.next() * (early ? 500 : 120));
      // The usual lock: the killed process is known to be gone.
      const opened = await openWorkspace(folder, { who: 'tester' });
      expect(opened.access).toEqual({ mode: 'write' });
      const layer = await opened.openLayer(scanId, layerId);
      expect(layer.sequence).toBeGreaterThanOrEqual(Math.max(said.change, changes));
      expect(layer.labels).toEqual(reference.upTo(layer.sequence));
      if (reference.name !== undefined) expect(layer.segments).toEqual([{ value: 1, name: reference.name }]);
      expect(layer.findings.filter(({ severity }) => severity === 'warning')).toEqual([]);
      torn += layer.findings.length;
      const versions = await layer.versions();
      for (const { id } of said.versions) expect(versions.map((version) => version.id)).toContain(id);
      expect(await opened.verifyAudit()).toMatchObject({ ok: true });
      changes = layer.sequence;
      await opened.close();
    }
    expect(changes).toBeGreaterThan(kills);
    console.log(`${kills} kills, ${changes} changes, ${torn} torn journals (seed ${seed})`);
  });
});
