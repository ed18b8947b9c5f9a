import { basename, resolve } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import type { Session } from '../session.ts';
import type { TreeLayout } from './formats.ts';

/** Writes the labelled cases of a data folder as the tree of another program. */
export async function exportTree(session: Session, folder: string, layout: TreeLayout, out: string): Promise<void> {
  const { findCases } = await import('../../imaging/index.ts');
  const { writeDatasetTree } = await import('../../imaging/segmentations/index.ts');
  if (resolve(folder) === resolve(out))
    throw new TesseraError('usage', 'is the folder that is exported.', { subject: '--out', advice: 'Choose another folder.' });
  const { cases, labelNames, channelNames, problems } = await findCases(folder);
  for (const { file, message } of problems) session.note(`tessera: ${file}: ${message}`);
  const labelled = cases.flatMap(({ id, images, label }) => (label === undefined ? [] : [{ id, images, label }]));
  if (labelled.length === 0)
    throw new TesseraError('no-data', 'has no scan with a label map.', {
      subject: folder,
      advice: 'Give a folder with images/ and labels/.',
    });
  const { files, values } = await writeDatasetTree(labelled, out, {
    layout,
    name: basename(resolve(out)),
    labelNames,
    ...(Object.keys(channelNames).length === 0 ? {} : { channelNames }),
    task: session.task,
  });
  const renumbered = [...values].filter(([before, after]) => before !== after);
  if (renumbered.length > 0)
    session.note(
      `tessera: nnU-Net wants values without gaps: ${renumbered.map(([before, after]) => `${before} became ${after}`).join(', ')}.`,
    );
  session.answer(
    { format: layout, out, cases: labelled.length, files, values: [...values].map(([before, after]) => ({ before, after })) },
    `${out}: ${labelled.length} ${labelled.length === 1 ? 'case' : 'cases'} as ${layout === 'msd' ? 'the Medical Segmentation Decathlon' : 'nnU-Net'} has them`,
  );
}
