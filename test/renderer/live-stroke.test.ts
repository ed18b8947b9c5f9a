import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../renderer/api/errors.ts';
import { LabelEdits } from '../../renderer/state/label-edits.ts';
import { LiveStroke } from '../../renderer/state/live-stroke.ts';
import { paintedDelta, Stroke, type Grid } from '../../core/labelling/index.ts';
import { FakeLabelHost } from './support/fake-label-host.ts';

const grid: Grid = { dims: [40, 6, 2], spacing: [1, 1, 1] };
const VOXELS = 40 * 6 * 2;
const atOnce = (): Promise<void> => Promise.resolve();
/** Long enough for whatever is on its way in memory. */
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

function windowOn(host: FakeLabelHost, client = 'one') {
  const told = { refused: [] as string[], merged: 0 };
  const edits = new LabelEdits(
    host,
    host.labels.slice(),
    host.now,
    client,
    {
      applied: () => undefined,
      changed: () => undefined,
      refused: (title) => told.refused.push(title),
      merged: () => told.merged++,
    },
    atOnce,
  );
  const begin = (value: number, row = 0): { to: (i: number) => void; live: LiveStroke } => {
    const rules = { value, over: 'everything', locked: new Set<number>() } as const;
    const live = new LiveStroke(edits, new Stroke(edits.labels, grid, rules, { shape: 'circle', axis: 2, radius: 0.4 }), `stroke ${value}`);
    return { to: (i) => void live.to([i, row, 0], 1), live };
  };
  return { edits, told, begin };
}

async function settled(...all: readonly LabelEdits[]): Promise<void> {
  await vi.waitFor(() => expect(all.map(({ unsent }) => unsent)).toEqual(all.map(() => 0)), { interval: 1 });
}

afterEach(() => void vi.useRealTimers());

