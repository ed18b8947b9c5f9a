import type { Client } from './client.ts';
import { EventParser } from './event-parser.ts';
import type { ServiceEvent } from './types.ts';

export type ConnectionState = 'connecting' | 'open' | 'lost';

export interface EventStreamOptions {
  readonly onevent: (event: ServiceEvent) => void;
  readonly onstate: (state: ConnectionState) => void;
  /** Waits before the next try; tests pass their own. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/**
 * Follows the host's events until the signal ends it. A broken connection is taken up after the last event seen, so none is lost while
 * the host remembers them; when it does not, it says `resync` and the page reads everything anew.
 */
export async function followEvents(client: Client, signal: AbortSignal, options: EventStreamOptions): Promise<void> {
  const wait = options.wait ?? sleep;
  let lastId: string | undefined;
  let pause = FIRST_WAIT;
  options.onstate('connecting');
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    try {
      const stream = await client.stream('/events', lastId === undefined ? {} : { 'last-event-id': lastId }, { signal });
      options.onstate('open');
      pause = FIRST_WAIT;
      const parser = new EventParser();
      const decoder = new TextDecoder();
      const reader = stream.getReader();
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        for (const event of parser.push(decoder.decode(chunk.value, { stream: true })))
          options.onevent({ kind: event.event, data: JSON.parse(event.data) as unknown } as ServiceEvent);
        lastId = parser.lastId ?? lastId;
      }
    } catch {
      // Whatever broke, the cure is the same: try again, after a longer and longer pause.
    }
    if (ended()) return;
    options.onstate('lost');
    await wait(pause, signal);
    pause = Math.min(LONGEST_WAIT, pause * 2);
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
