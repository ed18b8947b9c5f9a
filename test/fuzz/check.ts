// Opens every valid file that mutations start from, and every case that was once found: `node check.js ROOT`. Prints what became of them.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCase } from './cases.ts';
import { HostProcess } from './host-process.ts';
import { formats, type Format } from './open.ts';
import { loadSeeds } from './seeds.ts';

/** Of a kept case (`about.json` beside its files). */
interface About {
  readonly format: Format;
  readonly opens: string;
}

const [root = '.'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tessera-fuzz-'));
const host = new HostProcess();
const word = (answer: Awaited<ReturnType<HostProcess['open']>>): string => ('fault' in answer ? answer.fault : answer.outcome);
const seeds: Record<string, string> = {};
const regressions: Record<string, string> = {};
try {
  for (const seed of await loadSeeds(root, formats, true)) {
    const path = await writeCase(join(folder, 'seed'), { seed, bytes: seed.files.get(seed.changes) ?? new Uint8Array(0) });
    seeds[`${seed.format}/${seed.name}`] = word(await host.open(seed.format, path));
  }
  const kept = join(root, 'test', 'fuzz', 'regressions');
  for (const name of existsSync(kept) ? readdirSync(kept) : []) {
    const { format, opens } = JSON.parse(readFileSync(join(kept, name, 'about.json'), 'utf8')) as About;
    // A copy, for a workspace changes when it is opened.
    cpSync(join(kept, name, 'files'), join(folder, name), { recursive: true });
    regressions[name] = word(await host.open(format, join(folder, name, opens)));
  }
} finally {
  host.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ seeds, regressions }));
