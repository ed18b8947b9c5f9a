import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppendFile } from '../../core/workspace/append-file.ts';
import { CommitQueue } from '../../core/workspace/commit-queue.ts';
import { disk } from './support/faulty-disk.ts';
import { temporaryInMemory } from './support/small.ts';

vi.mock('node:fs/promises', async (original) => (await import('./support/faulty-disk.ts')).faulty(await original()));

const folder = temporaryInMemory();
const path = join(folder, 'journal');
const left = join(folder, 'left');
beforeEach(() => disk.reset());

describe('a file that grows', () => {
  it('holds after any failures exactly what was acknowledged, on the disk too', async () => {
    const piece = fc.string({ minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.uniqueArray(fc.nat(40)), async (texts, failing) => {
        disk.reset();
        writeFileSync(path, 'header\ntorn');
        const file = new AppendFile(path, 7);
        let expected = 'header\n';
        await file.cut();
        disk.reset((n) => (failing.includes(n) ? 'EIO' : undefined));
        for (const text of texts) {
          const told = await file.append(Buffer.from(text)).then(
            () => true,
            () => false,
          );
          if (told) {
            expected += text;
            expect(readFileSync(path, 'utf8')).toBe(expected);
            expect([...disk.contents.values()].at(-1)?.toString()).toBe(expected);
          }
          // What failed may lie there until the next success, but never in place of what was acknowledged.
          expect(readFileSync(path, 'utf8').startsWith(expected)).toBe(true);
        }
        expect(file.length).toBe(Buffer.byteLength(expected));
        disk.reset();
        await file.append(Buffer.from('end'));
        expect(readFileSync(path, 'utf8')).toBe(expected + 'end');
        await file.close();
      }),
      { numRuns: 200 },
    );
  });

  it('that became shorter behind our back is not written to', async () => {
    writeFileSync(path, 'header\n');
    const file = new AppendFile(path, 7);
    await file.append(Buffer.from('one'));
    await file.close();
    truncateSync(path, 8);
    await expect(file.append(Buffer.from('two'))).rejects.toMatchObject({ code: 'bad-file', subject: path });
    expect(readFileSync(path, 'utf8')).toBe('header\no');
  });

  it('that is gone is not made anew', async () => {
    const file = new AppendFile(left, 0);
    await expect(file.append(Buffer.from('one'))).rejects.toMatchObject({ code: 'write-failed' });
    expect(() => rmSync(left)).toThrow();
  });
});

describe('a queue of commits', () => {
  /** A queue whose writes wait until they are let go or refused. */
  function held(): { queue: CommitQueue; written: string[]; next: (error?: Error) => Promise<void> } {
    const written: string[] = [];
    let settle: ((error?: Error) => void) | undefined;
    const queue = new CommitQueue(
      (bytes) =>
        new Promise((resolve, reject) => {
          written.push(Buffer.from(bytes).toString());
          settle = (error) => (error === undefined ? resolve() : reject(error));
        }),
    );
    const next = async (error?: Error): Promise<void> => {
      settle?.(error);
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { queue, written, next };
  }

  it('writes together what came while it was busy, and a barrier parts it', async () => {
    const { queue, written, next } = held();
    const order: string[] = [];
    const add = (text: string): void => void queue.append(Buffer.from(text)).then(() => order.push(text));
    for (const text of ['a', 'b', 'c']) add(text);
    void queue.barrier(() => Promise.resolve(order.push('|')));
    for (const text of ['d', 'e']) add(text);
    await next();
    expect(written).toEqual(['a', 'bc']);
    await next();
    expect(written).toEqual(['a', 'bc', 'de']);
    await next();
    expect(order).toEqual(['a', 'b', 'c', '|', 'd', 'e']);
  });

  it('takes everything back that came after a failure, the newest first, before anyone is told', async () => {
    const { queue, next } = held();
    const order: string[] = [];
    const add = (text: string): void => {
      queue.append(Buffer.from(text), () => order.push(`revert ${text}`)).catch(() => order.push(`failed ${text}`));
    };
    for (const text of ['a', 'b', 'c']) add(text);
    queue.barrier(() => Promise.resolve(order.push('never'))).catch(() => order.push('failed |'));
    await next(new Error('full'));
    expect(order).toEqual(['revert c', 'revert b', 'revert a', 'failed a', 'failed b', 'failed c', 'failed |']);
    add('d');
    await next();
    expect(order).toHaveLength(7);
  });

  it('goes on after a barrier that failed', async () => {
    const { queue, written, next } = held();
    const failed = queue.barrier(() => Promise.reject(new Error('no')));
    const later = queue.append(Buffer.from('a'));
    await expect(failed).rejects.toThrow('no');
    await next();
    await later;
    expect(written).toEqual(['a']);
  });
});
