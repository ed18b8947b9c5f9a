import { TesseraError } from '../../base/errors.ts';
import { SECONDS_A_LABEL_FILE } from '../decode-limits.ts';
import { DecodePool, ProcessLost, type Loss } from '../decode-pool.ts';
import type { DecodeJob } from '../decode-process-child.ts';
import { decodeProgram } from '../decode-process.ts';
import type { DecodeMessage } from '../decode-process-messages.ts';
import { voxelCount } from '../volume.ts';
import { labelJob, readDicomLabelsHere, type LabelAnswer } from './label-job.ts';
import type { ReadLabels, ReadLabelsOptions } from './read-seg.ts';

export interface ReadApartOptions extends ReadLabelsOptions {
  /** Seconds after which the reading is given up; {@link SECONDS_A_LABEL_FILE} unless given. */
  readonly timeoutSeconds?: number;
}

let pool: DecodePool | undefined;

/**
 * Reads a DICOM segmentation, with or without its scan, or a structure set onto its scan, in a child process with bounded memory and time.
 * Whatever is in the file, it ends at most that process. Run from TypeScript source by a Node that cannot load it (tests), reading happens in
 * this process.
 * @throws TesseraError as `readSegmentation` and `readStructureSet`; `unsupported-file` for what is neither; `usage` for a structure set
 * without a scan; `timeout`; `too-large` when it takes too much memory; `cancelled`
 */
export async function readDicomLabels(path: string, options: ReadApartOptions = {}): Promise<ReadLabels> {
  const { signal, timeoutSeconds: seconds = SECONDS_A_LABEL_FILE } = options;
  const program = decodeProgram();
  if (program === undefined) return readDicomLabelsHere(path, options);
  pool ??= new DecodePool({ program, most: 2, worthAnother: 1 });
  const head: DecodeJob = { kind: 'labels', labels: labelJob(path, options) };
  try {
    return labelsOf(await pool.run(head, new Uint8Array(0), { seconds, signal }), path);
  } catch (error) {
    if (error instanceof ProcessLost) throw lost(path, error, seconds);
    throw error;
  }
}

function labelsOf({ head, body }: DecodeMessage, path: string): ReadLabels {
  // The other end is our own program of the same version.
  const answer = head as LabelAnswer;
  if ('error' in answer) throw new TesseraError(answer.error.code, answer.error.message, answer.error);
  if ('unexpected' in answer)
    throw new TesseraError('runtime-failed', `could not be read: the reader failed (${answer.unexpected}).`, {
      subject: path,
      advice: 'Report this with the file if you may share it.',
    });
  let at = 0;
  const layers = answer.layers.map(({ geometry, values, wide }) => {
    const end = at + voxelCount(geometry.dims) * (wide ? 2 : 1);
    // A copy of its own begins at a place in memory that fits two-byte numbers.
    const { buffer } = new Uint8Array(body.subarray(at, end));
    at = end;
    const voxels = wide ? new Uint16Array(buffer) : new Uint8Array(buffer);
    return { volume: { geometry, voxels, slope: 1, intercept: 0 }, values };
  });
  return { layers, segments: answer.segments, findings: answer.findings };
}

function lost(path: string, cause: ProcessLost, seconds: number): TesseraError {
  const words: Readonly<Record<Loss, () => TesseraError>> = {
    time: () =>
      new TesseraError('timeout', `was not read within ${seconds} s.`, { subject: path, advice: 'Export it again, or crop it.', cause }),
    memory: () =>
      new TesseraError('too-large', 'takes more memory to read than is allowed.', {
        subject: path,
        advice: 'Export it with fewer segments, or crop it.',
        cause,
      }),
    died: () =>
      new TesseraError('bad-file', 'ended the process that read it, perhaps by taking too much memory.', {
        subject: path,
        advice: 'Export it again.',
        cause,
      }),
  };
  return words[cause.why]();
}
