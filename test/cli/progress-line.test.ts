import { describe, expect, it } from 'vitest';
import { duration, ProgressLine } from '../../core/cli/progress-line.ts';

function recorded(options: { isTTY: boolean; columns?: number }) {
  const written: string[] = [];
  let now = 0;
  const line = new ProgressLine({ write: (text: string) => written.push(text), ...options }, () => now);
  return { written, line, at: (ms: number) => (now = ms) };
}

describe('progress', () => {
  it('is a line every ten seconds where nobody watches', () => {
    const { written, line, at } = recorded({ isTTY: false });
    for (let step = 0; step <= 250; step++) {
      at(step * 100);
      line.update({ stage: 'pre-train', done: step, total: 1000, numbers: { loss: 0.123456 } });
    }
    expect(written).toEqual([
      'pre-train: 10 %, 100 of 1000, loss 0.1235, about 2 min left\n',
      'pre-train: 20 %, 200 of 1000, loss 0.1235, about 80 s left\n',
    ]);
  });

  it('is one line drawn over on a terminal, as wide as it at most', () => {
    const { written, line, at } = recorded({ isTTY: true, columns: 40 });
    line.update({ stage: 'segment', done: 0, total: 4 });
    at(50);
    line.update({ stage: 'segment', done: 1, total: 4 });
    at(200);
    line.update({ stage: 'segment', done: 2, total: 4 });
    line.clear();
    line.clear();
    expect(written).toHaveLength(3);
    expect(written.slice(0, 2).every((text) => text.startsWith('\r\x1b[2K[') && text.length <= 40 + 5)).toBe(true);
    expect(written[1]).toContain('[████████░░░░░░░░] segment');
    expect(written[2]).toBe('\r\x1b[2K');
  });

  it('measures the time left from where a resumed run began', () => {
    const { written, line, at } = recorded({ isTTY: false });
    line.update({ stage: 'fine-tune', done: 900, total: 1000 });
    at(10_000);
    line.update({ stage: 'fine-tune', done: 910, total: 1000 });
    expect(written).toEqual(['fine-tune: 91 %, 910 of 1000, about 2 min left\n']);
  });

  it('writes durations as people say them', () => {
    expect([0.2, 59.6, 100, 7900].map(duration)).toEqual(['1 s', '60 s', '2 min', '2 h 12 min']);
  });
});
