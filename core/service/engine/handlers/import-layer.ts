import { stat } from 'node:fs/promises';
import { isTesseraError, TesseraError } from '../../../base/errors.ts';
import { filesOf, formatOf } from '../../../imaging/index.ts';
import { isDicomPath } from '../../../imaging/segmentations/index.ts';
import type { EngineHandler } from '../context.ts';
import { storeLabels } from './store-labels.ts';

/** Stores label maps, DICOM segmentations and structure sets as layers of a scan; on another grid only with the user's word. */
export const importLayer: EngineHandler<'import-layer'> = async ({ scan, paths, resample }, context) => {
  const { geometry } = await context.workspace.scan(scan);
  const files = (await Promise.all(paths.map(labelFiles))).flat();
  if (files.length === 0)
    throw new TesseraError('no-data', 'There are no labels among the files.', {
      advice: 'Give a label map (NIfTI, NRRD, MetaImage), a DICOM segmentation or an RT structure set.',
    });
  const layers = [];
  for (const [done, file] of files.entries()) {
    context.task.progress({ stage: 'import labels', done, total: files.length });
    await context.breathe();
    layers.push(...(await storeLabels(context, scan, geometry, file, { resample: resample ?? false }).catch(withAdvice)));
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
