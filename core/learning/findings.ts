import { readFile } from 'node:fs/promises';
import { TesseraError } from '../base/errors.ts';

/** What is known about each case: a column of a table for each finding. */
export interface FindingTable {
  readonly findings: readonly string[];
  /** Of each case by id, in the order of the findings: 1 there, 0 not there, −1 unknown. */
  readonly answers: ReadonlyMap<string, readonly number[]>;
}

const UNKNOWN = -1;
const meanings: Readonly<Record<string, number>> = { '1': 1, '0': 0, '': UNKNOWN };

/**
 * A table of findings: comma-separated, the first line `id` and the names of the findings, then a line for each case with 1, 0, or nothing
 * where it is unknown.
 * @throws TesseraError `not-found`, `bad-file` naming the line, `bad-labels` for a finding of which no case is known to have it, or to lack it
 */
export async function readFindings(path: string): Promise<FindingTable> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new TesseraError(missing ? 'not-found' : 'bad-file', missing ? 'does not exist.' : 'cannot be read.', { subject: path, cause });
  }
  const bad = (line: number, what: string): TesseraError =>
    new TesseraError('bad-file', `line ${String(line)} ${what}.`, {
      subject: path,
      advice: 'The first line is id and the names of the findings, then one line a case: its id, and 1, 0 or nothing for each.',
    });
  const rows = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map(fieldsOf);
  const [first, ...findings] = rows[0] ?? [];
  if (first !== 'id' || findings.length === 0) throw bad(1, 'does not begin with id and a finding');
  if (findings.some((name, i) => name === '' || findings.indexOf(name) !== i)) throw bad(1, 'has a finding without a name of its own');
  const answers = new Map<string, number[]>();
  rows.forEach(([id = '', ...values], i) => {
    if (i === 0 || (id === '' && values.length === 0)) return;
    if (values.length !== findings.length) throw bad(i + 1, `has ${String(values.length)} answers, not ${String(findings.length)}`);
    if (answers.has(id)) throw bad(i + 1, `names ${id} again`);
    answers.set(
      id,
      values.map((value) => meanings[value] ?? refuse(bad(i + 1, `has ${value}, which is neither 1 nor 0 nor nothing`))),
    );
  });
  return { findings, answers };
}

function refuse(error: TesseraError): never {
  throw error;
}

/** Fields of one line, with quotes where they are needed (RFC 4180), without the space around them. */
function fieldsOf(line: string): string[] {
  const fields = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
  // The expression also matches the nothing after the last field.
  const own = line.endsWith(',') || fields.length < 2 ? fields : fields.slice(0, -1);
  return own.map((field) => {
    const bare = field.replace(/,$/, '').trim();
    return bare.startsWith('"') ? bare.slice(1, -1).replaceAll('""', '"') : bare;
  });
}
