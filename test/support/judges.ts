import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';

/** Programs of others that judge what we write, each with the Debian package that has it. */
const judges = {
  dciodvfy: { package: 'dicom3tools', found: () => onPath('dciodvfy') !== undefined },
  dcmdump: { package: 'dcmtk', found: () => onPath('dcmdump') !== undefined },
  dsrdump: { package: 'dcmtk', found: () => onPath('dsrdump') !== undefined },
  pydicom: {
    package: 'python3-pydicom python3-numpy',
    found: () => spawnSync(PYTHON, ['-c', 'import pydicom, numpy'], { stdio: 'ignore' }).status === 0,
  },
} as const;

export type Judge = keyof typeof judges;

/** Debian's own Python, for which its packages are. */
const PYTHON = '/usr/bin/python3';

function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

/** A `describe` that needs outside judges. Without them it fails where CI=true, and is skipped elsewhere, naming the command that installs them. */
export function describeWithJudges(name: string, needed: readonly Judge[], fn: () => void): void {
  const missing = needed.filter((judge) => !judges[judge].found());
  if (missing.length === 0) {
    describe(name, fn);
    return;
  }
  const advice = `${missing.join(', ')} missing: apt-get install -y ${[...new Set(missing.map((judge) => judges[judge].package))].join(' ')}`;
  if (process.env['CI'] === 'true') {
    it(name, () => {
      throw new Error(advice);
    });
  } else describe.skip(`${name} (skipped: ${advice})`, fn);
}

/** What dciodvfy says of a file, its errors apart. */
export function dciodvfy(path: string): { readonly errors: readonly string[]; readonly lines: readonly string[] } {
  const { stdout, stderr } = spawnSync('dciodvfy', [path], { encoding: 'utf8', timeout: 60_000 });
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line !== '');
  return { lines, errors: lines.filter((line) => line.includes('Error')) };
}

/** Runs a few lines of Python with pydicom; they print one JSON document. @param args as sys.argv[1:] */
export function pydicom(script: string, ...args: readonly string[]): unknown {
  const program = `import sys, json, pydicom, numpy as np\n${script}`;
  const { stdout, stderr, status } = spawnSync(PYTHON, ['-c', program, ...args], { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** What a program prints. */
export function outputOf(program: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${stderr}`);
  return stdout;
}
