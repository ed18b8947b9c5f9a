import type { EventLog, NumberedEvent } from '../event-log.ts';

/** Milliseconds between signs of life, so that a dead connection is noticed. */
const PING_EVERY = 15_000;
/** Events that may wait for a slow reader; it is then cut off, and catches up when it comes again. */
const MOST_WAITING = 3000;

/**
 * Server-sent events (WHATWG HTML, 9.2).
 * @param seen number of the last event the client has; those after it come first, or one `resync` when some are lost
 */
export function eventStream(log: EventLog, seen: number | undefined): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stop = (): void => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const say = (text: string): void => {
          if ((controller.desiredSize ?? 0) < -MOST_WAITING) {
            stop();
            controller.close();
          } else controller.enqueue(encoder.encode(text));
        };
        const ping = setInterval(() => say(': \n\n'), PING_EVERY).unref();
        const silence = log.listen((event) => say(asText(event)));
        stop = () => {
          clearInterval(ping);
          silence();
        };
        // Its place at once, so that nothing is missed when the connection is lost before the first event.
        say(`retry: 1000\nid: ${seen ?? log.last}\n\n`);
        if (seen === undefined) return;
        const missed = log.after(seen);
        if (missed === undefined) say(`id: ${log.last}\nevent: resync\ndata: {}\n\n`);
        else for (const event of missed) say(asText(event));
      },
      cancel: () => stop(),
    },
    { highWaterMark: 0 },
  );
}

function asText({ id, kind, data }: NumberedEvent): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
