/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | undefined;
  /** The name of the event; `message` when the stream gives none. */
  readonly event: string;
  readonly data: string;
}

/**
 * Reads a stream of server-sent events piece by piece (HTML standard, 9.2.6): lines may end in LF, CR or CRLF and be cut anywhere;
 * comments and unknown fields are passed over, an event ends at an empty line, and one without data is dropped.
 */
export class EventParser {
  #rest = '';
  #event = '';
  #data: string[] = [];
  #lastId: string | undefined;

  /** Where to go on after the connection broke. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  push(chunk: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    let text = this.#rest + chunk;
    // A CR at the very end may be the first half of a CRLF.
    const held = text.endsWith('\r') ? '\r' : '';
    text = text.slice(0, text.length - held.length);
    const lines = text.split(/\r\n|\r|\n/);
    this.#rest = (lines.pop() ?? '') + held;
    for (const line of lines) {
      if (line !== '') {
        this.#field(line);
        continue;
      }
      if (this.#data.length > 0) events.push({ id: this.#lastId, event: this.#event || 'message', data: this.#data.join('\n') });
      this.#event = '';
      this.#data = [];
    }
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#lastId = value;
  }
}
