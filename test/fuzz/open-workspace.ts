import { isTesseraError, type TesseraError } from '../../core/base/errors.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import { openWorkspace, type Workspace } from '../../core/workspace/index.ts';

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
    const { found, problems } = await study.scans();
    refusals.push(...problems.map(({ error }) => error));
    for (const { id } of found) {
      await attempt(() => study.readScan(id));
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
