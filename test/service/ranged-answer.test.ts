import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileContent, memoryContent, rangedAnswer, type RangedContent } from '../../core/service/files/ranged-answer.ts';
import { temporaryFolder } from './support.ts';

// Longer than a piece of the stream, so that parts are put together.
const bytes = Uint8Array.from({ length: 5_000_000 }, (_, n) => (n * 31) % 251);
const file = join(temporaryFolder(), 'bytes.raw');
writeFileSync(file, bytes);

const ask = (content: RangedContent, headers: Record<string, string> = {}, method = 'GET'): Response =>
  rangedAnswer(new Request('http://x/', { headers, method }), content);
const same = async (answer: Response, expected: Uint8Array): Promise<void> => {
  expect(Buffer.compare(Buffer.from(await answer.arrayBuffer()), expected)).toBe(0);
};

describe.each([
  ['a file', () => fileContent(file, 'tag')],
  ['memory', () => Promise.resolve(memoryContent(bytes, 'tag'))],
])('bytes of %s', (_, make) => {
  it('come whole', async () => {
    const answer = ask(await make());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Length')).toBe(String(bytes.length));
    expect(answer.headers.get('ETag')).toBe('"tag"');
    await same(answer, bytes);
  });

  it('come in any range', async () => {
    const content = await make();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(bytes.length + 10), async (start, end) => {
        fc.pre(start <= end);
        const answer = ask(content, { Range: `bytes=${start}-${end}` });
        expect(answer.status).toBe(206);
        const last = Math.min(end, bytes.length - 1);
        expect(answer.headers.get('Content-Range')).toBe(`bytes ${start}-${last}/${bytes.length}`);
        await same(answer, bytes.subarray(start, last + 1));
      }),
      { numRuns: 30 },
    );
  });

  it('come from a place to the end, and the last so many', async () => {
    const content = await make();
    await same(ask(content, { Range: 'bytes=4999990-' }), bytes.subarray(-10));
    await same(ask(content, { Range: 'bytes=-7' }), bytes.subarray(-7));
    await same(ask(content, { Range: 'bytes=-99999999' }), bytes);
  });

  it.each([
    'bytes=5000000-',
    'bytes=-0',
    'bytes=9-3',
    'bytes=-',
    'bytes=0-1,5-9',
    'bytes=0-0,'.repeat(2000),
    'bytes=99999999999999999999-',
    'bytes=a-b',
    'items=0-1',
    'bytes=0--1',
    'bytes=0x10-20',
  ])('are refused for %s', async (range) => {
    const answer = ask(await make(), { Range: range.slice(0, 8000) });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('Content-Range')).toBe(`bytes */${bytes.length}`);
    expect(await answer.text()).toBe('');
  });

  it('are not sent to who has them', async () => {
    const content = await make();
    expect(ask(content, { 'If-None-Match': '"other", W/"tag"' }).status).toBe(304);
    expect(ask(content, { 'If-None-Match': '"other"' }).status).toBe(200);
  });

  it('come whole where the part in hand is of other bytes', async () => {
    const content = await make();
    expect(ask(content, { Range: 'bytes=0-1', 'If-Range': '"tag"' }).status).toBe(206);
    expect(ask(content, { Range: 'bytes=0-1', 'If-Range': '"old"' }).status).toBe(200);
  });

  it('are only told of with HEAD', async () => {
    const answer = ask(await make(), {}, 'HEAD');
    expect(answer.headers.get('Content-Length')).toBe(String(bytes.length));
    expect(answer.body).toBeNull();
  });
});

describe('a stream of a file', () => {
  it('may be left at any time', async () => {
    const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = ask(await fileContent(file, 'tag')).body?.getReader();
    expect((await reader?.read())?.value?.length).toBe(2 * 1024 ** 2);
    await reader?.cancel();
  });

  it('fails when the file became shorter', async () => {
    const short = join(temporaryFolder(), 'short.raw');
    writeFileSync(short, bytes);
    const answer = ask(await fileContent(short, 'tag'));
    writeFileSync(short, bytes.subarray(0, 10));
    await expect(answer.arrayBuffer()).rejects.toThrow('shorter');
  });

  it('is not found where there is no file', async () => {
    await expect(fileContent(`${file}.no`, 'tag')).rejects.toMatchObject({ code: 'not-found' });
  });
});
