import { describe, expect, it } from 'vitest';
import { Client } from '../../renderer/api/client.ts';
import { ApiError, isAbort, parseErrorBody, reportOf } from '../../renderer/api/errors.ts';

type Answer = (headers: Headers, url: string) => Response | Promise<Response>;

/** A client whose host gives these answers in turn; what was asked is remembered. */
function clientWith(...answers: Answer[]): { client: Client; asked: string[] } {
  const asked: string[] = [];
  const fetcher: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    const url = input instanceof Request ? input.url : String(input);
    asked.push(`${init?.method ?? 'GET'} ${url} ${headers.get('range') ?? ''}`.trim());
    init?.signal?.throwIfAborted();
    const answer = answers.shift();
    if (!answer) throw new TypeError('fetch failed');
    return answer(headers, url);
  };
  return { client: new Client('/api', fetcher), asked };
}

/** A body that sends some bytes and then breaks, as a lost connection does. */
function broken(bytes: readonly number[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = false;
  return new ReadableStream({
    pull: (controller) => {
      if (sent) controller.error(new TypeError('network error'));
      else controller.enqueue(Uint8Array.from(bytes));
      sent = true;
    },
  });
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the client', () => {
  it('reads JSON and sends JSON', async () => {
    const { client, asked } = clientWith(
      () => Response.json({ version: '1' }),
      () => Response.json({ id: 'a' }),
      () => new Response(null, { status: 204 }),
    );
    expect(await client.get('/status')).toEqual({ version: '1' });
    expect(await client.post('/jobs', { kind: 'import' })).toEqual({ id: 'a' });
    expect(await client.post('/scans/1/remove')).toBeUndefined();
    expect(asked).toEqual(['GET /api/status', 'POST /api/jobs', 'POST /api/scans/1/remove']);
  });

  it('gives the words of the host when it says no', async () => {
    const error = { code: 'not-found', subject: 'scan 7', message: 'There is no such scan.', advice: 'Choose another.' };
    const { client } = clientWith(() => Response.json({ error }, { status: 404 }));
    const thrown = await failure(client.get('/scans/7'));
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ status: 404, report: error });
  });

  it('says so when no host answers', async () => {
    const { client } = clientWith();
    expect(reportOf(await failure(client.get('/status')))).toMatchObject({ code: 'unreachable' });
  });

  it('hands an abort through as one', async () => {
    const { client } = clientWith(() => Response.json({}));
    expect(isAbort(await failure(client.get('/status', { signal: AbortSignal.abort() })))).toBe(true);
  });

  it('reads bytes into one buffer and tells how far it is', async () => {
    const { client } = clientWith(() => new Response(Uint8Array.from([1, 2, 3, 4])));
    const seen: number[] = [];
    const bytes = await client.bytes('/v', 4, { progress: (received) => seen.push(received) });
    expect([...new Uint8Array(bytes)]).toEqual([1, 2, 3, 4]);
    expect(seen.at(-1)).toBe(4);
  });

  it('takes a broken stream up where it broke', async () => {
    const { client, asked } = clientWith(
      () => new Response(broken([1, 2, 3])),
      () => new Response(Uint8Array.from([4, 5]), { status: 206 }),
    );
    expect([...new Uint8Array(await client.bytes('/v', 5))]).toEqual([1, 2, 3, 4, 5]);
    expect(asked).toEqual(['GET /api/v', 'GET /api/v bytes=3-']);
  });

  it('begins anew when the host gives the whole again', async () => {
    const { client } = clientWith(
      () => new Response(broken([9])),
      () => new Response(Uint8Array.from([1, 2, 3])),
    );
    expect([...new Uint8Array(await client.bytes('/v', 3))]).toEqual([1, 2, 3]);
  });

  it('gives up after a few broken streams, and on too many bytes', async () => {
    const short: Answer = () => new Response(Uint8Array.from([1]), { status: 206 });
    const { client, asked } = clientWith(short, short, short, short, short, short);
    expect(await failure(client.bytes('/v', 9))).toBeInstanceOf(TypeError);
    expect(asked).toHaveLength(4);
    const long = clientWith(...Array.from({ length: 4 }, () => () => new Response(Uint8Array.from([1, 2, 3]))));
    expect(reportOf(await failure(long.client.bytes('/v', 2))).message).toContain('more bytes');
  });

  it('cuts a range out itself when the host does not', async () => {
    const { client } = clientWith(
      () => new Response(Uint8Array.from([2, 3]), { status: 206 }),
      () => new Response(Uint8Array.from([1, 2, 3, 4])),
    );
    expect([...new Uint8Array(await client.range('/v', 1, 3))]).toEqual([2, 3]);
    expect([...new Uint8Array(await client.range('/v', 1, 3))]).toEqual([2, 3]);
  });
});

describe('an error body', () => {
  it.each(['', '<html>Bad gateway</html>', '{}', '{"error":"no"}', '{"error":{"code":7,"message":"x"}}', 'null', '[]'])(
    'that is not the host’s (%s) still gives a report',
    (body) => {
      expect(parseErrorBody(502, body)).toEqual({ code: 'unknown', message: 'The host answered 502.' });
    },
  );
});
