import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isTesseraError, TesseraError } from '../../../base/errors.ts';
import { filesOf, formatOf } from '../../../imaging/index.ts';
import { isDicomPath } from '../../../imaging/segmentations/index.ts';
import { importLabels } from '../../../workspace/index.ts';
import type { JobResult } from '../../api/jobs.ts';
import type { EngineHandler } from '../context.ts';

/** Files beside a label map that say what its values mean. */
const NAMES = ['labels.json', 'dataset.json'];

/** Stores label maps, DICOM segmentations and structure sets as layers of a scan; on another grid only with the user's word. */
export const importLayer: EngineHandler<'import-layer'> = async ({ scan: id, paths, resample = false }, context) => {
  const { workspace, task, breathe, emit } = context;
  const scan = await workspace.scan(id);
  // They name the values of a label map, which is read together with them.
  const given = paths.filter((path) => !NAMES.includes(basename(path)));
  const files = (await Promise.all(given.map(labelFiles))).flat();
  if (files.length === 0)
    throw new TesseraError('no-data', 'There are no labels among the files.', {
      advice: 'Give a label map (NIfTI, NRRD, MetaImage), a DICOM segmentation or an RT structure set.',
    });
  const layers: NonNullable<JobResult['layers']> = [];
  for (const [done, file] of files.entries()) {
    task.progress({ stage: 'import labels', done, total: files.length });
    await breathe();
    for (const layer of await importLabels(workspace, scan, file, { name: nameOf(file), resample }, task).catch(withAdvice)) {
      layers.push({ scan: id, layer: layer.id });
      emit({ kind: 'layer-stored', scan: id, layer: layer.id });
    }
  }
  return { layers };
};

async function labelFiles(path: string): Promise<string[]> {
  const status = await stat(path).catch((cause: unknown) => {
    throw new TesseraError('not-found', 'does not exist.', { subject: path, advice: 'Choose it again.', cause });
  });
  if (!status.isDirectory()) return [path];
  return (await filesOf(path)).filter((file) => formatOf(file) !== undefined || isDicomPath(file)).sort();
}

/** The file's name without ending. */
function nameOf(path: string): string {
  const name = basename(path);
  return name.slice(0, name.length - (formatOf(path)?.extension.length ?? 0));
}

/** What to do about labels on another grid, for people in front of a window. */
function withAdvice(error: unknown): never {
  if (!isTesseraError(error) || error.code !== 'grid-mismatch') throw error;
  const { code, message, subject } = error;
  throw new TesseraError(code, message, {
    ...(subject === undefined ? {} : { subject }),
    advice: 'Check that labels and scan belong together, or import them again and allow resampling.',
    cause: error,
  });
}
