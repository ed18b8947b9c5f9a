import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DicomHeaderFile, findScans } from '../../core/imaging/index.ts';
import { importWorkloads, type ImportWorkload } from './make-scans.ts';

/**
 * Times how long a scan takes from disk to a usable volume, or a tree of files to a list of its scans, each run in a process of its own that
 * made no data. Prints one JSON line. The files are in the system's cache; processor time counts all processes.
 */
const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' }, part: { type: 'string', default: 'all' }, folder: { type: 'string', default: '' } },
});
const name = positionals[0] as ImportWorkload;

interface Measured {
  readonly ms: number;
  /** A second listing, from what the first kept. */
  readonly againMs?: number;
  readonly peakMb: number;
  /** Processor time of this process and of decode processes that wait for more work. */
  readonly cpuMs: number;
}

async function read(folder: string): Promise<Measured> {
  const headers = join(folder, '..', 'headers.json');
  const listed = async (): Promise<number> => {
    const began = performance.now();
    const cache = await DicomHeaderFile.open(headers);
    const found = await findScans([folder], undefined, cache);
    await cache.save();
    if (name === 'import-tree') return found.scans.length === 50 ? performance.now() - began : NaN;
    const voxels = (await found.scans[0]?.read())?.volume.voxels.length ?? 0;
    return voxels > 0 ? performance.now() - began : NaN;
  };
  rmSync(headers, { force: true });
  const ms = await listed();
  const again = name === 'import-tree' ? { againMs: await listed() } : {};
  return { ms, ...again, peakMb: process.resourceUsage().maxRSS / 1024, cpuMs: ownTime() + childTime() };
}

function ownTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Of child processes that are alive; known on Linux only. */
function childTime(): number {
  if (process.platform !== 'linux') return 0;
  const children = readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '));
  const ticks = children.filter(Boolean).map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  // A hundred ticks a second, as sysconf(_SC_CLK_TCK) says everywhere.
  return 10 * ticks.reduce((sum, n) => sum + n, 0);
}

function inChild(part: string, folder: string): string {
  const args = [...process.execArgv, import.meta.filename, name, '--part', part, '--folder', folder];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${part} of ${name} failed:\n${stderr}`);
  return stdout;
}

if (o.part === 'make') await importWorkloads[name](o.folder);
else if (o.part === 'read') console.log(JSON.stringify(await read(o.folder)));
else {
  const root = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  try {
    const folder = join(root, 'data');
    inChild('make', folder);
    const runs = Array.from({ length: Number(o.runs) }, () => JSON.parse(inChild('read', folder)) as Measured);
    const median = (values: readonly number[]): number => Math.round([...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN);
    const again = runs.flatMap(({ againMs }) => (againMs === undefined ? [] : [againMs]));
    console.log(
      JSON.stringify({
        workload: name,
        ms: median(runs.map(({ ms }) => ms)),
        ...(again.length === 0 ? {} : { again_ms: median(again) }),
        cpu_ms: median(runs.map(({ cpuMs }) => cpuMs)),
        peak_mb: median(runs.map(({ peakMb }) => peakMb)),
      }),
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
