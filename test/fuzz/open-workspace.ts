import { isTesseraError, type TesseraError } from '../../core/base/errors.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import { addComment, bringBack, noteSitting, openWorkspace, removeAssignments, type Workspace } from '../../core/workspace/index.ts';

/**
 * Looks at all that a workspace holds and goes on with its layers.
 * @throws one refusal, after the rest was tried too: the first that does not say what is concerned and what to do, if there is one; any other
 * error at once
 */
export async function openEverything(folder: string): Promise<void> {
  const study = await openWorkspace(folder, { who: 'tester' });
  const refusals: TesseraError[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isTesseraError(error)) throw error;
      refusals.push(error);
    }
  };
  try {
    await attempt(() => study.verifyAudit());
    await attempt(() => study.splits());
    await attempt(() => workTogether(study));
    const { found, problems } = await study.scans();
    refusals.push(...problems.map(({ error }) => error));
    for (const { id } of found) {
      await attempt(() => study.readScan(id));
      await attempt(() => speakOf(study, id));
      const layers = await study.layers(id);
      refusals.push(...layers.problems.map(({ error }) => error));
      for (const layer of layers.found) await attempt(() => workOn(study, id, layer.id));
    }
    await attempt(() => study.audit('looked-at', {}));
  } finally {
    await study.close();
  }
  const refusal = refusals.find(({ subject, advice }) => subject === undefined || advice === undefined) ?? refusals.at(-1);
  if (refusal !== undefined) throw refusal;
}

const done = { by: 'tester', time: '2026-01-02T03:04:05.000Z' };

/** A damaged work list must not cost the rest. */
async function workTogether({ readerWork }: Workspace): Promise<void> {
  const { items } = await readerWork.list.read();
  await readerWork.list.change(undefined, (now) =>
    removeAssignments(
      now,
      items.slice(0, 1).map(({ id }) => id),
      done,
    ),
  );
  await readerWork.list.change(undefined, (now) =>
    bringBack(
      now,
      items.slice(0, 1).map(({ id }) => id),
    ),
  );
}

async function speakOf({ readerWork }: Workspace, scan: string): Promise<void> {
  const comment = { id: 'abcdef0123456789', text: 'here', point: [1, 2, 3] as [number, number, number] };
  await readerWork.comments(scan).change(undefined, (now) => addComment(now, comment, done));
  const sitting = { id: 'abcdef0123456789', reader: 'tester', seconds: 5 };
  await readerWork.times(scan).change(undefined, (now) => noteSitting(now, sitting, done.time));
}

async function workOn(study: Workspace, scanId: string, layerId: string): Promise<void> {
  const layer = await study.openLayer(scanId, layerId);
  try {
    await layer.undo();
    await layer.undo();
    await layer.redo();
    await layer.apply(paintedDelta(layer.labels, [[0, 5]], 9));
    for (const { id } of await layer.versions()) await layer.restore(id);
    await layer.compact();
  } finally {
    await layer.close();
  }
}
