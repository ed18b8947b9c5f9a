import { isAbort, reportOf } from '../api/errors.ts';
import type { Host } from '../api/host.ts';
import type { ImportProblem } from '../api/types.ts';
import { putFile } from '../api/upload.ts';
import type { GivenFile } from './dropped-files.ts';

/** Files that travel to the host at the same time. */
const LANES = 4;

export type Send = typeof putFile;

/** The files that are on their way to the host. */
export class Upload {
  files = $state(0);
  sentFiles = $state(0);
  bytes = $state(0);
  sentBytes = $state(0);
  problems = $state.raw<readonly ImportProblem[]>([]);
  readonly #host: Host;
  readonly #send: Send;
  readonly #aborter = new AbortController();

  constructor(host: Host, send: Send = putFile) {
    this.#host = host;
    this.#send = send;
  }

  get fraction(): number | null {
    return this.bytes === 0 ? null : this.sentBytes / this.bytes;
  }

  cancel(): void {
    this.#aborter.abort();
  }

  /**
   * Sends all files to a new source. A file that fails is told in `problems`, the others go on.
   * @returns the source, or undefined when no file arrived
   */
  async run(given: readonly GivenFile[]): Promise<string | undefined> {
    const { signal } = this.#aborter;
    this.files = given.length;
    this.bytes = given.reduce((sum, { file }) => sum + file.size, 0);
    const { source } = await this.#host.newUpload();
    const queue = given.values();
    const lane = async (): Promise<void> => {
      for (const { name, file } of queue) {
        await this.#put(source, name, file, signal);
        this.sentFiles++;
      }
    };
    await Promise.all(Array.from({ length: Math.min(LANES, given.length) }, lane));
    return this.problems.length < given.length ? source : undefined;
  }

  async #put(source: string, name: string, file: File, signal: AbortSignal): Promise<void> {
    let told = 0;
    const progress = (sent: number): void => {
      const now = Math.min(sent, file.size);
      this.sentBytes += now - told;
      told = now;
    };
    try {
      await this.#send(this.#host.uploadUrl(source, name), file, signal, progress);
    } catch (error) {
      if (isAbort(error)) throw error;
      this.problems = [...this.problems, { name, error: reportOf(error) }];
    }
    progress(file.size);
  }
}
