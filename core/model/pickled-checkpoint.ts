import { open } from 'node:fs/promises';
import { TesseraError } from '../base/errors.ts';

const PAGE = 'docs/guide/convert-checkpoints.md';

/**
 * Refuses a checkpoint that only Python can read, by its content, whatever its name: a pickle can run any program on the machine that
 * opens it, so none is opened here. Whatever is not recognised passes.
 * @throws TesseraError `unsupported-file`
 */
export async function refusePickled(path: string): Promise<void> {
  const start = await firstBytes(path, 16);
  const kind = start === undefined || isSafetensors(start) ? undefined : kindOf(start);
  if (kind === undefined) return;
  throw new TesseraError('unsupported-file', `is ${kind}; only safetensors files are read.`, {
    subject: path,
    advice: `Convert it once with the few lines of Python in ${PAGE}.`,
  });
}

/** Empty or missing files are for the reader of safetensors to name. */
async function firstBytes(path: string, count: number): Promise<Buffer | undefined> {
  let file;
  try {
    file = await open(path, 'r');
  } catch {
    return undefined;
  }
  try {
    // A pipe or a folder has no start that can be read and left as it was.
    if (!(await file.stat()).isFile()) return undefined;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The length of the header, which is below 4 GiB, then the header itself: a JSON object. The length may look like the start of a pickle. */
function isSafetensors(start: Buffer): boolean {
  return start.length > 8 && start.readUInt32LE(4) === 0 && start[8] === '{'.charCodeAt(0);
}

function kindOf(start: Buffer): string | undefined {
  const begins = (text: string): boolean => start.subarray(0, text.length).equals(Buffer.from(text, 'latin1'));
  if (begins('PK\x03\x04')) return 'a zip archive, as torch.save writes it around a pickled Python object';
  // The opcode PROTO and its version.
  if (start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5) return 'a pickled Python object';
  if (begins('\x89HDF\r\n\x1a\n')) return 'an HDF5 file, as Keras writes it';
  if (begins('\x93NUMPY')) return 'a NumPy array';
  return undefined;
}
