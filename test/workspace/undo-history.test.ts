import { describe, expect, it } from 'vitest';
import { done, emptyHistory, historyBytes, MOST_HISTORY_BYTES, MOST_STEPS, undone, undoStep } from '../../core/workspace/undo-history.ts';

const step = (moved: number, bytes: number): ReturnType<typeof undoStep> =>
  undoStep({ title: '', delta: new Uint8Array(bytes), segments: undefined, moved });

describe('the history of undo', () => {
  it('keeps the newest 200 steps, and no more than 100 MB', () => {
    expect(MOST_STEPS).toBe(200);
    expect(MOST_HISTORY_BYTES).toBeLessThanOrEqual(100e6);
    let history = emptyHistory;
    for (let n = 1; n <= 300; n++) history = done(history, step(n, 1000));
    expect(history.undo.map(({ moved }) => moved)).toEqual(Array.from({ length: 200 }, (_, n) => 101 + n));
    const large = MOST_HISTORY_BYTES / 4 + 1;
    for (let n = 301; n <= 310; n++) history = done(history, step(n, large));
    expect(history.undo.map(({ moved }) => moved)).toEqual([308, 309, 310]);
    for (let n = 310; n > 307; n--) {
      history = undone(history, step(n, large));
      expect(historyBytes(history)).toBeLessThanOrEqual(MOST_HISTORY_BYTES);
    }
  });

  it('keeps the newest step however large it is', () => {
    const history = done(done(emptyHistory, step(1, 10)), step(2, MOST_HISTORY_BYTES + 1));
    expect(history.undo.map(({ moved }) => moved)).toEqual([2]);
  });

  it('counts what a table of segments takes', () => {
    const after = Array.from({ length: 1000 }, (_, n) => ({ value: n + 1, name: `lesion ${n}` }));
    const { bytes } = undoStep({ title: '', delta: new Uint8Array(), segments: { at: 0, before: [], after }, moved: 1 });
    expect(bytes).toBeGreaterThan(JSON.stringify(after).length);
  });
});
