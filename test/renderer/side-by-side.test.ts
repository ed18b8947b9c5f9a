import './support/runes.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Job, LayerSummary, NewJob } from '../../renderer/api/types.ts';
import type { SideBySideView } from '../../renderer/state/side-by-side.svelte.ts';

const { SideBySide } = await import('../../renderer/state/side-by-side.svelte.ts');

const [scan, a, b] = ['5'.repeat(16), 'a'.repeat(16), 'b'.repeat(16)];
const made = '2026-01-02T00:00:00Z';
const later = Date.parse(made) + 1;

function drawn(id: string, model: string, more: Partial<LayerSummary> = {}): LayerSummary {
  return { id, name: model, kind: 'proposal', dims: [1, 1, 1], storedType: 'uint8', segments: [], model, changed: later, ...more };
}

function jobOf(id: string, state: Job['state']): Job {
  const progress = { fraction: null, note: '' };
  return { id, kind: 'segment', title: '', state, uses: 'accelerator', priority: 'normal', progress, created: made };
}

let layers: LayerSummary[];
let asked: NewJob[];
let shown: SideBySideView[];
/** State in which the host answers that a job is. */
let answer: Job['state'];
/** The host does not answer. */
let gone: boolean;
let beside: InstanceType<typeof SideBySide>;

beforeEach(() => {
  [layers, asked, shown, answer, gone] = [[], [], [], 'queued', false];
  beside = new SideBySide({
    layers: () => (gone ? Promise.reject(new Error('gone')) : Promise.resolve(layers)),
    start: (job) => {
      if (answer === 'done' && job.kind === 'segment') layers = [...layers, drawn(`by ${job.model}`, job.model)];
      return Promise.resolve(jobOf(`job ${asked.push(job)}`, answer));
    },
    madeAt: () => made,
    ready: (view) => void shown.push(view),
  });
});

describe('one scan by two models', () => {
  it('is shown at once where both have drawn, by the newest that each drew since it was made', async () => {
    layers = [
      drawn('old', a, { changed: later - 2 }),
      drawn('first', a),
      drawn('newest', a, { changed: later + 5 }),
      drawn('half', b, { growing: true, changed: later + 9 }),
      drawn('corrected', b, { edited: true, changed: later + 9 }),
      drawn('taken', b, { kind: 'label', changed: later + 9 }),
      drawn('other', b),
    ];
    await beside.open(scan, [a, b]);
    expect(shown).toEqual([{ scan, layers: ['newest', 'other'] }]);
    expect([asked, beside.waiting]).toEqual([[], null]);
  });

  it('is drawn by those that have not, and shown when the last of them has', async () => {
    await beside.open(scan, [a, b]);
    expect(asked).toEqual([a, b].map((model) => ({ kind: 'segment', model, scans: [scan] })));
    expect(beside.waiting).toEqual({ scan, models: [a, b] });
    layers = [drawn('of a', a)];
    expect(await beside.ended(jobOf('job 1', 'done'))).toBe(true);
    expect(shown).toEqual([]);
    expect(await beside.ended(jobOf('somebody else’s', 'done'))).toBe(false);
    layers = [drawn('of b', b), ...layers];
    expect(await beside.ended(jobOf('job 2', 'done'))).toBe(true);
    expect(shown).toEqual([{ scan, layers: ['of a', 'of b'] }]);
    expect(beside.waiting).toBeNull();
  });

  it('asks only for what is missing, and sees jobs that were done before their answer came', async () => {
    layers = [drawn('of b', b)];
    answer = 'done';
    await beside.open(scan, [a, b]);
    expect(asked).toEqual([{ kind: 'segment', model: a, scans: [scan] }]);
    expect(shown).toEqual([{ scan, layers: [`by ${a}`, 'of b'] }]);
    // Where a job says it has drawn and there is nothing, nobody waits for ever.
    [layers, answer] = [[], 'cancelled'];
    await beside.open(scan, [a, b]);
    expect([shown.length, beside.waiting]).toEqual([1, null]);
  });

  it('is shown where the end of a job was missed, and waited for where one still goes on', async () => {
    await beside.open(scan, [a, b]);
    layers = [drawn('of a', a), drawn('of b', b)];
    await beside.catchUp([jobOf('job 1', 'done'), jobOf('job 2', 'running')]);
    expect([shown.length, beside.waiting?.scan]).toEqual([0, scan]);
    // The host has forgotten the second one.
    await beside.catchUp([jobOf('job 1', 'done')]);
    expect(shown).toEqual([{ scan, layers: ['of a', 'of b'] }]);
    expect(beside.waiting).toBeNull();
    await beside.catchUp([]);
    expect(shown).toHaveLength(1);
  });

  it('is not waited for when the host cannot be asked what was drawn, nor when one stops', async () => {
    await beside.open(scan, [a, b]);
    await beside.ended(jobOf('job 1', 'done'));
    gone = true;
    await expect(beside.ended(jobOf('job 2', 'done'))).rejects.toThrow('gone');
    expect(beside.waiting).toBeNull();
    gone = false;
    await beside.open(scan, [a, b]);
    beside.stop();
    layers = [drawn('of a', a), drawn('of b', b)];
    expect(await beside.ended(jobOf('job 3', 'done'))).toBe(false);
    expect([shown, beside.waiting]).toEqual([[], null]);
  });

  it('ends with a job that fails, which is told as ever, and with another wish', async () => {
    await beside.open(scan, [a, b]);
    expect(await beside.ended(jobOf('job 1', 'failed'))).toBe(false);
    expect(beside.waiting).toBeNull();
    await beside.open(scan, [a, b]);
    layers = [drawn('of a', a), drawn('of b', b)];
    const other = '6'.repeat(16);
    await beside.open(other, [a, b]);
    expect(shown).toEqual([{ scan: other, layers: ['of a', 'of b'] }]);
    // What was asked for before is drawn, and not shown any more.
    expect(await beside.ended(jobOf('job 3', 'done'))).toBe(false);
    expect(shown).toHaveLength(1);
  });
});
