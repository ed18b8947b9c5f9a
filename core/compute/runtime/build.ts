import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import { addonEntryPoint } from './addon-entry-point.ts';
import { bindingAddon, kernelsAddon, type Addon } from './addon-sources.ts';
import { withBuildLock } from './build-lock.ts';
import { findCompiler, missingCompiler, type Compiler } from './compiler.ts';
import { runtimePlatform } from './platform.ts';
import { lastLines, runCommand, type CommandResult } from './run-command.ts';
import { buildFolder } from './shipped.ts';

export interface BuiltAddons {
  /** Path of the compiled binding between tfjs and TensorFlow. */
  readonly binding: string;
  /** Path of Tessera's fused kernels; absent where the program has none or they did not compile. */
  readonly kernels?: string;
  /** Why the kernels are absent, in one line. */
  readonly kernelsProblem?: string;
}

export interface BuildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly report?: (line: string) => void;
  /** Folder of the kernels' sources; the program's own by default. */
  readonly kernelSources?: string;
  /** Folder of shipped runtimes; the program's own by default. */
  readonly shipped?: string;
}

/**
 * Compiles the binding and the kernels into the runtime's folder where they are missing or were made from other sources, by another
 * compiler, or for another processor. Costs a few milliseconds when nothing is to be done. Kernels that do not compile are left out:
 * the same operations composed of TensorFlow's own take their place.
 * @throws TesseraError `runtime-missing` without a compiler, `runtime-failed` when the binding does not compile, `cancelled`.
 */
export async function ensureBuilt(runtimeFolder: string, options: BuildOptions = {}): Promise<BuiltAddons> {
  const { env = process.env, signal } = options;
  const kernels = kernelsAddon(options.kernelSources);
  const compiler = await findCompiler(env, signal);
  const folder = await buildFolder(runtimeFolder, env, options.shipped);
  const made = (addon: Addon): Promise<string> | string =>
    // What a program carries is good whatever compiler made it.
    (folder === runtimeFolder ? undefined : findBuilt(addon, runtimeFolder)) ?? build(addon, folder, compiler, options);
  const [binding, kernelsResult] = await Promise.all([
    made(bindingAddon()),
    kernels === undefined ? undefined : build(kernels, folder, compiler, options).catch(asProblem),
  ]);
  if (typeof kernelsResult !== 'object') return { binding, ...(kernelsResult === undefined ? {} : { kernels: kernelsResult }) };
  return { binding, kernelsProblem: kernelsResult.problem };
}

function asProblem(error: unknown): { readonly problem: string } {
  if (error instanceof TesseraError && error.code !== 'cancelled') return { problem: error.message };
  throw error;
}

async function build(addon: Addon, runtimeFolder: string, compiler: Compiler | undefined, options: BuildOptions): Promise<string> {
  if (compiler === undefined) {
    // A compiler that was removed after the installation is not missed.
    const built = findBuilt(addon, runtimeFolder);
    if (built === undefined) throw missingCompiler();
    return built;
  }
  const output = join(runtimeFolder, `${addon.name}-${addon.fingerprint}-${shortHash(compiler.version)}.node`);
  // A build that failed fails again until something changes; trying anew at every start would cost a minute each time.
  const failureNote = `${output}.failed`;
  const finished = (): boolean => existsSync(output) || existsSync(failureNote);
  if (!finished()) {
    await withBuildLock(
      `${output}.lock`,
      async () => (finished() ? undefined : compile(addon, runtimeFolder, compiler, output, options)),
      options.signal,
    );
  }
  if (existsSync(output)) return output;
  throw new TesseraError('runtime-failed', `${addon.name} did not compile (${firstError(readFileSync(failureNote, 'utf8'))}).`, {
    subject: compiler.program,
    advice: `The compiler's words are in ${failureNote}; delete that file to try again.`,
  });
}

/** An addon that some compiler made of the present sources for this processor. */
function findBuilt(addon: Addon, folder: string): string | undefined {
  const built = readdirSync(folder).find((name) => name.startsWith(`${addon.name}-${addon.fingerprint}-`) && name.endsWith('.node'));
  return built === undefined ? undefined : join(folder, built);
}

async function compile(addon: Addon, runtimeFolder: string, compiler: Compiler, output: string, options: BuildOptions): Promise<void> {
  const { env = process.env, signal, report } = options;
  const work = join(runtimeFolder, `.build-${randomUUID().slice(0, 8)}`);
  const started = performance.now();
  const run = (args: readonly string[]): Promise<CommandResult> => runCommand(compiler.program, args, { env, signal });
  try {
    await mkdir(work);
    const entryPoint = join(work, 'entry-point.cc');
    await writeFile(entryPoint, addonEntryPoint);
    const includes = [join(runtimeFolder, 'include'), ...addon.includes].map((folder) => `-I${folder}`);
    const sources = [...addon.sources, entryPoint];
    const objects = sources.map((source) => join(work, `${basename(source, '.cc')}.o`));
    const queue = sources.entries();
    let failure: CommandResult | undefined;
    const worker = async (): Promise<void> => {
      for (const [index, source] of queue) {
        const result = await run([...addon.compileFlags, ...includes, '-c', source, '-o', objects[index] ?? '']);
        if (result.status !== 0) failure ??= result;
        if (failure !== undefined) return;
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, worker));
    const linked = join(work, 'linked.node');
    const libraries = runtimePlatform().libraries.map((name) => join(runtimeFolder, 'lib', name));
    const result = failure ?? (await run([...objects, ...addon.linkFlags, ...libraries, '-o', linked]));
    if (result.status !== 0) {
      await writeFile(`${output}.failed`, result.stderr);
      return;
    }
    await rename(linked, output);
    report?.(`Compiled ${addon.name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    await removeOlder(addon.name, runtimeFolder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Keeps the newest few, since another checkout of the program may share this cache. */
async function removeOlder(name: string, folder: string, keep = 4): Promise<void> {
  const built = readdirSync(folder)
    .filter((file) => file.startsWith(`${name}-`) && /\.node(\.failed)?$/.test(file))
    .map((file) => ({ path: join(folder, file), time: statSync(join(folder, file)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of built.slice(keep)) await rm(path, { force: true });
}

function firstError(stderr: string): string {
  return (stderr.split('\n').find((line) => /error/i.test(line)) ?? lastLines(stderr, 1)).trim().slice(0, 300);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
