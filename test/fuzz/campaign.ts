import { existsSync } from 'node:fs';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { caseNumber, writeCase, type FuzzCase } from './cases.ts';
import { HostProcess } from './host-process.ts';
import { minimise } from './minimise.ts';
import type { Format } from './open.ts';
import type { Seed } from './seeds.ts';

export interface CampaignOptions {
  readonly seeds: readonly Seed[];
  readonly seed: number;
  /** Number of the first case. */
  readonly first: number;
  /** Ends after so many cases, or so many minutes, whichever comes first. */
  readonly mutations: number;
  readonly minutes: number;
  /** Where findings go. */
  readonly out: string;
  readonly say: (line: string) => void;
}

export interface CampaignResult {
  readonly mutations: number;
  readonly byFormat: Readonly<Partial<Record<Format, Readonly<Record<string, number>>>>>;
  readonly findings: readonly string[];
  readonly slowestSeconds: number;
  readonly peakMegabytes: { readonly program: number; readonly decodeProcess: number };
}

/** Cases of one fault that are kept. */
const MOST_ALIKE = 2;

/** Opens one changed file after another, and keeps what should not be. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const { seeds, seed, first, say } = options;
  const host = new HostProcess();
  // Files in memory where that is offered: it is not the disk that is tested.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tessera-fuzz-'));
  const end = performance.now() + options.minutes * 60_000;
  const byFormat: Partial<Record<Format, Record<string, number>>> = {};
  const alike = new Map<string, number>();
  const findings: string[] = [];
  let done = 0;
  try {
    for (; done < options.mutations && performance.now() < end; done++) {
      const one = caseNumber(first + done, seed, seeds);
      const { format } = one.seed;
      const path = await writeCase(join(folder, 'case'), one);
      const answer = await host.open(format, path);
      const counts = (byFormat[format] ??= {});
      const outcome = 'fault' in answer ? 'found' : answer.outcome;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (!('fault' in answer)) continue;
      const kind = `${format}: ${signature(answer.fault)}`;
      const before = alike.get(kind) ?? 0;
      alike.set(kind, before + 1);
      if (before >= MOST_ALIKE) continue;
      const kept = await keep(options.out, folder, host, one, seed, answer.fault);
      findings.push(kind);
      say(`case ${one.number} of seed ${seed}, ${format} from ${one.seed.name}: ${answer.fault.split('\n')[0] ?? ''} -> ${kept}`);
    }
  } finally {
    host.close();
    await rm(folder, { recursive: true, force: true });
  }
  const megabytes = (bytes: number): number => Math.round(bytes / 1024 ** 2);
  return {
    mutations: done,
    byFormat,
    findings,
    slowestSeconds: Math.round(host.slowest * 100) / 100,
    peakMegabytes: { program: megabytes(host.peak.host), decodeProcess: megabytes(host.peak.decoder) },
  };
}

/** What tells faults apart: the first line, and where it was thrown; numbers and paths are left out. */
function signature(fault: string): string {
  const [first = '', ...rest] = fault.split('\n');
  const where = rest.find((line) => line.includes('/core/'))?.replace(/^.*\/core\//, '') ?? '';
  return `${first
    .replace(/\d+/g, 'N')
    .replace(/"[^"]*"/g, '…')
    .slice(0, 100)} ${where}`;
}

/** Makes a case small and writes it, with what it did, in a folder of its own that can become a regression. */
async function keep(out: string, folder: string, host: HostProcess, one: FuzzCase, seed: number, fault: string): Promise<string> {
  const { format, files, changes, opens, name } = one.seed;
  const failsAlike = async (bytes: Uint8Array): Promise<boolean> => {
    const path = await writeCase(join(folder, 'smaller'), { seed: one.seed, bytes });
    const answer = await host.open(format, path);
    return 'fault' in answer && signature(answer.fault) === signature(fault);
  };
  const bytes = await minimise(files.get(changes) ?? new Uint8Array(0), one.bytes, failsAlike);
  const kept = join(out, `${format}-${seed}-${one.number}`);
  await mkdir(kept, { recursive: true });
  await writeCase(join(kept, 'files'), { seed: one.seed, bytes });
  await writeFile(
    join(kept, 'about.json'),
    JSON.stringify({ format, opens, did: fault.split('\n')[0], from: name, seed, case: one.number }, null, 2) + '\n',
  );
  await writeFile(join(kept, 'fault.txt'), fault);
  return kept;
}
