import { Argument, Option, type Command } from 'commander';
import { TesseraError } from '../../base/errors.ts';
import { nearestNames } from '../../base/nearest-names.ts';
import type { RuntimeInfo } from '../../compute/runtime/locate.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

interface RuntimeCliOptions {
  readonly variant: 'auto' | 'cpu' | 'cuda';
  readonly all: boolean;
}

export const runtimeVerb: Verb = {
  name: 'runtime',
  summary: 'install, remove or list the TensorFlow runtimes of this user',
  writes: 'the cache folder of the user',
  define: (command: Command) =>
    command
      .addArgument(new Argument('<action>', 'what to do').choices(['install', 'remove', 'list']))
      .argument('[name]', 'runtime to remove, as list names it')
      .addOption(
        new Option('--variant <name>', 'what to install; auto takes cuda where an NVIDIA driver is found')
          .choices(['auto', 'cpu', 'cuda'])
          .default('auto'),
      )
      .option('--all', 'remove every runtime', false),
  run: (session, [action, name], options: RuntimeCliOptions) => {
    if (action === 'install') return install(session, options);
    return action === 'remove' ? remove(session, name, options) : list(session);
  },
};

async function install(session: Session, { variant }: RuntimeCliOptions): Promise<void> {
  const { installTensorflow } = await import('../../compute/runtime/install.ts');
  const info = await installTensorflow({ variant, report: session.note, signal: session.task.signal });
  session.answer(document(info), `Installed TensorFlow ${info.version} (${info.variant}) in ${info.folder}`);
}

async function remove(session: Session, name: string | undefined, { all }: RuntimeCliOptions): Promise<void> {
  const { listRuntimes, removeRuntime } = await import('../../compute/runtime/locate.ts');
  // One that came with the installed program stays with it.
  const runtimes = listRuntimes().filter(({ shipped }) => !shipped);
  const only = runtimes[0];
  const chosen = all
    ? runtimes
    : name === undefined
      ? only !== undefined && runtimes.length === 1
        ? [only]
        : []
      : runtimes.filter((r) => nameOf(r) === name);
  if (chosen.length === 0 && !all) {
    const names = runtimes.map(nameOf);
    throw name === undefined && names.length > 1
      ? new TesseraError('usage', 'there are several.', {
          subject: 'runtime remove',
          advice: `Name one of ${names.join(', ')}, or give --all.`,
        })
      : new TesseraError('runtime-missing', name === undefined ? 'no runtime is installed.' : 'is not installed.', {
          ...(name === undefined ? {} : { subject: name }),
          ...(names.length === 0 ? {} : { advice: `There is ${nearestNames(name ?? '', names).join(', ')}.` }),
        });
  }
  for (const info of chosen) await removeRuntime(info);
  const names = chosen.map(nameOf);
  session.answer({ removed: names }, names.length === 0 ? 'No runtime was installed.' : `Removed ${names.join(', ')}.`);
}

async function list(session: Session): Promise<void> {
  const { listRuntimes } = await import('../../compute/runtime/locate.ts');
  const runtimes = listRuntimes();
  const lines = runtimes.map((info, i) => `${nameOf(info)}  ${info.folder}${i === 0 ? '  (used)' : ''}`);
  session.answer(
    { runtimes: runtimes.map(document) },
    lines.length === 0 ? 'No TensorFlow runtime is installed. Install one with: tessera runtime install' : lines.join('\n'),
  );
}

const nameOf = ({ version, variant }: RuntimeInfo): string => `tensorflow-${version}-${variant}`;

function document(info: RuntimeInfo): object {
  const { folder, version, variant, manifest } = info;
  return { name: nameOf(info), version, variant, folder, installed: manifest.installed };
}
