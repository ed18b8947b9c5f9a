import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startBackend } from '../../../core/compute/index.ts';
import { closeModel, saveModel } from '../../../core/model/saved-model.ts';
import type { EngineEvent } from '../../../core/service/api/engine.ts';
import { Engine } from '../../../core/service/engine/engine.ts';
import { engineProgram } from '../../../core/service/engine/program.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { randomModel } from '../../inference/support/random-model.ts';
import { describeCompiled } from '../support.ts';
import { newWorkspace, sample, temporary } from './support.ts';

const folder = temporary();
let engine: Engine | undefined;
let workspace: Workspace | undefined;
afterAll(async () => {
  await engine?.close();
  await workspace?.close();
});

describeCompiled('a forked engine', () => {
  it('imports, segments and tells of it while the lender keeps its lock; every step is in the audit file', async () => {
    await startBackend();
    const random = randomModel({}, { intensity: { kind: 'zscore' } }, [0, 1, 2]);
    const given = join(folder, 'random');
    await saveModel(given, random.document, random.parameters);
    closeModel(random);

    const lender = await newWorkspace(folder);
    workspace = lender;
    const { loan } = lender;
    const start = {
      type: 'start',
      workspace: { folder: lender.folder, ...(loan === undefined ? {} : { loan }) },
      backend: 'auto',
    } as const;
    const running = new Engine(engineProgram(), start, { onAudit: ({ what, about, model }) => lender.audit(what, about, model) });
    engine = running;
    const events: EngineEvent[] = [];
    const hooks = { onEvent: (event: EngineEvent) => void events.push(event) };

    const imported = await running.run('import', { paths: [sample('hippocampus_025')] }, hooks).result;
    const [scan = ''] = imported.scans ?? [];
    expect((await lender.scans()).found.map(({ id }) => id)).toEqual([scan]);
    const { file } = await running.run('thumbnail', { scan }).result;
    expect(readFileSync(join(lender.folder, file)).subarray(1, 4).toString()).toBe('PNG');
    const { model = '' } = await running.run('import-model', { paths: [given] }).result;
    const { layers = [] } = await running.run('segment', { model, scans: [scan], entropy: true }, hooks).result;
    const stored = (await lender.layers(scan)).found;
    expect(stored.map(({ id }) => ({ scan, layer: id }))).toEqual(layers);
    expect(existsSync(join(lender.itemPath('predictions', layers[0]?.layer ?? ''), 'entropy.raw'))).toBe(true);
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['scan-stored', 'backend', 'layer-grown', 'layer-stored']));
    const verdict = await lender.verifyAudit();
    expect(verdict.ok && verdict.entries.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['scan-added', 'model-imported', 'layer-made']),
    );

    await expect(running.run('import', { paths: [join(folder, 'absent.nii')] }).result).resolves.toMatchObject({
      problems: [{ name: 'absent.nii', error: { code: 'not-found' } }],
    });
    await expect(running.run('thumbnail', { scan: 'f'.repeat(24) }).result).rejects.toMatchObject({ code: 'not-found' });
  }, 300_000);
});
