// The program of an engine process (supervisor.ts forks it): does what the host asks over its channel.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { handlers } from './handlers/index.ts';
import { serveEngine } from './serve-engine.ts';

const WATCH_EVERY = 500;

if (isMainThread) {
  new Worker(new URL(import.meta.url), { workerData: process.ppid }).unref();
  // Without its host nobody wants what it computes.
  process.on('disconnect', () => process.exit(0));
  // The host decides what Ctrl-C means; a terminal sends it to every process.
  process.on('SIGINT', () => undefined);
  serveEngine(handlers, {
    send: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', listener),
  });
} else {
  watchHost(Number(workerData));
}

/** A thread of its own, for a computation holds up the main thread for long: ends the process when the host is gone. */
function watchHost(host: number): void {
  setInterval(() => {
    if (process.ppid !== host) process.kill(process.pid, 'SIGKILL');
  }, WATCH_EVERY);
}
