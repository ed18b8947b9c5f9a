import './support/runes.ts';
import { describe, expect, it } from 'vitest';
import type { MetricsLine, RunDetails, TrainingHost, TrainingSetting } from '../../renderer/api/training.ts';
import type { Job } from '../../renderer/api/types.ts';
import { csvOfRows } from '../../renderer/state/csv.ts';
import { curvesOf, distinctNames, flatSettings, settingRows } from '../../renderer/state/run-differences.ts';

const { RunComparison } = await import('../../renderer/state/run-comparison.svelte.ts');

const setting = (path: string, unit?: string): TrainingSetting => ({
  path,
  control: { kind: 'text' },
  range: '',
  default: '',
  description: `What ${path} is`,
  ...(unit === undefined ? {} : { unit }),
});
const schema = ['epochs', 'decoder.width', 'spacing'].map((path) => setting(path, path === 'spacing' ? 'mm' : undefined));

describe('settings of runs side by side', () => {
  const runs = [
    { settings: { spacing: [1, 1, 2], decoder: { width: 96, depth: 4 }, epochs: 30, gone: null } },
    { settings: { epochs: 60, decoder: { width: 96, depth: 8 }, spacing: [1, 1, 2] } },
  ];

  it('have their names, units and meaning from the schema, in its order, and say what differs', () => {
    const rows = settingRows(runs, schema);
    expect(rows.map(({ path, values, differs }) => [path, values, differs])).toEqual([
      ['epochs', ['30', '60'], true],
      ['decoder.width', ['96', '96'], false],
      ['spacing', ['1,1,2', '1,1,2'], false],
      ['decoder.depth', ['4', '8'], true],
      ['gone', ['null', undefined], true],
    ]);
    expect(rows[2]).toMatchObject({ unit: 'mm', description: 'What spacing is' });
    expect(rows[3]).toMatchObject({ unit: undefined, description: '' });
    expect([...flatSettings({ a: { b: { c: true } }, d: 'x' })]).toEqual([
      ['a.b.c', 'true'],
      ['d', 'x'],
    ]);
  });
});

describe('curves of runs', () => {
  it('are one a run under a name of its own, without runs that did not measure', () => {
    const names = distinctNames([
      { id: 'aaaa1', name: 'Liver' },
      { id: 'bbbb2', name: 'Liver' },
      { id: 'cccc3', name: 'Spleen' },
    ]);
    expect(names).toEqual(['Liver (aaaa)', 'Liver (bbbb)', 'Spleen']);
    const lines: MetricsLine[] = [
      { step: 1, loss: 2 },
      { step: 2, validationDice: 0.5 },
      { step: 2, loss: 1 },
    ];
    const found = curvesOf(
      [
        { name: 'one', lines },
        { name: 'two', lines: lines.slice(0, 1) },
      ],
      'validationDice',
      false,
    );
    expect(found).toEqual([{ name: 'one', points: [[2, 0.5]] }]);
  });
});

/** A host of runs in memory, of which one cannot be read. */
function hostOf(): TrainingHost {
  const details = (id: string): RunDetails => ({
    id,
    name: id,
    kind: id === 'pre' ? 'pretrain' : 'finetune',
    state: 'done',
    created: '',
    scans: 1,
    step: 1,
    steps: 1,
    stepsPerEpoch: 1,
    settings: {},
    versions: {},
    uses: {},
    checkpoints: [],
  });
  const host: Partial<TrainingHost> = {
    run: (id) => (id === 'broken' ? Promise.reject(new Error('gone')) : Promise.resolve(details(id))),
    metrics: () => Promise.resolve({ lines: [], last: 0 }),
    settings: (kind) => Promise.resolve({ settings: [setting(kind), setting('epochs')], recipes: [] }),
  };
  return host as TrainingHost;
}

describe('the runs that are compared', () => {
  it('are taken in and out, with what is known of settings of their kind; one that cannot be read is not', async () => {
    const runs = new RunComparison(hostOf());
    await runs.choose('pre', true);
    await runs.choose('fine', true);
    await runs.choose('fine', true);
    expect(runs.views.map(({ id, details }) => [id, details?.name])).toEqual([
      ['pre', 'pre'],
      ['fine', 'fine'],
    ]);
    expect(runs.schema.map(({ path }) => path).sort()).toEqual(['epochs', 'finetune', 'pretrain', 'segresnet']);
    await expect(runs.choose('broken', true)).rejects.toThrow('gone');
    await runs.choose('pre', false);
    expect([runs.has('pre'), runs.has('fine'), runs.has('broken')]).toEqual([false, true, false]);
  });
});

describe('a live run among them', () => {
  const step = { step: 7, loss: 1 };
  const last = { step: 7, validationDice: 0.8 };
  const ended: Job = {
    id: 'job',
    kind: 'finetune',
    title: '',
    state: 'done',
    uses: 'accelerator',
    priority: 'background',
    progress: { fraction: 1, note: '' },
    created: '',
    result: { run: 'fine' },
  };

  /** Its validation after the last step bears that step's number. */
  async function liveRun() {
    const asked: number[] = [];
    const world: { lines: MetricsLine[]; state: RunDetails['state']; gone: boolean } = { lines: [step], state: 'running', gone: false };
    const plain = hostOf();
    const host: Partial<TrainingHost> = {
      run: async (id) => ({ ...(await plain.run(id)), state: world.state }),
      metrics: (_id, after) => {
        asked.push(after);
        if (world.gone) return Promise.reject(new Error('gone'));
        return Promise.resolve({ lines: world.lines.filter((line) => Number(line.step ?? 0) > after), last: 7 });
      },
      settings: (kind) => plain.settings(kind),
    };
    const runs = new RunComparison(host as TrainingHost);
    await runs.choose('fine', true);
    return { runs, asked, world, lines: () => runs.views[0]?.lines };
  }

  it('shows its last validation when its job ends', async () => {
    const { runs, asked, world, lines } = await liveRun();
    [world.lines, world.state] = [[step, last], 'done'];
    runs.jobChanged({ ...ended, result: { run: 'other' } });
    expect(asked).toEqual([0]);
    runs.jobChanged(ended);
    await expect.poll(lines).toEqual([step, last]);
    expect(runs.views[0]?.details?.state).toBe('done');
    // Told once more, there is nothing to read.
    runs.jobChanged(ended);
    expect(asked).toEqual([0, 0]);
  });

  it('shows it after the host was gone at that moment', async () => {
    const { runs, world, lines } = await liveRun();
    [world.lines, world.state, world.gone] = [[step, last], 'done', true];
    await runs.catchUp();
    expect(lines()).toEqual([step]);
    world.gone = false;
    // Not `catchUp`: the next telling is enough, since the whole is still to be read.
    runs.progressed('fine', 7);
    await expect.poll(lines, { timeout: 10_000 }).toEqual([step, last]);
    runs.views[0]?.close();
  });
});

it('rows for a spreadsheet hold words with commas, and nothing that it would run', () => {
  expect(csvOfRows([['a, b', 'say "x"', '=1+1', -0.5, null]])).toBe('"a, b","say ""x""",\'=1+1,-0.5,\n');
});
