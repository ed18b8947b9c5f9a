import type { Command } from 'commander';
import { TesseraError } from '../../base/errors.ts';
import { wholeNumber } from '../arguments.ts';
import type { Verb } from '../verb.ts';

export const serveVerb: Verb = {
  name: 'serve',
  summary: 'the host for a browser, on 127.0.0.1 (comes with the workstation)',
  writes: '–',
  define: (command: Command) =>
    command.option('--workspace <dir>', 'folder of the workspace').option('--port <n>', 'port on 127.0.0.1', wholeNumber(0, 65535)),
  run: () =>
    Promise.reject(
      new TesseraError('runtime-missing', 'comes with the workstation, which is not built yet.', {
        subject: 'serve',
        advice: 'Use the other verbs; tessera --help lists them.',
      }),
    ),
};
