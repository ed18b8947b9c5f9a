import { ApiError, isAbort, parseErrorBody } from './errors.ts';

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions extends RequestOptions {
  /** Called with the bytes read so far, as they arrive. */
  readonly progress?: (received: number) => void;
}

/** How often the rest of a broken stream is asked for again. */
const MOST_RESUMPTIONS = 3;

/** Speaks to the host's API; see `core/service/api` for what each path takes and gives. */
export class Client {
  readonly #base: string;
  readonly #fetch: typeof fetch;

  constructor(base = 'api', fetcher: typeof fetch = (input, init) => fetch(input, init)) {
    this.#base = base;
    this.#fetch = fetcher;
  }

  url(path: string): string {
    return `${this.#base}${path}`;
  }

  async get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return (await (await this.#send(path, {}, options)).json()) as T;
  }

  async post<T>(path: string, body: unknown = {}, options: RequestOptions = {}): Promise<T> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const text = await (await this.#send(path, init, options)).text();
    // 204: nothing to say.
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Sends bytes of some content type and reads JSON. */
  async send<T>(path: string, type: string, body: Uint8Array<ArrayBuffer>, options: RequestOptions = {}): Promise<T> {
    const init = { method: 'POST', headers: { 'content-type': type }, body };
    return (await (await this.#send(path, init, options)).json()) as T;
  }

  /** Asks with JSON and reads bytes of any length. */
  async ask(path: string, body: unknown, options: RequestOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return new Uint8Array(await (await this.#send(path, init, options)).arrayBuffer());
  }

  /** Reads bytes of any length. */
  async all(path: string, options: RequestOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.#send(path, {}, options)).arrayBuffer());
  }

  async put(path: string, body: unknown, options: RequestOptions = {}): Promise<void> {
    await this.#send(path, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }, options);
  }

  /** A stream as it arrives, for server-sent events. */
  async stream(path: string, headers: Record<string, string>, options: RequestOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#send(path, { headers }, options);
    if (!body) throw new ApiError(0, { code: 'unknown', message: 'The host sent an answer without a body.' });
    return body;
  }

  /** Reads raw bytes into one buffer made at once; a broken connection is taken up where it broke. */
  async bytes(path: string, length: number, { signal, progress }: ReadOptions = {}): Promise<ArrayBuffer> {
    const buffer = new ArrayBuffer(length);
    const target = new Uint8Array(buffer);
    let received = 0;
    for (let resumption = 0; received < length; resumption++) {
      const rest: RequestInit = received === 0 ? {} : { headers: { range: `bytes=${received}-` } };
      const response = await this.#send(path, rest, { signal });
      if (response.status !== 206) received = 0;
      try {
        await readInto(target, received, response, (now) => {
          received = now;
          progress?.(now);
        });
        if (received < length) throw new TypeError('The answer ended early.');
      } catch (error) {
        if (isAbort(error) || resumption === MOST_RESUMPTIONS) throw error;
      }
    }
    return buffer;
  }

  /** Reads the bytes from `from` up to but without `to`. */
  async range(path: string, from: number, to: number, options: RequestOptions = {}): Promise<ArrayBuffer> {
    const response = await this.#send(path, { headers: { range: `bytes=${from}-${to - 1}` } }, options);
    const bytes = await response.arrayBuffer();
    return response.status === 206 ? bytes : bytes.slice(from, to);
  }

  async #send(path: string, init: RequestInit, { signal }: RequestOptions): Promise<Response> {
    let response: Response;
    try {
      response = await this.#fetch(this.url(path), { ...init, signal: signal ?? null });
    } catch (error) {
      if (isAbort(error)) throw error;
      throw new ApiError(0, { code: 'unreachable', message: 'The host cannot be reached.' }, error);
    }
    if (!response.ok) throw new ApiError(response.status, parseErrorBody(response.status, await response.text()));
    return response;
  }
}

async function readInto(target: Uint8Array, offset: number, response: Response, progress: (received: number) => void): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) throw new TypeError('The answer has no body.');
  let at = offset;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (at + value.length > target.length) {
      await reader.cancel();
      throw new ApiError(response.status, { code: 'unknown', message: 'The host sent more bytes than it said.' });
    }
    target.set(value, at);
    at += value.length;
    progress(at);
  }
}
