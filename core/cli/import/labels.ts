import { basename } from 'node:path';
import { isTesseraError, TesseraError } from '../../base/errors.ts';
import type { LayerDocument } from '../../workspace/index.ts';
import { errorDocument } from '../run.ts';
import { nameOfScan } from '../scan-arguments.ts';
import type { Session } from '../session.ts';
import type { ImportCliOptions } from '../verbs/import.ts';
import { inOneLine, inWorkspace } from './workspace.ts';

/** Stores label files as layers of scans that the workspace holds. @param ids of one scan, or of one for each file */
export async function importLabelFiles(
  session: Session,
  paths: readonly string[],
  ids: readonly string[],
  { workspace: folder, name, resample, keepNames }: ImportCliOptions,
): Promise<void> {
  if (ids.length !== 1 && ids.length !== paths.length)
    throw new TesseraError('usage', `is given ${ids.length} times for ${paths.length} files.`, {
      subject: '--labels-for',
      advice: 'Give it once, or once for each file.',
    });
  const { importLabels } = await import('../../workspace/index.ts');
  await inWorkspace(folder, name, async (workspace) => {
    const stored: { readonly path: string; readonly layers: readonly LayerDocument[] }[] = [];
    const failed: { readonly path: string; readonly error: object }[] = [];
    for (const [i, path] of paths.entries()) {
      session.throwIfCancelled();
      session.task.progress({ stage: 'import labels', done: i, total: paths.length });
      try {
        const scan = await workspace.scan(ids[i] ?? ids[0] ?? '');
        const named = keepNames ? { name: nameOfScan(path) } : {};
        stored.push({ path, layers: await importLabels(workspace, scan, path, { resample, ...named }, session.task) });
      } catch (error) {
        if (!isTesseraError(error) || aboutAll.has(error.code)) throw error;
        session.note(`tessera: ${inOneLine(basename(path), error)}`);
        failed.push({ path, error: errorDocument(error) });
        session.status = 1;
      }
    }
    const layers = stored.flatMap(({ layers: made }) => made);
    session.answer(
      {
        workspace: workspace.folder,
        layers: layers.map(({ id, scan, name: called, labels }) => ({ id, scan, name: called, labels })),
        failed,
      },
      [
        ...layers.map(({ id, scan, labels }) => `layer ${id} of ${scan}: ${labels.map((label) => label.name).join(', ')}`),
        `Layers: ${layers.length} added.`,
      ].join('\n'),
    );
  });
}

const aboutAll: ReadonlySet<string> = new Set(['cancelled', 'write-failed', 'read-only']);
