import { TesseraError } from '../../../base/errors.ts';
import { findScans } from '../../../imaging/index.ts';
import { importScans as store } from '../../../workspace/index.ts';
import type { ImportProblem } from '../../api/jobs.ts';
import type { EngineHandler } from '../context.ts';
import { toWire } from '../wire-error.ts';

/** Stores every scan in files, folders and archives, with the labels that were drawn on it; what fails is told, the rest is done. */
export const importScans: EngineHandler<'import'> = async ({ paths }, { workspace, task, breathe, emit }) => {
  const found = await findScans(paths, task);
  try {
    const options = { labels: true, keepNames: true, breathe };
    const imported = await store(workspace, found.scans, options, task, ({ scan, state, layers }) => {
      emit({ kind: 'scan-stored', scan: scan.id, added: state !== 'known' });
      for (const { id } of layers) emit({ kind: 'layer-stored', scan: scan.id, layer: id });
    });
    // Localizers and the like are in every study: they are told of only where there is nothing else.
    const left = imported.scans.length === 0 ? found.problems : found.problems.filter(({ leftOut }) => leftOut !== true);
    const problems = [...left, ...imported.problems].map(({ name, error }) => problem(name, error));
    if (imported.scans.length + problems.length === 0)
      throw new TesseraError('no-data', 'There is no scan among the files.', {
        advice: 'Give DICOM, NIfTI, NRRD or MetaImage files, folders of them, or zip archives.',
      });
    const ids = (known: boolean): string[] => [
      ...new Set(imported.scans.filter(({ state }) => (state === 'known') === known).map(({ scan }) => scan.id)),
    ];
    const layers = imported.scans.flatMap((one) => one.layers.map(({ id }) => ({ scan: one.scan.id, layer: id })));
    return { scans: ids(false), known: ids(true).filter((id) => !ids(false).includes(id)), layers, problems };
  } finally {
    await found.close();
  }
};

/** The name says which file; its whole path is nobody's business. */
function problem(name: string, error: TesseraError): ImportProblem {
  const { subject, ...rest } = toWire(error);
  return { name, error: subject === undefined || /[\\/]/.test(subject) ? rest : { subject, ...rest } };
}
