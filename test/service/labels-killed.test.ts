import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../core/base/random.ts';
import { readNifti } from '../../core/imaging/index.ts';
import { deltaBetween, encodeDelta } from '../../core/labelling/index.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { sample } from './engine/support.ts';
import { LabelClient, type Ask, type LabelEdit } from './label-client.ts';
import { LabelModel, type Act } from './label-model.ts';
import { temporaryFolder } from './support.ts';

/** 15 unless asked for more: `TESSERA_KILLS=100 npx vitest run test/service/labels-killed.test.ts`. */
const kills = Number(process.env['TESSERA_KILLS'] ?? 15);
const seed = Number(process.env['TESSERA_SEED'] ?? 1);

const root = temporaryFolder();
const engine = join(root, 'engine.mjs');
writeFileSync(engine, "process.on('disconnect', () => process.exit());\n");

beforeAll(async () => {
  // One file of JavaScript, which starts quickly: this Node may not run TypeScript.
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: join(import.meta.dirname, 'label-host.ts'),
      outDir: root,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'label-host.mjs', codeSplitting: false } },
    },
  });
});

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A host as a process of its own, and a way to ask it as a browser does. */
async function startHost(workspace: string): Promise<{ child: ChildProcess; ask: Ask }> {
  const child = spawn(process.execPath, [join(root, 'label-host.mjs'), workspace, engine, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the host ended before it listened')));
    child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
  });
  const entered = await fetch(address, { redirect: 'manual' });
  const cookie = (entered.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
  const ask: Ask = (path, { headers, ...init } = {}) =>
    fetch(new URL(`/api${path}`, address), { ...init, headers: { ...(headers as Record<string, string>), Cookie: cookie } });
  return { child, ask };
}

/** What a page sends for an act. @returns whether it was acknowledged; false when the host is gone */
async function send(page: LabelClient, act: Act, edit: string): Promise<boolean> {
  const { kind } = act;
  const status = await (kind === 'edit' ? page.draw(act.labels, { ...about(act), edit }) : page.step(kind, edit)).catch(
    (error: unknown) => {
      // Nobody answers any more. Everything else is a mistake.
      if (error instanceof TypeError) return 0;
      throw error;
    },
  );
  expect([0, 200]).toContain(status);
  return status === 200;
}

function about({ title, segments, joins }: Act & { kind: 'edit' }): LabelEdit {
  return { title, segments, ...(joins === undefined ? {} : { joins }) };
}

function expectSame(page: LabelClient, model: LabelModel): void {
  expect(page.state).toEqual(model.state);
  expect(encodeDelta(deltaBetween(page.labels, model.labels))).toEqual(new Uint8Array());
}

describe('a host that is killed while somebody draws', () => {
  it(
    `${kills} times at any moment has every acknowledged change, and the one that was on its way once or not at all`,
    {
      timeout: 60_000 + kills * 20_000,
    },
    async () => {
      const random = seededRandom(seed).fork('label kills');
      const folder = temporaryFolder();
      const workspace = await createWorkspace(folder, { name: 'test' });
      const { scan } = await workspace.addScan({ volume: (await readNifti(sample('hippocampus_025'))).volume });
      const { id: layer } = await workspace.createLayer(scan.id, { name: 'mine' });
      await workspace.close();
      const model = new LabelModel(scan.geometry.dims.reduce((product, n) => product * n, 1));
      let [lost, kept, repeated, pieces] = [0, 0, 0, 0];
      /** What was not acknowledged, and the window that waits for it. */
      let open: { readonly act: Act; readonly edit: string; readonly window: LabelClient } | undefined;
      for (let kill = 0; kill <= kills; kill++) {
        const { child, ask } = await startHost(folder);
        const page = await LabelClient.open(ask, scan.id, layer, 'page');
        if (open !== undefined) {
          const { act, edit, window } = open;
          // It is there wholly, or not at all.
          const there = page.state.sequence > model.sequence;
          if (there) kept++;
          else lost++;
          if (there) model.take(act, edit);
          expectSame(page, model);
          if (random.next() < 0.5) {
            // The window asks once more, as who got no answer does: it is done once.
            repeated++;
            expect(await send(window.of(ask), act, edit)).toBe(true);
            if (!there) model.take(act, edit);
            expect(await page.catchUp()).toBe(200);
          }
        }
        expectSame(page, model);
        if (kill === kills) break;
        const last = model.sequence + random.integer(0, 12);
        for (;;) {
          if (model.sequence === last) setTimeout(() => child.kill('SIGKILL'), random.next() * 30);
          const act = model.next(random);
          const edit = `edit-${kill}-${model.sequence}`;
          if (!(await send(page, act, edit))) {
            open = { act, edit, window: page };
            break;
          }
          model.take(act, edit);
          if (act.kind === 'edit' && act.joins !== undefined) pieces++;
          expectSame(page, model);
        }
      }
      expect(model.sequence).toBeGreaterThan(kills);
      console.log(
        `${kills} kills, ${model.sequence} changes, ${pieces} of them further pieces of a stroke; of those without an answer ${kept} kept and ${lost} not, ${repeated} asked for again (seed ${seed})`,
      );
    },
  );
});
