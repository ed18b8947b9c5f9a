import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { seededRandom } from '../../core/base/random.ts';
import { changeInside } from './inside.ts';
import { mutate } from './mutate.ts';
import type { Format } from './open.ts';
import type { Seed } from './seeds.ts';

/** A changed file with those that belong to it. */
export interface FuzzCase {
  readonly number: number;
  readonly seed: Seed;
  readonly bytes: Uint8Array;
}

/** How often a wrapped file is changed inside of its wrapping. */
const INSIDE = 0.6;

/** The n-th case of a seed; it follows from the seed, the number, and the files alone. Formats take turns. */
export function caseNumber(n: number, seed: number, seeds: readonly Seed[]): FuzzCase {
  const random = seededRandom(seed).fork(n);
  const formats: readonly Format[] = [...new Set(seeds.map(({ format }) => format))];
  const alike = seeds.filter(({ format }) => format === formats[n % formats.length]);
  const chosen = alike[random.integer(0, alike.length - 1)];
  if (chosen === undefined) throw new RangeError('no files to start from');
  const original = chosen.files.get(chosen.changes) ?? new Uint8Array(0);
  const donors = alike.map(({ files, changes }) => files.get(changes) ?? new Uint8Array(0));
  const { wrapping } = chosen;
  if (wrapping === undefined || random.next() > INSIDE) return { number: n, seed: chosen, bytes: mutate(original, random, donors) };
  const inside = (bytes: Uint8Array): Uint8Array => mutate(bytes, random, [bytes]);
  return { number: n, seed: chosen, bytes: changeInside(original, wrapping, inside, random.next()) };
}

/** Writes the files of a case. @returns what is to be opened */
export async function writeCase(folder: string, { seed, bytes }: Pick<FuzzCase, 'seed' | 'bytes'>): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  for (const [path, content] of [...seed.files, [seed.changes, bytes] as const]) {
    const target = join(folder, ...path.split('/'));
    if (!existsSync(dirname(target))) await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
  }
  return seed.opens === '' ? folder : join(folder, seed.opens);
}
