import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointLPS, type Volume } from '../../../core/imaging/index.ts';
import type { PreflightCard } from '../../../core/service/api/preflight.ts';
import { newTraining } from '../../../core/service/api/training.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import type { NewLayer, Workspace } from '../../../core/workspace/index.ts';
import { contextOf, newWorkspace, temporary } from './support.ts';
import { importSamples, tinyFinetuning, tinyPretraining } from './support-training.ts';

let workspace: Workspace;
let scans: string[];
beforeAll(async () => {
  workspace = await newWorkspace(temporary());
  scans = await importSamples(workspace, 3, 2);
});
afterAll(() => workspace.close());

const check = (job: object, { trial = false, within = workspace } = {}): Promise<PreflightCard> =>
  handlers.preflight({ job: newTraining.parse({ name: 'a run', scans, ...job }), trial }, contextOf(within));
const pretraining = { kind: 'pretrain', settings: tinyPretraining };
const finetuning = { kind: 'finetune', encoder: null, settings: tinyFinetuning };
const refusals = ({ findings }: PreflightCard): unknown[] =>
  findings.filter(({ severity }) => severity === 'refusal').map(({ code, scan, repair }) => ({ code, scan, repair }));

/** A made scan of floating-point values. */
function volume(spacing: number, value = 1): Volume {
  const direction = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  const voxels = Float32Array.from({ length: 24 * 24 * 24 }, (_, n) => n % 97);
  voxels[100] = value;
  return {
    geometry: { dims: [24, 24, 24], spacing: [1, 1, spacing], origin: pointLPS(0, 0, 0), direction },
    voxels,
    slope: 1,
    intercept: 0,
  };
}

