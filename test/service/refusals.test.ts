import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pointLPS, type Volume } from '../../core/imaging/index.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { tinyFinetuning, tinyPretraining } from './engine/support-training.ts';
import { clientOf, compiled, describeCompiled, openHost, temporaryFolder } from './support.ts';

const SIDE = 24;

/** A made scan. @param value of one voxel @param spacing of the slices */
function volume(value: number, spacing = 1): Volume {
  const direction = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  const voxels = Float32Array.from({ length: SIDE ** 3 }, (_, n) => n % 97);
  voxels[100] = value;
  return {
    geometry: { dims: [SIDE, SIDE, SIDE], spacing: [1, 1, spacing], origin: pointLPS(0, 0, 0), direction },
    voxels,
    slope: 1,
    intercept: 0,
  };
}

/** Scans with all that can be wrong, and an encoder that saw values by z-score. */
async function trouble() {
  const folder = temporaryFolder();
  const workspace = await createWorkspace(folder, { name: 'test' });
  const add = async (v: Volume, isLabelled: boolean, sources?: string[]): Promise<string> => {
    const { id } = (await workspace.addScan({ volume: v, ...(sources === undefined ? {} : { sources }) })).scan;
    if (isLabelled)
      await workspace.createLayer(id, {
        name: 'mine',
        labels: [{ value: 1, name: 'organ' }],
        initial: new Uint8Array(SIDE ** 3).fill(1, 0, 500),
      });
    return id;
  };
  const one = 'a'.repeat(64);
  const scans = {
    good: await add(volume(1), true),
    other: await add(volume(2), true),
    thick: await add(volume(3, 5), true),
    bare: await add(volume(4), false),
    broken: await add(volume(NaN), true),
    left: await add(volume(5), true, [one]),
    right: await add(volume(6), true, [one]),
    tested: await add(volume(7), true),
  };
  const { id: encoder, path } = await workspace.newItem('runs');
  mkdirSync(join(path, 'checkpoints'));
  writeFileSync(join(path, 'checkpoints', 'step-1.safetensors'), '');
  const document = { schema: 'tessera-run/1', kind: 'pretrain', settings: tinyPretraining, seed: 0, versions: {}, extra: {} };
  writeFileSync(
    join(path, 'run.json'),
    JSON.stringify({ ...document, data: { folder: '', cases: [] }, started: '2026-01-01T00:00:00.000Z' }),
  );
  const split = (await workspace.saveSplit('leaking', { training: [scans.left], validation: [scans.right], test: [scans.tested] })).id;
  await workspace.close();
  return { folder, scans, encoder, split };
}

describeCompiled('the host refuses a run that cannot work, with its repair', () => {
  it('for memory, labels, spacing, test scans, a leak, values that are no numbers, and another preparation than the encoder’s', async () => {
    const { folder, scans, encoder, split } = await trouble();
    const client = clientOf(await openHost(folder, { engineProgram: compiled }));
    const { good, other, thick, bare, broken, left, right, tested } = scans;
    const finetuning = { kind: 'finetune', name: 'a run', scans: [good, other], encoder: null, settings: tinyFinetuning };
    const windowed = { ...tinyFinetuning.preparation, intensity: { kind: 'window', low: 0, high: 100 } };
    const cases = [
      [
        'out-of-memory',
        { settings: { ...tinyFinetuning, size: [1024, 1024, 1024], features: 16 } },
        { settings: { size: [512, 512, 512] } },
      ],
      ['bad-labels', { scans: [bare] }, { label: bare }],
      ['bad-setting', { scans: [good, thick] }, { settings: { preparation: { spacing: [1, 1, 5] } } }],
      ['test-case', { scans: [good, tested] }, { leaveOut: [tested] }],
      ['test-case', { scans: [left, right], split }, { leaveOut: [right] }],
      ['not-finite', { scans: [good, broken] }, { leaveOut: [broken] }],
      [
        'bad-setting',
        { encoder, settings: { ...tinyFinetuning, preparation: windowed } },
        { settings: { preparation: tinyPretraining.preparation } },
      ],
    ] as const;
    for (const [code, changes, repair] of cases) {
      const job = { ...finetuning, ...changes };
      const refused = await client.post('/jobs', job);
      expect([refused.ok, await refused.json()], JSON.stringify(repair)).toMatchObject([
        false,
        { error: { code, advice: expect.any(String) } },
      ]);
      const { findings } = (await (await client.post('/preflight', job)).json()) as { findings: object[] };
      expect(findings[0]).toMatchObject({ severity: 'refusal', repair });
    }
    expect(await (await client.get('/jobs')).json()).toEqual([]);
  }, 120_000);
});