describe('a stroke while it is drawn', () => {
  it('is with the host half a second after it was painted, also when the pointer rests', async () => {
    vi.useFakeTimers();
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const { begin } = windowOn(host);
    const { to } = begin(1);
    to(0);
    to(9);
    expect(host.labels.indexOf(1)).toBe(-1);
    await vi.advanceTimersByTimeAsync(500);
    expect(host.labels.lastIndexOf(1)).toBe(9);
    to(15);
    await vi.advanceTimersByTimeAsync(499);
    expect(host.labels.lastIndexOf(1)).toBe(9);
    await vi.advanceTimersByTimeAsync(1);
    expect(host.labels.lastIndexOf(1)).toBe(15);
  });

  it('is one step at the host, in however many pieces it came', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const { edits, begin } = windowOn(host);
    const { to, live } = begin(1);
    for (let i = 0; i < 30; i += 3) {
      to(i);
      live.handOver();
      if (i % 2 === 0) await turns(5);
    }
    expect(live.end()).toBeUndefined();
    await settled(edits);
    expect(host.labels).toEqual(edits.labels);
    expect(host.now).toMatchObject({ sequence: 10, undo: 1, undoTitle: 'stroke 1' });
    edits.undo();
    await settled(edits);
    expect(edits.labels).toEqual(new Uint8Array(VOXELS));
    expect(host.labels).toEqual(edits.labels);
  });

  it('that is given up leaves the labels as before it, and no step, also when some of it was acknowledged', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const { edits, begin } = windowOn(host);
    const first = begin(2);
    first.to(4);
    first.live.end();
    const before = edits.labels.slice();
    const { to, live } = begin(1);
    to(0);
    live.handOver();
    await settled(edits);
    expect(host.labels[0]).toBe(1);
    to(12);
    live.handOver();
    to(20);
    live.cancel();
    to(30);
    expect(edits.labels).toEqual(before);
    await settled(edits);
    expect(host.labels).toEqual(before);
    expect(host.now).toMatchObject({ undo: 1, redo: 0, undoTitle: 'stroke 2' });
  });

  it('goes on while changes of another window come in, which it does not wait for', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const [one, two] = [windowOn(host, 'one'), windowOn(host, 'two')];
    const { to, live } = two.begin(1);
    to(0);
    live.handOver();
    await settled(two.edits);
    one.edits.elsewhere(host.now.sequence);
    await vi.waitFor(() => expect(one.edits.state.sequence).toBe(1));
    one.edits.make('far away', paintedDelta(one.edits.labels, [[200, 9]], 7));
    await settled(one.edits);
    to(6);
    two.edits.elsewhere(host.now.sequence);
    await vi.waitFor(() => expect(two.edits.labels[205]).toBe(7));
    to(9);
    live.end();
    await settled(two.edits);
    expect([...two.edits.labels.subarray(0, 12)]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(host.labels).toEqual(two.edits.labels);
    expect(two.told.refused).toEqual([]);
  });

  it('is over when the host refuses a piece: that is told once, and what came after it goes, too', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const { edits, begin, told } = windowOn(host);
    const { to, live } = begin(1);
    to(3);
    live.handOver();
    await settled(edits);
    host.refusal = new ApiError(409, { code: 'read-only', message: 'The workspace is open for reading only.' });
    to(6);
    live.handOver();
    to(9);
    live.handOver();
    to(12);
    await settled(edits);
    to(15);
    live.end();
    await settled(edits);
    expect(told.refused).toEqual(['stroke 1']);
    expect([...edits.labels.subarray(0, 16)]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(host.labels).toEqual(edits.labels);
    expect(host.now).toMatchObject({ undo: 1, undoTitle: 'stroke 1' });
  });

  it('in two windows, given up or not, with lost answers and undo in between, leaves both with what the host has', async () => {
    const action = fc.oneof(
      { weight: 3, arbitrary: fc.record({ who: fc.nat(1), begin: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(5)) }) },
      { weight: 9, arbitrary: fc.record({ who: fc.nat(1), to: fc.nat(39) }) },
      { weight: 5, arbitrary: fc.record({ who: fc.nat(1), handOver: fc.constant(true) }) },
      { weight: 2, arbitrary: fc.record({ who: fc.nat(1), end: fc.constantFrom('end' as const, 'cancel' as const) }) },
      { weight: 1, arbitrary: fc.record({ who: fc.nat(1), step: fc.constantFrom('undo' as const, 'redo' as const) }) },
      { weight: 1, arbitrary: fc.record({ who: fc.nat(1), fill: fc.nat(VOXELS - 9) }) },
      { weight: 1, arbitrary: fc.record({ trouble: fc.constantFrom('unheard' as const, 'unanswered' as const) }) },
      { weight: 3, arbitrary: fc.record({ pause: fc.nat(9) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        const host = new FakeLabelHost(new Uint8Array(VOXELS));
        const windows = [windowOn(host, 'one'), windowOn(host, 'two')] as const;
        const drawing: (ReturnType<(typeof windows)[0]['begin']> | undefined)[] = [undefined, undefined];
        for (const act of actions) {
          if ('trouble' in act) host.trouble.push(act.trouble);
          else if ('pause' in act) await turns(act.pause);
          else {
            const { edits, begin } = windows[act.who] ?? windows[0];
            const stroke = drawing[act.who];
            if ('begin' in act) {
              stroke?.live.end();
              drawing[act.who] = begin(...act.begin);
            } else if ('to' in act) stroke?.to(act.to);
            else if ('handOver' in act) stroke?.live.handOver();
            else if ('end' in act) {
              stroke?.live[act.end]();
              drawing[act.who] = undefined;
            } else if ('step' in act) edits[act.step]();
            else edits.make('fill', paintedDelta(edits.labels, [[act.fill, 9]], 4));
          }
        }
        for (const stroke of drawing) stroke?.live.end();
        await settled(...windows.map(({ edits }) => edits));
        for (const { edits } of windows) edits.elsewhere(host.now.sequence);
        await vi.waitFor(() => expect(windows.map(({ edits }) => edits.state.sequence)).toEqual([host.now.sequence, host.now.sequence]), {
          interval: 1,
        });
        for (const { edits } of windows) expect(edits.labels).toEqual(host.labels);
      }),
      { numRuns: 60 },
    );
  });
});
