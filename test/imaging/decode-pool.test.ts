import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { DecodePool, type PoolOptions } from '../../core/imaging/decode-pool.ts';

/** A process that does what a hostile file could make a decoder do. */
const PROGRAM = `
import { writeSync } from 'node:fs';
let bytes = Buffer.alloc(0);
const held = [];
const answer = (head) => {
  const json = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(json.length, 0);
  process.stdout.write(Buffer.concat([lengths, json]));
};
const work = {
  echo: (head) => answer({ ...head, pid: process.pid }),
  hang: () => { for (;;); },
  eat: () => { for (;;) held.push(Buffer.alloc(16e6, 1)); },
  claim: () => { writeSync(3, '1\\n999999999999\\n'); for (;;); },
  die: () => process.exit(7),
};
process.stdin.on('data', (piece) => {
  bytes = Buffer.concat([bytes, piece]);
  for (;;) {
    if (bytes.length < 8) return;
    const end = 8 + bytes.readUInt32LE(0);
    const next = end + bytes.readUInt32LE(4);
    if (bytes.length < next) return;
    const head = JSON.parse(bytes.toString('utf8', 8, end));
    bytes = bytes.subarray(next);
    work[head.kind](head);
  }
});`;

const folder = mkdtempSync(join(tmpdir(), 'tessera-pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'program.mjs');
writeFileSync(path, PROGRAM);

const pool = (more: Partial<PoolOptions> = {}): DecodePool =>
  new DecodePool({ program: pathToFileURL(path), most: 1, worthAnother: 1, ...more });
const nothing = new Uint8Array(0);
const LONG = { seconds: 300 };

describe('a pool of decode processes', () => {
  it('keeps a process for the next job, and answers in order', async () => {
    const one = pool();
    const answers = await Promise.all([1, 2, 3].map((n) => one.run({ kind: 'echo', n }, nothing, LONG)));
    const heads = answers.map(({ head }) => head as { n: number; pid: number });
    expect(heads.map(({ n }) => n)).toEqual([1, 2, 3]);
    expect(new Set(heads.map(({ pid }) => pid)).size).toBe(1);
  });

  it('starts another process when the first has work enough', async () => {
    const two = pool({ most: 2 });
    const answers = await Promise.all([1, 2].map((n) => two.run({ kind: 'echo', n }, nothing, LONG)));
    expect(new Set(answers.map(({ head }) => (head as { pid: number }).pid)).size).toBe(2);
  });

  it.each([
    ['hangs', 'hang', 'time', { seconds: 1 }],
    ['ends by itself', 'die', 'died', LONG],
    ['says that it takes too much memory', 'claim', 'memory', LONG],
  ])('gives up a process that %s; the jobs behind go to another', async (_, kind, why, options) => {
    const one = pool();
    const bad = one.run({ kind }, nothing, options).catch((error: unknown) => error);
    const good = one.run({ kind: 'echo' }, nothing, LONG);
    expect(await bad).toMatchObject({ name: 'Error', why });
    expect((await good).head).toMatchObject({ kind: 'echo' });
  });

  it.runIf(process.platform === 'linux')('sees from outside that a process grows too far, though it says nothing', async () => {
    const small = pool({ residentBytes: 300e6 });
    await expect(small.run({ kind: 'eat' }, nothing, LONG)).rejects.toMatchObject({ why: 'memory' });
  });

  it('ends the process of a cancelled job', async () => {
    const one = pool();
    const controller = new AbortController();
    const job = one.run({ kind: 'hang' }, nothing, { ...LONG, signal: controller.signal });
    controller.abort();
    await expect(job).rejects.toMatchObject({ code: 'cancelled' });
    await expect(one.run({ kind: 'echo' }, nothing, { ...LONG, signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
