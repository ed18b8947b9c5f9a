import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import type { Backend } from '../backend.ts';
import { kernelsAddon } from '../runtime/addon-sources.ts';
import { cacheFolder } from '../runtime/cache-folder.ts';

const verdictSchema = z.object({
  /** Operations that were checked. */
  cases: z.number().int(),
  /** Names of those that came out wrong. */
  failed: z.array(z.string()),
  milliseconds: z.number(),
});
export type ConformanceVerdict = z.infer<typeof verdictSchema>;

/**
 * Whether the backend of this process computes every operation right: remembered from an earlier check of this same backend, code and
 * machine, or checked now.
 * @param checking called before a check that takes seconds
 */
export async function conformanceVerdict(backend: Backend, checking: () => void = () => undefined): Promise<ConformanceVerdict> {
  const path = join(cacheFolder(), 'conformance', `${backend.name}-${verdictKey(backend)}.json`);
  const known = await remembered(path);
  if (known !== undefined) return known;
  checking();
  const { runConformance } = await import('./run-conformance.ts');
  const { cases, milliseconds } = await runConformance();
  const verdict = {
    cases: cases.length,
    failed: cases.filter(({ ok }) => !ok).map(({ name }) => name),
    milliseconds: Math.round(milliseconds),
  };
  // A cache that cannot be written only means checking again next time.
  await writeFileAtomic(path, `${JSON.stringify(verdict)}\n`).catch(() => undefined);
  return verdict;
}

async function remembered(path: string): Promise<ConformanceVerdict | undefined> {
  try {
    return verdictSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Changes with everything that a result depends on: backend, Node, processor, this room's code and the compiled operations. */
function verdictKey({ name, version, device, fused }: Backend): string {
  const kernels = fused ? (kernelsAddon()?.fingerprint ?? '') : '';
  const hash = createHash('sha256').update(
    JSON.stringify([name, version, device, fused, kernels, process.version, cpus()[0]?.model ?? '']),
  );
  const room = fileURLToPath(new URL('..', import.meta.url));
  for (const file of readdirSync(room, { recursive: true, encoding: 'utf8' }).sort())
    if (/\.(ts|js)$/.test(file)) hash.update(`\0${file}\0`).update(readFileSync(join(room, file)));
  return hash.digest('hex').slice(0, 16);
}