describe('the check before a run', () => {
  it('finds nothing against one that works, and says what it takes', async () => {
    for (const job of [pretraining, finetuning]) {
      const card = await check(job, { trial: true });
      expect(refusals(card)).toEqual([]);
      const { prediction, disk } = card;
      expect(prediction).toMatchObject({ fits: true });
      expect(prediction?.secondsPerStep).toBeGreaterThan(0);
      expect(prediction?.hours).toBeGreaterThan(0);
      expect(disk.free).toBeGreaterThan(disk.bytes);
    }
    const card = await check(finetuning);
    expect(card.scans).toEqual({ training: 2, validation: 0 });
    expect(card.segments).toEqual(['anterior', 'posterior']);
    expect(card.findings.map(({ code, severity }) => [severity, code])).toEqual([
      ['warning', 'no-validation'],
      ['note', 'no-labels'],
    ]);
  });

  it('takes as many epochs as the time allows', async () => {
    const { prediction } = await check({ ...pretraining, minutes: 0.02 }, { trial: true });
    expect(prediction?.epochs).toBeLessThan(400);
    expect((prediction?.hours ?? 1) * 60).toBeLessThanOrEqual(0.02 + (prediction?.secondsPerEpoch ?? 0) / 60);
  });

  it('refuses test scans, with the rest as the repair', async () => {
    const other = await newWorkspace(temporary());
    const ids = await importSamples(other, 3, 3);
    const [, , tested = ''] = ids;
    await other.saveSplit('locked', { training: ids.slice(0, 2), test: [tested] });
    const repair = { title: 'Leave it out', leaveOut: [tested] };
    for (const job of [pretraining, finetuning])
      expect(refusals(await check({ ...job, scans: ids }, { within: other }))).toEqual([{ code: 'test-scan', scan: tested, repair }]);
    expect(refusals(await check({ ...finetuning, scans: ids.slice(0, 2) }, { within: other }))).toEqual([]);
    await other.close();
  });

  it('refuses values that are no numbers, and voxels of all lengths taken as they are', async () => {
    const other = await newWorkspace(temporary());
    const add = async (v: Volume): Promise<string> => (await other.addScan({ volume: v })).scan.id;
    const [thin, thick, broken] = [await add(volume(1)), await add(volume(5)), await add(volume(1, NaN))];
    for (const id of [thin, thick])
      await other.createLayer(id, {
        name: 'mine',
        labels: [{ value: 1, name: 'organ' }],
        initial: new Uint8Array(24 ** 3).fill(1, 0, 500),
      });
    expect(refusals(await check({ ...pretraining, scans: [thin, thick, broken] }, { within: other }))).toEqual([
      { code: 'not-finite', scan: broken, repair: { title: 'Leave it out', leaveOut: [broken] } },
    ]);
    const uneven = await check({ ...finetuning, scans: [thin, thick] }, { within: other });
    expect(refusals(uneven)).toMatchObject([{ code: 'spacing', repair: { settings: { preparation: { spacing: [1, 1, 5] } } } }]);
    const spacing = { ...tinyFinetuning, preparation: { ...tinyFinetuning.preparation, spacing: [1, 1, 5] } };
    expect(refusals(await check({ ...finetuning, settings: spacing, scans: [thin, thick] }, { within: other }))).toEqual([]);
    await other.close();
  });

  it('refuses to learn from nothing', async () => {
    expect(refusals(await check({ ...pretraining, scans: scans.slice(0, 1) }))).toMatchObject([{ code: 'too-few-scans' }]);
    const unlabelled = scans.slice(2);
    expect(refusals(await check({ ...finetuning, scans: unlabelled }))).toMatchObject([
      { code: 'no-labels', repair: { label: unlabelled[0] } },
    ]);
    for (const labels of [{ segments: ['liver'] }, { states: ['done'] }])
      expect(refusals(await check({ ...finetuning, labels }))).toMatchObject([{ code: 'no-labels', repair: { allLabels: true } }]);
    expect(refusals(await check({ ...finetuning, fold: { of: 3, index: 0 } }))).toMatchObject([{ code: 'too-few-scans' }]);
    expect(refusals(await check({ ...finetuning, fold: { of: 2, index: 1 } }))).toEqual([]);
    const [a = '', b = ''] = scans;
    const split = await workspace.saveSplit('all validate', { validation: [a, b] });
    expect(refusals(await check({ ...finetuning, split: split.id }))).toMatchObject([{ code: 'too-few-scans' }]);
  });

  it('leaves out labels that are damaged, and names no folder where it cannot', async () => {
    const other = await newWorkspace(temporary());
    const all = await importSamples(other, 3, 3);
    const [scan = ''] = all;
    const { found } = await other.layers(scan);
    const folder = join(other.folder, 'labels', scan, found[0]?.id ?? '');
    writeFileSync(join(folder, 'snapshot-000000000000.nii.gz'), 'no label map');
    const { findings } = await check({ ...finetuning, scans: all }, { within: other });
    expect(findings).toMatchObject([{ code: 'setting', message: expect.stringContaining('has no snapshot that can be read') }]);
    expect(findings[0]?.message).not.toContain(other.folder);
    const { dims } = found[0] ?? { dims: [0, 0, 0] };
    const second: NewLayer = { name: 'second', kind: 'label', labels: [], initial: new Uint8Array(dims[0] * dims[1] * dims[2]) };
    await other.createLayer(scan, second);
    const later = await check({ ...finetuning, scans: all }, { within: other });
    expect(later.findings).toContainEqual({
      code: 'no-labels',
      severity: 'note',
      message: expect.stringContaining('cannot be read'),
      scan,
    });
    await other.close();
  });

  it('warns of a segment that a scan lacks and others have, until it is left out or said to be absent', async () => {
    const other = await newWorkspace(temporary());
    const ids: string[] = [];
    const add = async (n: number, labels: NewLayer['labels'] = [], values: readonly number[] = []): Promise<string> => {
      const { scan } = await other.addScan({ volume: volume(1, n) });
      const initial = Uint8Array.from({ length: 24 ** 3 }, (_, at) => values[at % 10] ?? 0);
      await other.createLayer(scan.id, { name: 'mine', labels, initial });
      ids.push(scan.id);
      return scan.id;
    };
    const [liver, spleen] = [
      { value: 1, name: 'liver' },
      { value: 2, name: 'Spleen' },
    ];
    await add(1, [liver, spleen], [1, 2]);
    const lacking = await add(2, [liver], [1]);
    const undrawn = await add(3, [liver, { ...spleen, state: 'working' }], [1]);
    // Somebody looked, and says by this that there is none.
    await add(4, [liver, { ...spleen, state: 'done' }], [1]);
    const missing = async (job: object): Promise<PreflightCard['findings']> =>
      (await check({ ...finetuning, scans: ids, ...job }, { within: other })).findings.filter(({ code }) => code === 'missing-segment');
    const findings = await missing({});
    expect(findings.map(({ scan }) => scan).sort()).toEqual([lacking, undrawn].sort());
    for (const { severity, message, scan, repair, otherRepair } of findings) {
      expect(severity).toBe('warning');
      expect(message).toContain('Spleen');
      expect(repair).toEqual({ title: 'Leave it out', leaveOut: [scan] });
      expect(otherRepair).toMatchObject({ absent: [{ scan, segments: ['Spleen'] }] });
    }
    const absent = [{ scan: lacking, segments: ['spleen'] }];
    expect((await missing({ labels: { absent } })).map(({ scan }) => scan)).toEqual([undrawn]);
    expect(await missing({ labels: { absent }, scans: ids.filter((id) => id !== undrawn) })).toEqual([]);
    expect(await missing({ labels: { segments: ['liver'] } })).toEqual([]);
    for (let n = 5; n < 9; n++) await add(n, [liver], [1]);
    expect(await missing({})).toMatchObject([{ otherRepair: { absent: { length: 6 } } }]);
    await other.close();
  });

  it('refuses scans of one patient on both sides of a split', async () => {
    const other = await newWorkspace(temporary());
    const sources = ['a'.repeat(64)];
    const ids: string[] = [];
    for (const n of [1, 2]) {
      const { scan } = await other.addScan({ volume: volume(1, n), sources });
      await other.createLayer(scan.id, {
        name: 'mine',
        labels: [{ value: 1, name: 'organ' }],
        initial: new Uint8Array(24 ** 3).fill(1, 0, 500),
      });
      ids.push(scan.id);
    }
    const [first = '', second = ''] = ids;
    const split = await other.saveSplit('leaking', { training: [first], validation: [second] });
    expect(refusals(await check({ ...finetuning, scans: ids, split: split.id }, { within: other }))).toEqual([
      { code: 'leak', scan: second, repair: { title: 'Leave it out', leaveOut: [second] } },
    ]);
    await other.close();
  });

  it('refuses values on another scale than the encoder learned from, and warns of another window or spacing', async () => {
    const other = await newWorkspace(temporary());
    const ids = await importSamples(other, 2, 2);
    const { id: encoder, path } = await other.newItem('runs');
    const learned = { ...tinyPretraining.preparation, spacing: null };
    const document = {
      schema: 'tessera-run/1',
      kind: 'pretrain',
      settings: { ...tinyPretraining, preparation: learned },
      seed: 0,
      data: { folder: '', cases: [] },
      versions: {},
      started: new Date(0).toISOString(),
    };
    writeFileSync(join(path, 'run.json'), JSON.stringify(document));
    mkdirSync(join(path, 'checkpoints'));
    writeFileSync(join(path, 'checkpoints', 'step-1.safetensors'), '');
    const within = { within: other };
    const job = { ...finetuning, scans: ids, encoder };
    const prepared = (preparation: object): object => ({ ...job, settings: { ...tinyFinetuning, preparation } });
    expect((await check(prepared({ foreground: true }), within)).findings.filter(({ code }) => code === 'preparation')).toEqual([
      expect.objectContaining({ severity: 'warning', repair: expect.objectContaining({ settings: { preparation: learned } }) }),
    ]);
    const repaired = prepared(learned);
    expect((await check(repaired, within)).findings.filter(({ code }) => code === 'preparation')).toEqual([]);
    const windowed = { ...learned, intensity: { kind: 'window', low: 0, high: 100 } };
    expect(refusals(await check(prepared(windowed), within))).toMatchObject([
      { code: 'preparation', repair: { settings: { preparation: learned } } },
    ]);
    const resampled = await check(prepared({ ...learned, spacing: [2, 2, 2] }), within);
    expect(resampled.findings.find(({ code }) => code === 'preparation')?.message).toContain('of 2 × 2 × 2 mm instead of as they are');
    await other.close();
  });

  it('refuses what needs more memory than there is, and settings that cannot be', async () => {
    const huge = { ...tinyPretraining, encoder: { ...tinyPretraining.encoder, width: 1536, depth: 48 }, locals: 8, batch: 512 };
    // A small disk may be a second reason.
    expect(refusals(await check({ ...pretraining, settings: huge }))[0]).toMatchObject({
      code: 'memory',
      repair: { settings: { batch: 1 } },
    });
    const many = { ...tinyFinetuning, size: [128, 128, 128], features: 16, batch: 64, crops: 16 };
    expect(refusals(await check({ ...finetuning, settings: many }))[0]).toMatchObject({
      code: 'memory',
      repair: { settings: { batch: 1 } },
    });
    const large = { ...tinyFinetuning, size: [1024, 1024, 1024], features: 16 };
    expect(refusals(await check({ ...finetuning, settings: large }))[0]).toMatchObject({
      code: 'memory',
      repair: { settings: { size: [512, 512, 512] } },
    });
    expect(refusals(await check({ ...pretraining, settings: { maskratio: 2 } }))).toMatchObject([{ code: 'setting' }]);
    const { findings } = await check({ ...pretraining, settings: { ...tinyPretraining, maskRatio: 2 } });
    expect(findings[0]).toMatchObject({ code: 'setting', message: expect.stringContaining('maskRatio') });
    expect(refusals(await check({ ...finetuning, scans: ['f'.repeat(24)] }))).toMatchObject([{ code: 'setting' }]);
  });

  it('shows the views that would be cut, with their masks', async () => {
    const [scan = ''] = scans;
    const job = { kind: 'pretrain', name: 'a run', scans, settings: { ...tinyPretraining, globals: 1 } } as const;
    const { views } = await handlers['preflight-views']({ job, scan, seed: 1 }, contextOf(workspace));
    expect(views.map(({ kind, size }) => [kind, size])).toEqual([
      ['global', [16, 24, 16]],
      ['local', [8, 16, 16]],
      ['local', [8, 16, 16]],
    ]);
    for (const { masked, whole, maskedFraction } of views) {
      expect(Buffer.from(masked, 'base64').subarray(1, 4).toString()).toBe('PNG');
      expect(masked).not.toBe(whole);
      expect(maskedFraction).toBeGreaterThan(0.5);
    }
  });
});

describe('settings of training', () => {
  it('come with how they are changed, their ranges, defaults and recipes', async () => {
    const { settings, recipes } = await handlers['training-settings']({ kind: 'pretrain' }, contextOf(workspace));
    const of = (path: string) => settings.find((setting) => setting.path === path);
    expect(of('maskRatio')?.control).toMatchObject({ kind: 'number', whole: false });
    expect(of('epochs')).toMatchObject({ control: { kind: 'number', whole: true, minimum: 1 }, default: '400' });
    expect(of('method')?.control).toEqual({ kind: 'choice', choices: ['gl-mae', 'mae', 'simmim'] });
    expect(of('globalSize')?.control).toEqual({ kind: 'text' });
    expect(recipes.find(({ name }) => name === 'laptop')?.settings).toMatchObject({ 'encoder.width': '192', globalSize: '160,160,160' });
  });
});
