import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../base/atomic-file.ts';
import { TesseraError } from '../base/errors.ts';
import { text } from '../imaging/dicom/data-set.ts';
import { readDicomHeader } from '../imaging/dicom/read-header.ts';
import { isUid, type PacsTarget } from './query.ts';

/** What came of the files of a retrieval: their paths. */
export interface Received {
  /** Written now. */
  readonly written: readonly string[];
  /** There already, with the same bytes. */
  readonly present: readonly string[];
  /** There already with other bytes, and left as they were. */
  readonly differing: readonly string[];
}

/**
 * Takes in the files of one retrieval. A file lies in a folder named by a hash of its series' UID and bears its SOP instance UID, never a
 * name or number of the patient. It appears when it is whole and belongs to what was asked for; nothing that was there is overwritten.
 */
export class ReceivedFiles implements Received {
  readonly written: string[] = [];
  readonly present: string[] = [];
  readonly differing: string[] = [];
  private readonly folder: string;
  private readonly target: PacsTarget;
  private bytesLeft: number;

  /** @param mostBytes of all files together */
  constructor(folder: string, target: PacsTarget, mostBytes: number) {
    this.folder = folder;
    this.target = target;
    this.bytesLeft = mostBytes;
  }

  get count(): number {
    return this.written.length + this.present.length + this.differing.length;
  }

  /** A name for a file that is still coming, in the same folder so that it can be renamed. */
  temporaryPath(): string {
    return join(this.folder, `.incoming-${process.pid}-${randomUUID()}`);
  }

  /** Counts bytes that came. @throws TesseraError `too-large` when it is more than the user allowed */
  admit(bytes: number): void {
    this.bytesLeft -= bytes;
    if (this.bytesLeft >= 0) return;
    throw new TesseraError('too-large', 'is given more than is allowed; what came whole before is kept.', {
      subject: this.folder,
      advice: 'Allow more with --max-size, or get one series at a time.',
    });
  }

  /** Writes a file as it comes. @throws TesseraError what `pieces` throws; of {@link settle}; `write-failed` */
  async take(pieces: AsyncIterable<Uint8Array>): Promise<void> {
    const temporary = this.temporaryPath();
    let failure: unknown;
    try {
      // An error of the connection is no error of the disk.
      await writeFileAtomic(
        temporary,
        this.counted(pieces, (error) => (failure = error)),
      );
    } catch (error) {
      throw failure ?? error;
    }
    await this.settle(temporary);
  }

  /**
   * Gives a file that came whole its name.
   * @throws TesseraError `server-failed` when it is no DICOM file or not of what was asked for; it is removed then
   */
  async settle(temporary: string): Promise<void> {
    try {
      const path = join(this.folder, this.nameOf(temporary));
      if (await exists(path)) {
        const same = (await sha256(path)) === (await sha256(temporary));
        (same ? this.present : this.differing).push(path);
      } else {
        await mkdir(dirname(path), { recursive: true });
        await rename(temporary, path);
        this.written.push(path);
      }
    } finally {
      await rm(temporary, { force: true });
    }
  }

  private async *counted(pieces: AsyncIterable<Uint8Array>, failed: (error: unknown) => void): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of pieces) {
        this.admit(piece.length);
        yield piece;
      }
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  private nameOf(path: string): string {
    const dataSet = headerOf(path)?.dataSet;
    if (dataSet === undefined) throw wrong('sent something that is no whole DICOM file');
    const [study, series, instance] = ['x0020000d', 'x0020000e', 'x00080018'].map((tag) => text(dataSet, tag));
    if (series === undefined || instance === undefined || !isUid(series) || !isUid(instance))
      throw wrong('sent a file without usable UIDs');
    const { target } = this;
    const asked = study === target.study && series === (target.series ?? series) && instance === (target.instance ?? instance);
    if (!asked) throw wrong('sent a file of another study, series or instance than was asked for');
    return join(seriesFolder(series), `${instance}.dcm`);
  }
}

/** The folder of a series; UIDs may be registered to a hospital, so they are hashed where people look first. */
export function seriesFolder(series: string): string {
  return `series-${createHash('sha256').update(series).digest('hex').slice(0, 16)}`;
}

function headerOf(path: string): ReturnType<typeof readDicomHeader> {
  try {
    const header = readDicomHeader(path);
    return header?.part10 === true ? header : undefined;
  } catch {
    // What is wrong with it is the server's matter; the file bears no name yet that would say something.
    return undefined;
  }
}

function wrong(what: string): TesseraError {
  return new TesseraError('server-failed', `${what}; it was not kept.`, {
    subject: 'PACS',
    advice: 'Try again; if it stays, ask who runs the server.',
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
