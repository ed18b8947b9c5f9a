#!/usr/bin/env node
import { runCli } from './run.ts';

const controller = new AbortController();
/** The first asks work to stop at a good place; the second does not ask. */
const interrupt = (): void => {
  if (controller.signal.aborted) process.exit(130);
  controller.abort();
};
process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

// A reader that has seen enough (`tessera info … | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const status = await runCli(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, signal: controller.signal });
// Tensor runtimes and reading threads may hold the process; what was written is flushed first.
process.stdout.write('', () => process.exit(status));
