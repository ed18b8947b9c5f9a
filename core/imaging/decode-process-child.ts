// The program of a decode process (decode-process.ts): takes pictures from its standard input, answers on its standard output.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { decodePicture, type PictureJob } from './decode-picture.ts';
import { message, messagesOf } from './decode-process-messages.ts';

/** Above this the process ends itself: WebAssembly is bounded by a flag, this bounds all else. */
const LARGEST_RESIDENT_BYTES = 2 * 1024 ** 3;
const WATCH_MILLISECONDS = 100;

if (isMainThread) {
  new Worker(new URL(import.meta.url), { workerData: process.ppid }).unref();
  await serve();
} else {
  watch(Number(workerData));
}

async function serve(): Promise<void> {
  for await (const { head, body } of messagesOf(process.stdin)) {
    // The other end is our own program of the same version.
    const job = head as PictureJob;
    let answer: Uint8Array;
    try {
      answer = message({ ok: true }, await decodePicture(job, new Uint8Array(body)));
    } catch {
      // What a C++ library throws is a number and may hold anything; the parent names the file.
      answer = message({ ok: false }, new Uint8Array(0));
    }
    await new Promise<void>((resolve) => process.stdout.write(answer, () => resolve()));
  }
  process.exit(0);
}

/** A thread of its own, for a decoder that hangs holds up its thread for ever: ends the process when it grows too far or is orphaned. */
function watch(parent: number): void {
  setInterval(() => {
    if (process.memoryUsage.rss() > LARGEST_RESIDENT_BYTES || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, WATCH_MILLISECONDS);
}
