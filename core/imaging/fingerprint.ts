import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { TesseraError } from '../base/errors.ts';
import { seriesPathOf } from './dicom/series-path.ts';

/**
 * SHA-256 of a scan's bytes in hexadecimal, without holding them in memory: of a file, or of the fingerprints of a DICOM series' files,
 * which do not depend on the files' names. Volumes of one series have fingerprints of their own.
 * @throws TesseraError `not-found` or `bad-file`; for a series also as `readDicom`
 */
export async function fileFingerprint(path: string): Promise<string> {
  const series = seriesPathOf(path);
  if (series === undefined) return hashOfFile(path);
  const { dicomFilesOf } = await import('./dicom/read.ts');
  // Volumes of a multi-frame file share it.
  const hashes = series.volume === undefined ? [] : [`volume ${series.volume}`];
  for (const file of await dicomFilesOf(path)) hashes.push(await hashOfFile(file));
  return createHash('sha256').update(hashes.sort().join('\n')).digest('hex');
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1024 ** 2 })) hash.update(piece as Buffer);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    throw code === 'ENOENT'
      ? new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Check the path.', cause })
      : new TesseraError('bad-file', `cannot be read (${String(code ?? cause)}).`, {
          subject: path,
          advice: 'Check who may read it.',
          cause,
        });
  }
  return hash.digest('hex');
}
