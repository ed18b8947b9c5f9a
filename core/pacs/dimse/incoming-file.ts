import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import type { ReceivedFiles } from '../received-files.ts';
import { fileMeta } from './file-meta.ts';

/** A file that is coming over a DICOM association: its data set goes to disk as it comes, behind file meta information of ours. */
export class IncomingFile extends Writable {
  readonly path: string;
  /** Why it cannot be kept. It takes the rest all the same: dcmjs-dimse would wait for ever for a stream that has failed. */
  failure: Error | undefined;
  private readonly handle: number;
  private readonly files: ReceivedFiles;

  constructor(files: ReceivedFiles, sopClass: string, sopInstance: string, transferSyntax: string) {
    // Writing is done when `write` returns, so nothing ever waits.
    super({ highWaterMark: Number.MAX_SAFE_INTEGER });
    this.files = files;
    this.path = files.temporaryPath();
    mkdirSync(dirname(this.path), { recursive: true });
    this.handle = openSync(this.path, 'wx');
    this.write(fileMeta(sopClass, sopInstance, transferSyntax));
  }

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.attempt(() => {
      this.files.admit(piece.length);
      for (let at = 0; at < piece.length;) at += writeSync(this.handle, piece, at);
    });
    done();
  }

  override _final(done: () => void): void {
    this.attempt(() => fsyncSync(this.handle));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    closeSync(this.handle);
    done(error);
  }

  private attempt(work: () => void): void {
    if (this.failure !== undefined) return;
    try {
      work();
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
  }
}
