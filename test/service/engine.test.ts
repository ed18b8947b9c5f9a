import { execFile } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from '../../core/workspace/index.ts';
import { Engine, type EngineHooks, type EngineTimes } from '../../core/service/engine/engine.ts';
import type { EngineState } from '../../core/service/api/status.ts';
import { describeCompiled, fakeEngine, openGate, smallVolume, temporaryFolder, until } from './support.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const times: EngineTimes = { look: 20, silence: 600_000, backOff: 10, forget: 600_000 };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function openEngine(hooks: EngineHooks = {}, changed: Partial<EngineTimes> = {}): Promise<{ engine: Engine; workspace: Workspace }> {
  const workspace = await createWorkspace(temporaryFolder(), { name: 'test' });
  const { folder, loan } = workspace;
  const start = { type: 'start', workspace: { folder, ...(loan === undefined ? {} : { loan }) }, backend: 'auto' } as const;
  const engine = new Engine(fakeEngine, start, hooks, { ...times, ...changed });
  closers.push(
    () => workspace.close(),
    () => engine.close(),
  );
  return { engine, workspace };
}

/** A folder with empty files of these names; the fake engine does what they say. */
function filesOf(...names: string[]): { paths: string[] } {
  const folder = join(temporaryFolder(), 'files');
  mkdirSync(folder);
  for (const name of names) writeFileSync(join(folder, name), '');
  return { paths: [folder] };
}

const consistency = (seed: number) => ({ model: 'aaaaaaaa', scan: 'bbbbbbbb', seed });

