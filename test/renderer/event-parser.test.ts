import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventParser, type ServerEvent } from '../../renderer/api/event-parser.ts';

function parse(...chunks: string[]): ServerEvent[] {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

describe('server-sent events', () => {
  it('have an id, a name and data', () => {
    expect(parse('id: 7\nevent: job\ndata: {"a":1}\n\n')).toEqual([{ id: '7', event: 'job', data: '{"a":1}' }]);
  });

  it('join lines of data, keep the last id, and are messages without a name', () => {
    expect(parse('id: 1\ndata: a\ndata: b\n\ndata:c\n\n')).toEqual([
      { id: '1', event: 'message', data: 'a\nb' },
      { id: '1', event: 'message', data: 'c' },
    ]);
  });

  it('may end their lines in any way, and comments are no events', () => {
    expect(parse(': ping\r\n\r\ndata: a\r\rdata: b\n\n').map(({ data }) => data)).toEqual(['a', 'b']);
  });

  it('without data are dropped, but their id counts', () => {
    const parser = new EventParser();
    expect(parser.push('retry: 1000\nid: 12\n\n')).toEqual([]);
    expect(parser.lastId).toBe('12');
  });

  it('are the same wherever the network cuts them', () => {
    const stream = 'id: 1\r\nevent: job\r\ndata: {"x":"ü"}\r\n\r\n: ping\n\nid: 2\ndata: one\ndata: two\n\n';
    const whole = parse(stream);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
        expect(parse(...places.slice(1).map((to, index) => stream.slice(places[index], to)))).toEqual(whole);
      }),
    );
  });
});
