// The program of a decode process (decode-pool.ts): takes jobs from its standard input, answers on its standard output.
import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { LARGEST_RESIDENT_BYTES, WATCH_MILLISECONDS } from './decode-limits.ts';
import { decodePicture, type PictureJob } from './decode-picture.ts';
import { decodeHereFromNowOn } from './decode-process.ts';
import { message, messagesOf } from './decode-process-messages.ts';
import { MEMORY_REPORTS } from './memory-watch.ts';
import type { LabelJob } from './segmentations/label-job.ts';

export type DecodeJob = { readonly kind: 'picture'; readonly picture: PictureJob } | { readonly kind: 'labels'; readonly labels: LabelJob };

interface WatchData {
  readonly parent: number;
  readonly most: number;
}

if (isMainThread) {
  const watching: WatchData = { parent: process.ppid, most: Number(process.argv[2] ?? LARGEST_RESIDENT_BYTES) };
  new Worker(new URL(import.meta.url), { workerData: watching }).unref();
  decodeHereFromNowOn();
  await serve();
} else {
  watch(workerData as WatchData);
}

async function serve(): Promise<void> {
  for await (const { head, body } of messagesOf(process.stdin)) {
    // The other end is our own program of the same version.
    for (const piece of await answerTo(head as DecodeJob, body))
      await new Promise<void>((resolve) => process.stdout.write(piece, () => resolve()));
  }
  process.exit(0);
}

async function answerTo(job: DecodeJob, body: Uint8Array): Promise<readonly Uint8Array[]> {
  if (job.kind === 'labels') return (await import('./segmentations/label-job.ts')).answerLabelJob(job.labels);
  try {
    return message({ ok: true }, await decodePicture(job.picture, new Uint8Array(body)));
  } catch {
    // What a C++ library throws is a number and may hold anything; the parent names the file.
    return message({ ok: false });
  }
}

/**
 * A thread of its own, for a decoder that hangs holds up its thread for ever: reports the memory, and ends the process when it grows too far
 * or is orphaned. The parent looks too, where it can, and ends a process in which not even this thread gets its turn.
 */
function watch({ parent, most }: WatchData): void {
  setInterval(() => {
    const bytes = process.memoryUsage.rss();
    if (bytes > most || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
    try {
      writeSync(MEMORY_REPORTS, `${bytes}\n`);
    } catch {
      // The parent is at the end of its life, or has no time to listen.
    }
  }, WATCH_MILLISECONDS);
}
