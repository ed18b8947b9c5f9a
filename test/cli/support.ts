import { cpSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, type ExitStatus } from '../../core/cli/run.ts';

export interface CliResult {
  readonly status: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function cli(args: readonly string[], signal: AbortSignal = new AbortController().signal): Promise<CliResult> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const status = await runCli(args, {
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
    signal,
  });
  return { status, stdout: stdout.join(''), stderr: stderr.join('') };
}

/** The document of a --json call. */
export function json(result: CliResult): Record<string, unknown> {
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

/** The error of a failed --json call. */
export function errorOf(result: CliResult): { code: string; subject: string | null; message: string; advice: string | null } {
  const { error } = json(result) as { error: { code: string; subject: string | null; message: string; advice: string | null } };
  return error;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tessera-cli-'));
}

export const samples = join(import.meta.dirname, '..', '..', 'resources', 'samples', 'hippocampus');

/** A data folder of the first few bundled hippocampus scans with their labels. */
export function smallDataset(cases: number): string {
  const folder = temporaryFolder();
  const names = readdirSync(join(samples, 'images')).sort().slice(0, cases);
  for (const part of ['images', 'labels']) {
    mkdirSync(join(folder, part));
    for (const name of names) cpSync(join(samples, part, name), join(folder, part, name));
  }
  cpSync(join(samples, 'labels.json'), join(folder, 'labels.json'));
  return folder;
}

const set = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`]);

/** Settings so small that a step takes a fraction of a second. */
export const tinyPretraining = [
  '--recipe',
  'hippocampus',
  ...set({
    width: '24',
    depth: '3',
    heads: '2',
    'decoder.width': '12',
    'decoder.depth': '1',
    'decoder.heads': '2',
    hidden: '16',
    out: '8',
    globalSize: '16,24,16',
    localSize: '8,16,16',
    locals: '2',
    batch: '2',
  }),
];

export const tinyFinetuning = [
  '--recipe',
  'hippocampus',
  ...set({ size: '16,24,16', features: '4', batch: '1', crops: '1', validateEvery: '1', validationShare: '0.34', 'window.overlap': '0' }),
];
