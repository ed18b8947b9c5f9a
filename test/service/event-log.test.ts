import { describe, expect, it } from 'vitest';
import { EventLog } from '../../core/service/event-log.ts';
import { eventStream } from '../../core/service/routes/event-stream.ts';

/** What a client has got so far: the stream is read until `enough` says so. */
async function read(stream: ReadableStream<Uint8Array>, enough: (text: string) => boolean): Promise<string> {
  const reader = stream.getReader();
  let text = '';
  while (!enough(text)) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  return text;
}

const idsOf = (text: string): number[] => [...text.matchAll(/^id: (\d+)\nevent/gm)].map(([, id]) => Number(id));

describe('events', () => {
  it('come to a client that returns from the one after the last that it saw', async () => {
    const log = new EventLog();
    for (let n = 0; n < 5; n++) log.publish('scan-removed', { id: `${n}` });
    const text = await read(eventStream(log, log.last - 2), (got) => idsOf(got).length === 2);
    expect(idsOf(text)).toEqual([log.last - 1, log.last]);
    expect(text).toContain('event: scan-removed\ndata: {"id":"4"}\n\n');
  });

  it('tell a client to ask anew when it missed more than are kept', async () => {
    const log = new EventLog();
    const start = log.last;
    for (let n = 0; n < 1001; n++) log.publish('scan-removed', { id: `${n}` });
    const text = await read(eventStream(log, start), (got) => idsOf(got).length > 0);
    expect(text).toContain(`id: ${log.last}\nevent: resync\ndata: {}\n\n`);
    expect(idsOf(await read(eventStream(log, start + 1), (got) => idsOf(got).length >= 1000))).toHaveLength(1000);
  });

  it.each([
    ['of an earlier host', -1],
    ['from the future', 1],
  ])('tell a client with a number %s to ask anew', async (_, offset) => {
    const log = new EventLog();
    const text = await read(eventStream(log, log.last + offset), (got) => idsOf(got).length > 0);
    expect(text).toContain('event: resync');
  });

  it('go on after the replay, and stop when the client is gone', async () => {
    const log = new EventLog();
    const stream = eventStream(log, log.last);
    log.publish('engine', { state: 'busy' });
    expect(await read(stream, (got) => idsOf(got).length === 1)).toContain('data: {"state":"busy"}');
    log.publish('engine', { state: 'idle' });
  });

  it('tell a new client where it stands', async () => {
    const log = new EventLog();
    log.publish('engine', { state: 'busy' });
    expect(await read(eventStream(log, undefined), (got) => got.includes('\n\n'))).toBe(`retry: 1000\nid: ${log.last}\n\n`);
  });
});
