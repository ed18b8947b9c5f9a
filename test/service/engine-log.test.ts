import { describe, expect, it } from 'vitest';
import { causeOfDeath, type Death } from '../../core/service/engine/death.ts';
import { LogLines } from '../../core/service/engine/log-lines.ts';

describe('what the engine wrote', () => {
  it('is kept without paths', () => {
    const log = new LogLines();
    log.add('reading /data/Miller_John/CT.nii.gz failed\n');
    log.add('at "C:\\Scans\\Miller John\\IM 1.dcm" and file:///home/x/y.js:10:3\n');
    log.add("open '/data/Miller John/a.dcm' (ENOENT)\nratio 3/4\n");
    expect(log.lines.join('\n')).not.toMatch(/Miller|John|IM 1|home/);
    expect(log.lines).toHaveLength(4);
  });

  it('is kept within bounds', () => {
    const log = new LogLines();
    for (let n = 0; n < 1000; n++) log.add(`line ${n}\n`);
    log.add('x'.repeat(1_000_000));
    expect(log.lines).toHaveLength(301);
    expect(log.lines[0]).toBe('line 700');
    expect(log.lines.at(-1)?.length).toBe(400);
  });

  it('is put together from pieces', () => {
    const log = new LogLines();
    for (const piece of ['one\ntw', 'o\nthr', 'ee']) log.add(piece);
    expect(log.lines).toEqual(['one', 'two', 'three']);
  });
});

describe('the cause of an engine’s death', () => {
  const death: Death = { code: null, signal: null, residentBytes: 3 * 1024 ** 3, lines: [], hung: false };
  it.each([
    [{ lines: ['FATAL ERROR: … JavaScript heap out of memory'], signal: 'SIGABRT' }, 'out-of-memory', 'ran out of memory, with 3.0 GB'],
    [{ lines: ["terminate called after throwing an instance of 'std::bad_alloc'"], signal: 'SIGABRT' }, 'out-of-memory', 'memory'],
    [{ signal: 'SIGKILL', hung: true }, 'timeout', 'no longer answered'],
    [{ signal: 'SIGKILL' }, 'runtime-failed', 'killed (SIGKILL), with 3.0 GB of memory in use. The system does that when memory runs out'],
    [{ signal: 'SIGSEGV' }, 'runtime-failed', 'by signal SIGSEGV'],
    [{ code: 3, residentBytes: 0 }, 'runtime-failed', 'with exit code 3.'],
  ] as const)('%j', (how, code, words) => {
    const cause = causeOfDeath({ ...death, ...how });
    expect(cause.code).toBe(code);
    expect(cause.message).toContain(words);
    expect(cause.advice).toBeDefined();
  });
});
