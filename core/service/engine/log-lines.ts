const MOST_LINES = 300;
const MOST_CHARACTERS = 400;
/** Anything with a slash or backslash inside, quoted or not: file and folder names may name the patient. */
const PATHS = /(["'`])(?:(?!\1).)*[\\/](?:(?!\1).)*\1|(?:file:\/\/|[A-Za-z]:)?[^\s"'`()]*[\\/][^\s"'`()]*/g;

/** The last lines that a process wrote, without paths. */
export class LogLines {
  readonly #lines: string[] = [];
  #rest = '';

  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    // A line without an end must not fill the memory.
    this.#rest = (lines.pop() ?? '').slice(0, 4 * MOST_CHARACTERS);
    for (const line of lines) this.#push(line);
  }

  get lines(): readonly string[] {
    return this.#rest === '' ? this.#lines : [...this.#lines, clean(this.#rest)];
  }

  #push(line: string): void {
    if (line.trim() === '') return;
    this.#lines.push(clean(line));
    if (this.#lines.length > MOST_LINES) this.#lines.shift();
  }
}

function clean(line: string): string {
  return line.replace(PATHS, '<path>').slice(0, MOST_CHARACTERS);
}
