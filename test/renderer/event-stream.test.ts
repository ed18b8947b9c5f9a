import { describe, expect, it } from 'vitest';
import { Client } from '../../renderer/api/client.ts';
import { followEvents } from '../../renderer/api/event-stream.ts';

const stream = (text: string): Response => new Response(text, { headers: { 'content-type': 'text/event-stream' } });

describe('the connection to the host’s events', () => {
  it('is taken up after the last event seen, with longer and longer pauses while nobody answers', async () => {
    const aborter = new AbortController();
    const asked: (string | null)[] = [];
    const answers = [
      () => stream('id: 4\nevent: engine\ndata: {"state":"busy"}\n\n'),
      () => Response.error(),
      () => new Response('{}', { status: 502 }),
      () => stream('id: 5\nevent: engine\ndata: {"state":"idle"}\n\n'),
    ];
    const fetcher: typeof fetch = (_input, init) => {
      asked.push(new Headers(init?.headers).get('last-event-id'));
      const answer = answers.shift();
      return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('fetch failed'));
    };
    const events: unknown[] = [];
    const states: string[] = [];
    const pauses: number[] = [];
    await followEvents(new Client('/api', fetcher), aborter.signal, {
      onevent: (event) => events.push(event),
      onstate: (state) => states.push(state),
      wait: (milliseconds) => {
        pauses.push(milliseconds);
        if (pauses.length === 4) aborter.abort();
        return Promise.resolve();
      },
    });
    expect(asked).toEqual([null, '4', '4', '4']);
    expect(events).toEqual([
      { kind: 'engine', data: { state: 'busy' } },
      { kind: 'engine', data: { state: 'idle' } },
    ]);
    expect(states).toEqual(['connecting', 'open', 'lost', 'lost', 'lost', 'open', 'lost']);
    expect(pauses).toEqual([500, 1000, 2000, 500]);
  });

  it('ends quietly when the page no longer wants it', async () => {
    const aborter = new AbortController();
    const states: string[] = [];
    const fetcher: typeof fetch = () => {
      aborter.abort();
      return Promise.reject(new DOMException('gone', 'AbortError'));
    };
    await followEvents(new Client('/api', fetcher), aborter.signal, { onevent: () => undefined, onstate: (state) => states.push(state) });
    expect(states).toEqual(['connecting']);
  });
});
