import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pointLPS, type Volume } from '../../../core/imaging/index.ts';
import { seenScans, type SeenScans } from '../../../core/service/engine/evaluating/seen-scans.ts';
import { findModel } from '../../../core/service/engine/handlers/find-models.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { newWorkspace, temporary } from './support.ts';
import { writeFinetunedRun, writeImportedModel, writePretrainedRun } from './support-runs.ts';

let workspace: Workspace;
/** Two scans of one patient, and two of others. */
let [first, again, second, third] = ['', '', '', ''];
beforeAll(async () => {
  workspace = await newWorkspace(temporary());
  const add = async (n: number, source: string): Promise<string> =>
    (await workspace.addScan({ volume: made(n), sources: [source.repeat(64)] })).scan.id;
  [first, again, second, third] = [await add(1, 'a'), await add(2, 'a'), await add(3, 'b'), await add(4, 'c')];
});
afterAll(() => workspace.close());

function made(n: number): Volume {
  const direction = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  const voxels = Uint8Array.from({ length: 512 }, (_, at) => Number(at === n));
  return { geometry: { dims: [8, 8, 8], spacing: [1, 1, 1], origin: pointLPS(0, 0, 0), direction }, voxels, slope: 1, intercept: 0 };
}

const seenBy = async (model: string): Promise<SeenScans> =>
  seenScans(workspace, await findModel(workspace, model, 'segmentation'), [first, again, second, third]);

describe('scans that went into the weights of a model', () => {
  it('are those of its own run, with all scans of their patients', async () => {
    const model = await writeFinetunedRun(workspace, { cases: [{ id: first }] });
    expect(await seenBy(model)).toEqual({ withLabels: [first, again], withoutLabels: [], unknown: false });
  });

  it('are those of every model before it, with and without labels told apart', async () => {
    const encoder = await writePretrainedRun(workspace, { cases: [{ id: first }, { id: second }] });
    const before = await writeFinetunedRun(workspace, { cases: [{ id: second }], from: encoder });
    const model = await writeFinetunedRun(workspace, { cases: [], from: before });
    expect(await seenBy(model)).toEqual({ withLabels: [second], withoutLabels: [first, again], unknown: false });
  });

  it('are found by their patient when the scan itself is gone, and nobody knows of other ties', async () => {
    const removed = 'f'.repeat(24);
    const model = await writeFinetunedRun(workspace, { cases: [{ id: removed, patient: third }] });
    expect(await seenBy(model)).toEqual({ withLabels: [third], withoutLabels: [], unknown: true });
  });

  it('are not known where a run names scans that were never here, however their ids look', async () => {
    for (const id of ['20190312', '0123456789abcdef01234567', 'case 1'])
      expect(await seenBy(await writeFinetunedRun(workspace, { cases: [{ id }] }))).toMatchObject({ unknown: true });
  });

  it('are known of a scan in the trash, and no more when the trash was emptied', async () => {
    const { scan } = await workspace.addScan({ volume: made(5), sources: ['a'.repeat(64)] });
    const model = await writeFinetunedRun(workspace, { cases: [{ id: scan.id }] });
    const past = { withLabels: [first, again], withoutLabels: [] };
    await workspace.removeScan(scan.id);
    expect(await seenBy(model)).toEqual({ ...past, unknown: false });
    await workspace.emptyTrash();
    expect(await seenBy(model)).toEqual({ withLabels: [], withoutLabels: [], unknown: true });
  });

  it('are not known of a model from elsewhere, nor of what began with one or with a run that is gone', async () => {
    const imported = await writeImportedModel(workspace);
    const nothing = { withLabels: [], withoutLabels: [], unknown: true };
    expect(await seenBy(imported)).toEqual(nothing);
    expect(await seenBy(await writeFinetunedRun(workspace, { cases: [], from: imported }))).toEqual(nothing);
    const encoder = await writePretrainedRun(workspace, { cases: [] });
    const orphan = await writeFinetunedRun(workspace, { cases: [], from: encoder });
    expect(await seenBy(orphan)).toMatchObject({ unknown: false });
    rmSync(workspace.itemPath('runs', encoder), { recursive: true });
    expect(await seenBy(orphan)).toEqual(nothing);
    const foreign = await writePretrainedRun(workspace, { cases: [{ id: second }], extra: { imported: true } });
    const model = await writeFinetunedRun(workspace, { cases: [], from: foreign });
    expect(await seenBy(model)).toEqual({ withLabels: [], withoutLabels: [second], unknown: true });
  });
});
