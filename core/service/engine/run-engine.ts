import { Worker } from 'node:worker_threads';
import { workerFile } from '../../base/worker-file.ts';
import type { EngineHandlers } from './context.ts';
import { serveEngine } from './serve-engine.ts';

/** Makes this process, which a host has forked, an engine. It ends when its host does. */
export function runEngine(handlers: EngineHandlers): void {
  const watch = workerFile('watch-host', import.meta.url);
  if (watch !== undefined) new Worker(watch, { workerData: process.ppid }).unref();
  process.on('disconnect', () => process.exit(0));
  // What Ctrl-C means is for the host to say; a terminal sends it to every process.
  process.on('SIGINT', () => undefined);
  serveEngine(handlers, {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', listener),
  });
}