describeCompiled('the engine', () => {
  it('starts when it is needed, answers, and tells its state', async () => {
    const states: EngineState[] = [];
    const { engine } = await openEngine({ onState: (state) => states.push(state) });
    expect(engine.pid).toBeUndefined();
    await expect(engine.run('consistency', consistency(7)).result).resolves.toEqual({ views: ['view'], matrix: [[7]] });
    expect(states).toEqual(['starting', 'busy', 'idle']);
  });

  it('tells progress, and errors with all their fields', async () => {
    const { engine, workspace } = await openEngine();
    const stages: string[] = [];
    const importing = engine.run('import', filesOf('a'), { onProgress: ({ stage }) => stages.push(stage) });
    await until(() => stages.length > 0);
    openGate(workspace.folder, 'import');
    await expect(importing.result).resolves.toMatchObject({ problems: [{ name: 'a' }] });
    expect(stages[0]).toBe('waiting for import');
    const failing = engine.run('import', filesOf('bad')).result;
    await expect(failing).rejects.toMatchObject({ code: 'bad-file', message: 'is damaged.', advice: 'Copy it again.' });
  });

  it('writes into the workspace with the right of the host, who keeps the audit file', async () => {
    const audits: string[] = [];
    const { engine, workspace } = await openEngine({
      onAudit: async ({ what, about }) => {
        audits.push(what);
        await workspace.audit(what, about);
      },
    });
    const { scan } = await workspace.addScan({ volume: smallVolume() });
    openGate(workspace.folder, 'segment-0');
    const { layers } = await engine.run('segment', { model: 'aaaaaaaa', scans: [scan.id], entropy: false }).result;
    expect(audits).toEqual(['layer-made']);
    expect((await workspace.layers(scan.id)).found.map(({ id, kind }) => [id, kind])).toEqual([[layers?.[0]?.layer, 'proposal']]);
    expect(await workspace.verifyAudit()).toMatchObject({ ok: true });
  });

  it.each([
    ['killed', 'runtime-failed', 'killed (SIGKILL)'],
    ['exited', 'runtime-failed', 'exit code 3'],
    ['outOfMemory', 'out-of-memory', 'ran out of memory'],
  ])('fails what it works on when it is %s, and does the next', async (ending, code, words) => {
    const { engine } = await openEngine();
    const first = engine.run('import', filesOf(ending)).result;
    await expect(first).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(engine.state).toBe('restarting');
    await expect(engine.run('consistency', consistency(2)).result).resolves.toMatchObject({ matrix: [[2]] });
  });

  it('is ended when it no longer answers', async () => {
    const { engine } = await openEngine({}, { silence: 3000 });
    await expect(engine.run('import', filesOf('hung')).result).rejects.toMatchObject({ code: 'timeout' });
  });

  it('rests when it dies again and again', async () => {
    const { engine } = await openEngine();
    const codes: unknown[] = [];
    for (let n = 0; n < 5; n++) await engine.run('import', filesOf('exited')).result.catch((error: unknown) => codes.push(error));
    expect(codes).toHaveLength(5);
    expect(engine.state).toBe('dead');
    await expect(engine.run('consistency', consistency(1)).result).rejects.toMatchObject({
      code: 'runtime-failed',
      message: expect.stringMatching(/5 times in a row.*exit code 3/),
    });
  });

  it('is taken up again when its deaths are long ago', async () => {
    const { engine } = await openEngine({}, { forget: 0 });
    for (let n = 0; n < 6; n++) await engine.run('import', filesOf('exited')).result.catch(() => undefined);
    await expect(engine.run('consistency', consistency(4)).result).resolves.toMatchObject({ matrix: [[4]] });
  });

  it('waits when it is held, does other things meanwhile, and goes on', async () => {
    const { engine, workspace } = await openEngine();
    const run = engine.run('consistency', consistency(1));
    await new Promise<void>((resolve) => run.hold(resolve));
    openGate(workspace.folder, 'consistency');
    let over = false;
    void run.result.then(() => (over = true));
    await engine.run('consistency', consistency(3)).result;
    expect(over).toBe(false);
    run.go();
    await expect(run.result).resolves.toMatchObject({ matrix: [[1]] });
  });

  it('is cancelled at work, while it waits, and before it began', async () => {
    const { engine } = await openEngine();
    const early = engine.run('consistency', consistency(1));
    early.cancel();
    await expect(early.result).rejects.toMatchObject({ code: 'cancelled' });
    const working = engine.run('consistency', consistency(1));
    await engine.run('consistency', consistency(3)).result;
    working.cancel();
    await expect(working.result).rejects.toMatchObject({ code: 'cancelled' });
    const held = engine.run('consistency', consistency(1));
    await new Promise<void>((resolve) => held.hold(resolve));
    held.cancel();
    await expect(held.result).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('cannot be started from what is no program', async () => {
    const workspace = temporaryFolder();
    const engine = new Engine(join(workspace, 'none.mjs'), { type: 'start', workspace: { folder: workspace }, backend: 'auto' }, {}, times);
    closers.push(() => engine.close());
    await expect(engine.run('models', {}).result).rejects.toMatchObject({ code: 'runtime-failed' });
    expect(engine.lines.join('\n')).not.toContain(workspace);
  });

  it('ends when its host is gone, though its main thread is held up', async () => {
    const files = filesOf('hung');
    const { workspace } = await openEngine();
    const program = `
      import { Engine } from ${JSON.stringify(new URL('../../dist/core/service/engine/engine.js', import.meta.url).href)};
      const folder = ${JSON.stringify(workspace.folder)};
      const engine = new Engine(${JSON.stringify(fakeEngine)}, { type: 'start', workspace: { folder }, backend: 'auto' });
      await engine.run('models', {}).result;
      engine.run('import', ${JSON.stringify(files)}).result.catch(() => undefined);
      console.log(engine.pid);`;
    const host = join(temporaryFolder(), 'host.mjs');
    writeFileSync(host, program);
    const pid = await new Promise<number>((resolve) => {
      const child = execFile(process.execPath, [host]);
      child.stdout?.on('data', (text: string) => {
        child.kill('SIGKILL');
        resolve(Number(text));
      });
    });
    expect(pid).toBeGreaterThan(0);
    await until(() => !isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
