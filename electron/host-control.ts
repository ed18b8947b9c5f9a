import { text } from 'node:stream/consumers';
import type * as z from 'zod';
import { TesseraError } from '../core/base/errors.ts';
import { CONTROL_HEADER, located, type LocateRequest } from '../core/service/api/control.ts';
import { errorAnswer } from '../core/service/api/errors.ts';
import { job, type Job } from '../core/service/api/jobs.ts';
import { newSource } from '../core/service/api/uploads.ts';
import { requestHost } from './host-request.ts';
import type { ReadyHost } from './proxy.ts';

/** What the shell itself asks of the host, by routes that the page cannot reach. */
export class HostControl {
  readonly #host: ReadyHost;

  constructor(host: ReadyHost) {
    this.#host = host;
  }

  /** Tells the host of files and folders that the user chose. @returns the name by which the page may speak of them */
  async registerSource(paths: readonly string[]): Promise<string> {
    return (await this.#ask('POST', '/control/sources', newSource, { paths })).source;
  }

  async locate(what: LocateRequest): Promise<string> {
    return (await this.#ask('POST', '/control/locate', located, what)).path;
  }

  jobs(): Promise<Job[]> {
    return this.#ask('GET', '/api/jobs', job.array());
  }

  async #ask<T extends z.ZodType>(method: string, path: string, schema: T, content?: unknown): Promise<z.infer<T>> {
    const door = await this.#host.ready();
    const headers = { [CONTROL_HEADER]: door.secret, ...(content === undefined ? {} : { 'content-type': 'application/json' }) };
    const body = content === undefined ? {} : { body: JSON.stringify(content) };
    const answer = await requestHost(door, { method, path, headers, ...body });
    const document: unknown = JSON.parse(await text(answer));
    if (answer.statusCode === 200 || answer.statusCode === 201) return schema.parse(document);
    const error = errorAnswer.safeParse(document).data?.error;
    throw new TesseraError('server-failed', error?.message ?? `The host answered ${answer.statusCode}.`, {
      ...(error?.subject === undefined ? {} : { subject: error.subject }),
      ...(error?.advice === undefined ? {} : { advice: error.advice }),
    });
  }
}
