import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import { lastLines, runCommand } from './run-command.ts';
import type { Pip } from './python.ts';

export interface DownloadOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** Platform tags to ask for when the Python at hand has no wheel of its own. */
  readonly wheelTags: readonly string[];
}

/** The Python whose wheels are asked for when the user's own has none: only C++ libraries are taken from them, so any will do. */
const pythonVersion = '3.11';

/**
 * Fetches one wheel with the user's pip, so that mirrors, proxies and certificates of the house apply.
 * @param requirement a PEP 508 requirement such as `tensorflow-cpu>=2.17`
 * @returns path of the wheel in `folder`
 * @throws TesseraError `runtime-missing` with pip's own words when it cannot be had.
 */
export async function pipDownload(pip: Pip, requirement: string, folder: string, options: DownloadOptions): Promise<string> {
  // One folder per requirement, so that what arrives needs no guessing.
  const target = join(folder, requirement.replace(/[^A-Za-z0-9]+/g, '_'));
  await mkdir(target, { recursive: true });
  const { env, signal } = options;
  const base = [...pip.args, 'download', '--no-deps', '--progress-bar', 'off', '--dest', target];
  const anyPython = ['--only-binary=:all:', '--implementation', 'cp', '--python-version', pythonVersion];
  const tags = options.wheelTags.flatMap((tag) => ['--platform', tag]);
  let complaint = '';
  for (const args of [
    [...base, '--only-binary=:all:', requirement],
    [...base, ...anyPython, ...tags, requirement],
  ]) {
    const result = await runCommand(pip.program, args, { env: hastyEnvironment(env), signal });
    const wheel = (await readdir(target)).find((name) => name.endsWith('.whl'));
    if (result.status === 0 && wheel !== undefined) return join(target, wheel);
    complaint = result.stderr;
  }
  throw new TesseraError('runtime-missing', `pip could not fetch it (${errorLine(complaint)}).`, {
    subject: requirement,
    advice: isUnreachable(complaint)
      ? 'Connect to the network or point pip at a mirror that has it (PIP_INDEX_URL), then install again; --backend wasm works without.'
      : 'Check which versions your package index offers (python3 -m pip index versions tensorflow-cpu); --backend wasm works without.',
  });
}

/** Fails soon instead of retrying for minutes, unless the user decided otherwise. */
function hastyEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PIP_RETRIES: '0', PIP_DEFAULT_TIMEOUT: '5', PIP_DISABLE_PIP_VERSION_CHECK: '1', ...env };
}

/** Without retries pip says no more than this when it reaches no index, the same as when an index has never heard of the package. */
function isUnreachable(complaint: string): boolean {
  return /from versions: none|ProxyError|SSLError|Timeout|ConnectionError/i.test(complaint);
}

function errorLine(complaint: string): string {
  const line = complaint.split('\n').find((candidate) => candidate.startsWith('ERROR:'));
  return (line ?? lastLines(complaint, 1)).replace(/^ERROR:\s*/, '').slice(0, 200) || 'it gave no reason';
}
