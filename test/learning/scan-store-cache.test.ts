import fc from 'fast-check';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCases, preparationSettings, type DatasetCase } from '../../core/imaging/index.ts';
import { loadCase, type CaseSource } from '../../core/learning/prepared-case.ts';
import { ScanCache } from '../../core/learning/scan-cache.ts';
import { ScanStore } from '../../core/learning/scan-store.ts';
import { valueCodes } from '../../core/learning/value-codes.ts';
import { smallData } from './support/tiny.ts';

let data: string;
let cases: readonly DatasetCase[];
let work: string;
const preparation = preparationSettings.parse({ foreground: true });

beforeEach(async () => {
  data = smallData(3);
  ({ cases } = await findCases(data));
  work = mkdtempSync(join(tmpdir(), 'tessera-cache-'));
});
afterEach(() => {
  for (const folder of [data, work]) rmSync(folder, { recursive: true });
});

const folder = (): string => join(work, 'cache');
const cache = (maxBytes = 1e9): ScanCache => new ScanCache({ folder: folder(), maxBytes });
const source = (index: number, changes: Partial<CaseSource> = {}): CaseSource => {
  const found = cases[index];
  if (found === undefined) throw new Error('no such case');
  return { case: found, preparation, ...changes };
};
const entries = (): string[] => readdirSync(folder()).sort();

describe('codes of values', () => {
  it('give back every bit, and say so when there are too many values', () => {
    const numbers = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 2000 });
    fc.assert(
      fc.property(numbers, (values) => {
        const given = Float32Array.from([...values, ...values, -0, 0]);
        const coded = valueCodes(given);
        const back = Float32Array.from(coded?.codes ?? [], (code) => coded?.table[code] ?? Number.NaN);
        expect(Buffer.from(back.buffer).equals(Buffer.from(given.buffer))).toBe(true);
      }),
    );
    const many = Float32Array.from({ length: 65_537 }, (_, i) => Math.sqrt(i));
    expect(valueCodes(many)).toBeUndefined();
    expect(valueCodes(many.subarray(1))?.table).toHaveLength(65_536);
  });
});

describe('the cache of prepared scans', () => {
  it.each([
    ['of whole numbers, as codes', {}],
    ['with labels', { classes: [0, 1, 2] }],
    ['resampled, as float32', { preparation: preparationSettings.parse({ spacing: [0.5, 0.55, 0.5] }) }],
  ])('gives back exactly what was kept: %s', async (_, changes) => {
    const loaded = await loadCase(source(0, changes));
    expect(await cache().get(source(0, changes))).toBeUndefined();
    await cache().put(source(0, changes), loaded);
    expect(await cache().get(source(0, changes))).toEqual(loaded);
    expect(entries()).toHaveLength(1);
  });

  it('holds a scan of whole numbers in half the bytes or fewer', async () => {
    const loaded = await loadCase(source(0));
    await cache().put(source(0), loaded);
    const bytes = statSync(join(folder(), entries()[0] ?? '')).size;
    expect(bytes).toBeLessThan(0.7 * loaded.scan.values.byteLength);
  });

  it('knows nothing of a file that has changed, nor of another preparation or other classes', async () => {
    await cache().put(source(0), await loadCase(source(0)));
    expect(await cache().get(source(0, { preparation: preparationSettings.parse({ foreground: false }) }))).toBeUndefined();
    expect(await cache().get(source(0, { classes: [0, 1] }))).toBeUndefined();
    expect(await cache().get(source(0))).toBeDefined();
    utimesSync(source(0).case.images[0] ?? '', 1, 1);
    expect(await cache().get(source(0))).toBeUndefined();
  });

  it('believes no byte that was changed, nor an entry cut short, and removes it', async () => {
    const loaded = await loadCase(source(0, { classes: [0, 1, 2] }));
    await cache().put(source(0), loaded);
    const path = join(folder(), entries()[0] ?? '');
    const whole = readFileSync(path);
    const places = [0, 9, 30, whole.length >> 2, whole.length >> 1, whole.length - 3];
    for (const at of places) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(path, damaged);
      expect(await cache().get(source(0)), `byte ${at}`).toBeUndefined();
      expect(existsSync(path)).toBe(false);
    }
    for (const length of [0, 5, 100, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await cache().get(source(0)), `${length} bytes`).toBeUndefined();
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(1)]));
    expect(await cache().get(source(0))).toBeUndefined();
    writeFileSync(path, whole);
    expect((await cache().get(source(0)))?.scan).toEqual(loaded.scan);
  });

  it('removes the oldest used when there is no room, and what an ended process left behind', async () => {
    const loaded = await Promise.all([0, 1, 2].map((i) => loadCase(source(i))));
    const put = async (i: number, maxBytes?: number): Promise<void> => {
      const one = loaded[i];
      if (one !== undefined) await cache(maxBytes).put(source(i), one);
    };
    for (const i of [0, 1, 2]) await put(i);
    const sizes = entries().map((name) => statSync(join(folder(), name)).size);
    const [first, ...others] = entries();
    rmSync(folder(), { recursive: true });
    expect(first).toBeDefined();
    expect(others).toHaveLength(2);
    const room = sizes.reduce((a, b) => a + b, 0) - 1;

    await put(0);
    await put(1);
    for (const name of entries()) utimesSync(join(folder(), name), 1000, 1000);
    expect(await cache().get(source(0))).toBeDefined(); // used last
    writeFileSync(join(folder(), '.x.1.tmp'), 'half');
    utimesSync(join(folder(), '.x.1.tmp'), 1000, 1000);
    await put(2, room);
    expect(entries()).toHaveLength(2);
    expect(await cache().get(source(1))).toBeUndefined();
    expect(await cache().get(source(0))).toEqual(loaded[0]);
    expect(await cache().get(source(2))).toEqual(loaded[2]);
    await put(1, 100); // larger than everything that is allowed
    expect(await cache().get(source(1))).toBeUndefined();
    expect(entries()).toHaveLength(2);
  });
});

describe('a store with a cache', () => {
  const store = (onCacheProblem?: (problem: string) => void): ScanStore =>
    new ScanStore(cases, preparation, {
      maxBytes: 1,
      cache: { folder: folder(), maxBytes: 1e9 },
      ...(onCacheProblem === undefined ? {} : { onCacheProblem }),
    });

  it('reads a scan from its file once', async () => {
    const path = cases[0]?.images[0] ?? '';
    utimesSync(path, 1000, 1000);
    const first = await store().get(0);
    writeFileSync(path, Buffer.alloc(statSync(path).size)); // of the same size and time: only the cache knows it now
    utimesSync(path, 1000, 1000);
    expect(await store().get(0)).toEqual(first);
  });

  it('goes on without a cache that cannot be written, and says so once', async () => {
    mkdirSync(work, { recursive: true });
    cpSync(cases[0]?.images[0] ?? '', folder()); // a file where the folder should be
    const told: string[] = [];
    const without = store((problem) => told.push(problem));
    for (const index of [0, 1, 2, 0]) expect((await without.get(index)).id).toBe(cases[index]?.id);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/cannot keep prepared scans/);
  });
});
