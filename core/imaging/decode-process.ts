import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { TesseraError } from '../base/errors.ts';
import { cancelled } from '../base/task.ts';
import { decodePicture, type PictureJob } from './decode-picture.ts';
import { message, messagesOf } from './decode-process-messages.ts';

/** WebAssembly memory of a decode process in pages of 64 KiB: 512 MB, enough for pictures of 50 megapixels. */
const WASM_PAGES = 8192;
/** Seconds for one picture; a slice takes milliseconds. */
const SECONDS_A_PICTURE = 20;
/** A second process is worth its start when so many pictures wait. */
const WORTH_ANOTHER = 8;
const MOST_PROCESSES = Math.min(2, availableParallelism());

/** A picture that was sent to a process and not answered yet. */
interface Waiting {
  readonly request: Uint8Array;
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: TesseraError) => void;
}

/** A child process that decodes pictures one after another, and what it has to do. */
interface Decoder {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  queue: Waiting[];
  timer: NodeJS.Timeout | undefined;
  /** Why we ended it. */
  ended?: 'time' | 'cancelled';
}

const decoders = new Set<Decoder>();

/**
 * Decodes a compressed picture in a child process with bounded memory and time. Whatever is in the picture, it ends at most that process.
 * Run from TypeScript source by a Node that cannot load it (tests), decoding happens in this process.
 * @param subject the file, for the error
 * @returns columns · rows pixels in little-endian order
 * @throws TesseraError `bad-file` when the picture is damaged or takes too much memory or time; `cancelled` by `signal`
 */
export async function decodeApart(job: PictureJob, bytes: Uint8Array, subject: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (signal?.aborted === true) throw cancelled();
  const program = childProgram();
  if (program === undefined) return decodeHere(job, bytes, subject);
  return new Promise((resolve, reject) => {
    submit({ request: message(job, bytes), subject, signal, resolve, reject }, program);
  });
}

async function decodeHere(job: PictureJob, bytes: Uint8Array, subject: string): Promise<Uint8Array> {
  try {
    return await decodePicture(job, bytes);
  } catch (cause) {
    throw damaged(subject, 'are damaged', cause);
  }
}

/** The program beside this file, compiled as this file is. */
function childProgram(): URL | undefined {
  const source = import.meta.url.endsWith('.ts');
  if (source && !('typescript' in process.features && process.features.typescript)) return undefined;
  return new URL(source ? './decode-process-child.ts' : './decode-process-child.js', import.meta.url);
}

function submit(waiting: Waiting, program: URL): void {
  const decoder = chooseDecoder(program);
  decoder.queue.push(waiting);
  if (decoder.queue.length === 1) nextPicture(decoder);
  if (waiting.signal !== undefined) endOnAbort(waiting.signal);
  decoder.child.stdin.write(waiting.request);
}

function chooseDecoder(program: URL): Decoder {
  const usable = [...decoders].filter(({ ended }) => ended === undefined).sort((a, b) => a.queue.length - b.queue.length);
  const [least] = usable;
  if (least !== undefined && (least.queue.length < WORTH_ANOTHER || usable.length >= MOST_PROCESSES)) return least;
  return startDecoder(program);
}

function startDecoder(program: URL): Decoder {
  const flags = process.execArgv.filter((flag) => flag.includes('strip-types'));
  const child = spawn(process.execPath, [...flags, `--wasm-max-mem-pages=${WASM_PAGES}`, fileURLToPath(program)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const decoder: Decoder = { child, queue: [], timer: undefined };
  decoders.add(decoder);
  // Writing to a process that has just died is told by `close`.
  child.stdin.on('error', () => undefined);
  child.on('error', () => lose(decoder, program)).on('close', () => lose(decoder, program));
  void answer(decoder);
  return decoder;
}

async function answer(decoder: Decoder): Promise<void> {
  try {
    for await (const { head, body } of messagesOf(decoder.child.stdout)) {
      const done = decoder.queue.shift();
      nextPicture(decoder);
      const ok = typeof head === 'object' && head !== null && 'ok' in head && head.ok === true;
      if (ok) done?.resolve(body);
      else done?.reject(damaged(done.subject, 'are damaged'));
    }
  } catch {
    decoder.child.kill('SIGKILL');
  }
}

/** Starts the clock of the next picture; without one the process no longer keeps the program alive. */
function nextPicture(decoder: Decoder): void {
  const { child, queue } = decoder;
  clearTimeout(decoder.timer);
  const busy = queue.length > 0;
  for (const handle of [child, child.stdin, child.stdout]) keepAlive(handle, busy);
  if (!busy) return;
  decoder.timer = setTimeout(() => {
    decoder.ended ??= 'time';
    child.kill('SIGKILL');
  }, SECONDS_A_PICTURE * 1000);
}

function keepAlive(handle: object, busy: boolean): void {
  // The streams of a child are sockets, which can be unreferenced; their types do not say so.
  const method = busy ? 'ref' : 'unref';
  if (method in handle) (handle as { ref(): void; unref(): void })[method]();
}

const watched = new WeakSet<AbortSignal>();

/** Ends the processes that work for a signal when it is aborted. One listener for all pictures of a series. */
function endOnAbort(signal: AbortSignal): void {
  if (watched.has(signal)) return;
  watched.add(signal);
  signal.addEventListener(
    'abort',
    () => {
      for (const decoder of decoders) {
        if (!decoder.queue.some((waiting) => waiting.signal === signal)) continue;
        decoder.ended ??= 'cancelled';
        decoder.child.kill('SIGKILL');
      }
    },
    { once: true },
  );
}

/** A process is gone: the picture it was at is to blame, unless we ended it; the others begin anew. */
function lose(decoder: Decoder, program: URL): void {
  if (!decoders.delete(decoder)) return;
  clearTimeout(decoder.timer);
  const [first, ...others] = decoder.queue;
  decoder.queue = [];
  if (first === undefined) return;
  const reason =
    decoder.ended === 'time' ? `are not decoded within ${SECONDS_A_PICTURE} s` : 'take more memory than is allowed, or end the decoder';
  if (decoder.ended !== 'cancelled') first.reject(damaged(first.subject, reason));
  else others.unshift(first);
  for (const waiting of others) {
    if (waiting.signal?.aborted === true) waiting.reject(cancelled());
    else submit(waiting, program);
  }
}

function damaged(subject: string, what: string, cause?: unknown): TesseraError {
  return new TesseraError('bad-file', `holds compressed pixels that ${what}.`, {
    subject,
    advice: 'Copy or export it again, uncompressed if you can.',
    cause,
  });
}
