// A thread of an engine process (run-engine.ts). A computation holds up the main thread for long, so this one sees when the host is gone.
import { workerData } from 'node:worker_threads';

const EVERY = 500;

setInterval(() => {
  if (process.ppid !== Number(workerData)) process.kill(process.pid, 'SIGKILL');
}, EVERY);
