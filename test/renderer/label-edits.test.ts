import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../renderer/api/errors.ts';
import type { Segment } from '../../renderer/api/types.ts';
import { LabelEdits } from '../../renderer/state/label-edits.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import { FakeLabelHost } from './support/fake-label-host.ts';

const VOXELS = 60;
const atOnce = (): Promise<void> => Promise.resolve();

function segment(value: number, name: string): Segment {
  return { value, name, colour: '#ff0000', state: 'todo', locked: false };
}

/** A window that has the layer open. */
function windowOn(host: FakeLabelHost, client = 'one', labels = host.labels.slice()) {
  const told = { refused: [] as string[], merged: 0 };
  const edits = new LabelEdits(
    host,
    labels,
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
  const paint = (start: number, length: number, value: number): void =>
    edits.make(`paint ${value}`, paintedDelta(edits.labels, [[start, length]], value));
  return { edits, told, paint };
}

async function settled(...all: readonly LabelEdits[]): Promise<void> {
  await vi.waitFor(() => expect(all.map(({ unsent }) => unsent)).toEqual(all.map(() => 0)), { interval: 1 });
}

describe('changes of labels on their way to the host', () => {
  it('are in memory at once and arrive in order', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const { edits, paint } = windowOn(host);
    paint(3, 5, 1);
    paint(5, 2, 2);
    expect([...edits.labels.subarray(2, 9)]).toEqual([0, 1, 1, 2, 2, 1, 0]);
    expect(edits.unsent).toBe(2);
    await settled(edits);
    expect(host.labels).toEqual(edits.labels);
    expect(edits.state).toMatchObject({ sequence: 2, undo: 2, undoTitle: 'paint 2' });
  });

  it('wait while no host answers, and are made once when only the answer was lost', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const { edits, paint, told } = windowOn(host);
    host.trouble = ['unheard', 'unanswered', 'unheard'];
    paint(0, 10, 1);
    paint(5, 10, 2);
    await settled(edits);
    expect(host.labels).toEqual(edits.labels);
    expect(edits.state).toMatchObject({ sequence: 2, undo: 2 });
    expect(edits.waiting).toBeNull();
    expect(told.refused).toEqual([]);
  });

  it('are undone and redone, once even if the answer was lost', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const { edits, paint } = windowOn(host);
    paint(0, 10, 1);
    paint(5, 10, 2);
    edits.undo();
    host.trouble = ['unheard', 'unheard', 'unheard'];
    await settled(edits);
    expect([...edits.labels.subarray(0, 12)]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    host.trouble = ['unanswered', 'unanswered'];
    edits.redo();
    await settled(edits);
    expect(edits.labels[12]).toBe(2);
    expect(host.labels).toEqual(edits.labels);
  });

  it('are taken back when the host refuses them, and what was painted over them with them', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const { edits, paint, told } = windowOn(host);
    host.refusal = new ApiError(409, { code: 'read-only', message: 'The workspace is open for reading only.' });
    paint(0, 10, 1);
    paint(5, 10, 2);
    paint(30, 3, 3);
    await settled(edits);
    expect(told.refused).toEqual(['paint 1', 'paint 2']);
    expect(edits.labels.indexOf(3)).toBe(30);
    expect(edits.labels.subarray(0, 30).every((value) => value === 0)).toBe(true);
    expect(host.labels).toEqual(edits.labels);
  });

  it('of another window come first; what touches the same voxels is refused, never overwritten', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS), [segment(1, 'liver')]);
    const [one, two] = [windowOn(host, 'one'), windowOn(host, 'two')];
    one.paint(0, 10, 1);
    one.edits.make('rename', paintedDelta(one.edits.labels, [], 1), (all) => all.map((s) => ({ ...s, name: 'Liver' })));
    await settled(one.edits);
    two.paint(5, 10, 2);
    two.paint(40, 5, 2);
    two.edits.make('add', paintedDelta(two.edits.labels, [], 1), (all) => [...all, segment(2, 'spleen')]);
    await settled(two.edits);
    expect(two.told).toEqual({ refused: ['paint 2'], merged: 1 });
    expect([two.edits.labels[5], two.edits.labels[12], two.edits.labels[42]]).toEqual([1, 0, 2]);
    expect(host.labels).toEqual(two.edits.labels);
    expect(host.segments.map(({ name }) => name)).toEqual(['Liver', 'spleen']);
    one.edits.elsewhere(host.now.sequence);
    await vi.waitFor(() => expect(one.edits.labels).toEqual(host.labels));
    expect(one.edits.segments).toEqual(host.segments);
  });

  it('of long ago are caught up with by reading the label map anew', async () => {
    const host = new FakeLabelHost(new Uint8Array(VOXELS));
    const [one, two] = [windowOn(host, 'one'), windowOn(host, 'two')];
    for (let n = 0; n < 5; n++) one.paint(n, 1, 1);
    await settled(one.edits);
    host.remembered = 2;
    two.paint(20, 2, 2);
    await settled(two.edits);
    expect(two.edits.labels).toEqual(host.labels);
    expect([host.labels[4], host.labels[21]]).toEqual([1, 2]);
  });

  it('of another window that need 16 bits are told of, not squeezed into a label map of 8', async () => {
    const host = new FakeLabelHost(new Uint16Array(VOXELS));
    const [one, two] = [windowOn(host, 'one'), windowOn(host, 'two', new Uint8Array(VOXELS))];
    one.edits.make('lesion', paintedDelta(one.edits.labels, [[0, 9]], 300), (all) => [...all, segment(300, 'lesion')]);
    await settled(one.edits);
    expect([one.edits.outgrown, two.edits.outgrown]).toEqual([false, false]);
    two.edits.elsewhere(host.now.sequence);
    two.paint(20, 5, 2);
    await settled(two.edits);
    expect(two.edits.outgrown).toBe(true);
    expect(two.told.refused).toEqual([]);
    expect([host.labels[5], host.labels[22]]).toEqual([300, 2]);
  });

  it('of two windows, with lost answers, leave both with what the host has', async () => {
    const action = fc.oneof(
      fc.record({ who: fc.nat(1), paint: fc.tuple(fc.nat(VOXELS - 10), fc.integer({ min: 1, max: 9 }), fc.nat(4)) }),
      fc.record({ who: fc.nat(1), step: fc.constantFrom('undo' as const, 'redo' as const) }),
      fc.record({ trouble: fc.constantFrom('unheard' as const, 'unanswered' as const) }),
      fc.record({ pause: fc.nat(6) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const host = new FakeLabelHost(new Uint8Array(VOXELS));
        const windows = [windowOn(host, 'one'), windowOn(host, 'two')] as const;
        for (const act of actions) {
          if ('trouble' in act) host.trouble.push(act.trouble);
          else if ('pause' in act) for (let turns = 0; turns < act.pause; turns++) await Promise.resolve();
          else if ('step' in act) (windows[act.who] ?? windows[0]).edits[act.step]();
          else (windows[act.who] ?? windows[0]).paint(...act.paint);
        }
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
