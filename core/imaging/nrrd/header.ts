import { TesseraError } from '../../base/errors.ts';

/** The fields of an NRRD header by name in lower case; what a program adds as `key:=value` apart. */
export interface NrrdHeader {
  readonly version: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** Where the header ends: at the first empty line. */
export function nrrdHeaderEnd(text: string): number | undefined {
  const found = /\r?\n\r?\n/.exec(text);
  return found === null ? undefined : found.index + found[0].length;
}

/** @throws TesseraError `bad-file` when the text is no NRRD header */
export function parseNrrdHeader(text: string, path: string): NrrdHeader {
  const [magic = '', ...lines] = text.split(/\r?\n/);
  const version = /^NRRD(\d{4})$/.exec(magic.trim())?.[1];
  if (version === undefined) throw new TesseraError('bad-file', 'is no NRRD file.', { subject: path, advice: 'Choose another file.' });
  const fields = new Map<string, string>();
  for (const line of lines) {
    if (line.startsWith('#') || /^[^:]*:=/.test(line)) continue;
    const [, name, value] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields.set(name.trim().toLowerCase(), (value ?? '').trim());
  }
  return { version: Number(version), fields };
}
