/** A file the user gave, with its place in the folder it came with (`series/0001.dcm`). */
export interface GivenFile {
  readonly name: string;
  readonly file: File;
}

/** What the user gives: files to be sent to the host, or a source that the desktop's dialog has registered there. */
export type Given = { readonly files: readonly GivenFile[] } | { readonly source: string };

/** The parts of the browser's file system entries that are used. */
export type Entry =
  | {
      readonly isFile: true;
      readonly isDirectory: false;
      readonly fullPath: string;
      file(ok: (file: File) => void, no: (error: unknown) => void): void;
    }
  | { readonly isFile: false; readonly isDirectory: true; createReader(): EntryReader };
interface EntryReader {
  readEntries(ok: (entries: Entry[]) => void, no: (error: unknown) => void): void;
}

/** Files of an input element, folders included. */
export function filesOfInput(files: Iterable<File>): GivenFile[] {
  return [...files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

/**
 * Files and whole folders that were dropped. The entries must be taken from the event at once (it is empty once its handler has
 * returned); walking them may take its time.
 */
export function entriesOfDrop(transfer: DataTransfer): Entry[] {
  return [...transfer.items].flatMap((item) => (item.kind === 'file' ? ((item.webkitGetAsEntry() as Entry | null) ?? []) : []));
}

export async function filesOfEntries(entries: readonly Entry[]): Promise<GivenFile[]> {
  const files: GivenFile[] = [];
  const queue = [...entries];
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    if (entry.isDirectory) queue.push(...(await readAll(entry.createReader())));
    else files.push({ name: entry.fullPath.replace(/^\/+/, ''), file: await readFile(entry) });
  }
  return files;
}

/** A reader hands out a hundred entries at a time, and none when all were handed out. */
async function readAll(reader: EntryReader): Promise<Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const some = await new Promise<Entry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function readFile(entry: Extract<Entry, { isFile: true }>): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
