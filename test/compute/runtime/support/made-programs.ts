import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A machine made for one test: its own PATH with made programs, its own cache folder, and a log of what was run. */
export interface MadeMachine {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Puts a shell script on the PATH. */
  program(name: string, script: string): Promise<void>;
  /** The lines that made programs appended to `$LOG`. */
  log(): Promise<string[]>;
}

export async function makeMachine(): Promise<MadeMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-runtime-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const programs = join(folder, 'programs');
  await mkdir(programs);
  const log = join(folder, 'log');
  await writeFile(log, '');
  return {
    folder,
    env: { PATH: programs, XDG_CACHE_HOME: join(folder, 'cache'), LOG: log, WHEELS: join(folder, 'wheels') },
    async program(name, script) {
      const path = join(programs, name);
      // The made PATH holds made programs only; the scripts themselves need the usual tools.
      await writeFile(path, `#!/bin/sh\nPATH=/usr/bin${delimiter}/bin\n${script}\n`);
      await chmod(path, 0o755);
    },
    log: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== ''),
  };
}

/** Answers `--version`; else logs the output file and writes it, or fails when a source says BROKEN. */
export const madeCompiler = `
if [ "$1" = --version ]; then echo "made-c++ \${COMPILER_VERSION:-1.0}"; exit 0; fi
previous=
for argument in "$@"; do
  case "$argument" in *.cc) if grep -q BROKEN "$argument"; then echo "$argument:1: error: it is broken" >&2; exit 1; fi;; esac
  if [ "$previous" = -o ]; then output="$argument"; fi
  previous="$argument"
done
basename "$output" >>"$LOG"
echo made >"$output"`;

/** Knows \`-m pip --version\` and \`-m pip download … --dest FOLDER … REQUIREMENT\`: copies from $WHEELS what begins with the requirement's name. */
export const madePython = `
if [ "$3" = --version ]; then echo "pip 99"; exit 0; fi
previous=
for argument in "$@"; do
  if [ "$previous" = --dest ]; then target="$argument"; fi
  previous="$argument"
done
echo "pip $previous" >>"$LOG"
name=$(echo "$previous" | sed 's/[<>=~!].*//; s/-/_/g')
cp "$WHEELS/$name"-* "$target" 2>/dev/null || { echo "ERROR: No matching distribution found for $previous" >&2; exit 1; }`;
