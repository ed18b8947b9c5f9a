import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { paintedDelta } from '../../core/labelling/index.ts';
import { openLentWorkspace, openWorkspace, type Workspace } from '../../core/workspace/index.ts';
import { disk } from './support/faulty-disk.ts';
import { quick, smallScan, temporary, withLayer } from './support/small.ts';

vi.mock('node:fs/promises', async (original) => (await import('./support/faulty-disk.ts')).faulty(await original()));

const root = temporary();
let folders = 0;
const newFolder = (): string => join(root, String(folders++));
const options = { who: 'tester', lockTimes: quick };
beforeEach(() => disk.reset());

async function auditedSince(workspace: Workspace, n: number): Promise<unknown[]> {
  const audit = await workspace.verifyAudit();
  if (!audit.ok) throw new Error(audit.problem);
  return audit.entries.slice(n).map(({ who, what, about }) => [who, what, about]);
}

describe('a removed scan', () => {
  it('lies whole in the trash and comes back with its layers and their history', async () => {
    const { workspace, layer, scanId, layerId } = await withLayer(newFolder());
    await layer.apply(paintedDelta(layer.labels, [[3, 9]], 1));
    const before = await workspace.scan(scanId);
    await workspace.removeScan(scanId);
    expect((await workspace.scans()).found).toEqual([]);
    expect(layer.closed).toBe(true);
    await expect(workspace.readScan(scanId)).rejects.toMatchObject({ code: 'not-found' });
    await expect(workspace.openLayer(scanId, layerId)).rejects.toMatchObject({ code: 'not-found' });
    const { found, problems } = await workspace.removedScans();
    expect(problems).toEqual([]);
    expect(found).toMatchObject([{ document: before, by: 'tester' }]);
    expect(Math.abs(Date.parse(found[0]?.removed ?? '') - Date.now())).toBeLessThan(600_000);
    const note = JSON.parse(readFileSync(join(workspace.folder, 'trash', 'scans', scanId, 'removed.json'), 'utf8')) as unknown;
    expect(note).toMatchObject({ schema: 'tessera-removal/1', by: 'tester' });

    await workspace.restoreScan(scanId);
    expect(await workspace.scan(scanId)).toEqual(before);
    expect(await workspace.readScan(scanId)).toEqual(smallScan());
    expect((await workspace.removedScans()).found).toEqual([]);
    expect(existsSync(join(workspace.folder, 'scans', scanId, 'removed.json'))).toBe(false);
    const again = await workspace.openLayer(scanId, layerId);
    expect(again.labels).toEqual(new Uint8Array(again.labels.length).fill(1, 3, 12));
    await again.undo();
    expect(await auditedSince(workspace, 3)).toEqual([
      ['tester', 'scan-removed', { scan: scanId }],
      ['tester', 'scan-restored', { scan: scanId }],
    ]);
    await workspace.close();
  });

  it('comes back when the very same scan is added', async () => {
    const { workspace, scanId, layerId } = await withLayer(newFolder());
    const before = await workspace.scan(scanId);
    await workspace.removeScan(scanId);
    expect(await workspace.addScan({ volume: smallScan(), title: 'again' })).toEqual({ scan: before, added: true, restored: true });
    expect((await workspace.layers(scanId)).found.map(({ id }) => id)).toEqual([layerId]);
    expect((await workspace.removedScans()).found).toEqual([]);
    await workspace.close();
  });

  it('whose voxels were damaged in the trash is stored anew, and keeps its layers when the trash is emptied', async () => {
    const { workspace, scanId, layerId } = await withLayer(newFolder());
    await workspace.removeScan(scanId);
    truncateSync(join(workspace.folder, 'trash', 'scans', scanId, 'voxels.raw'), 100);
    expect((await workspace.addScan({ volume: smallScan() })).restored).toBeUndefined();
    await expect(workspace.restoreScan(scanId)).rejects.toMatchObject({ code: 'bad-setting' });
    await workspace.emptyTrash();
    expect(await workspace.readScan(scanId)).toEqual(smallScan());
    expect((await workspace.layers(scanId)).found.map(({ id }) => id)).toEqual([layerId]);
    await workspace.removeScan(scanId);
    await workspace.restoreScan(scanId);
    await workspace.close();
  });

  it('that is none is refused by its id', async () => {
    const { workspace, scanId } = await withLayer(newFolder());
    await expect(workspace.removeScan('feedbeef')).rejects.toMatchObject({ code: 'not-found' });
    await expect(workspace.removeScan('../labels')).rejects.toMatchObject({ code: 'not-found' });
    await expect(workspace.restoreScan(scanId)).rejects.toMatchObject({ code: 'not-found' });
    await expect(workspace.restoreScan('../../x')).rejects.toMatchObject({ code: 'not-found' });
    await workspace.close();
  });

  it('is in the one place or in the other, whichever step fails, and the next attempt succeeds', async () => {
    const { workspace, scanId, layerId } = await withLayer(newFolder());
    const places = async (): Promise<string[]> => {
      const there = (await workspace.scans()).found.length === 1 ? ['workspace'] : [];
      return (await workspace.removedScans()).found.length === 1 ? [...there, 'trash'] : there;
    };
    let failures = 0;
    for (let failing = 1; ; failing++) {
      disk.reset((change) => (change === failing ? 'ENOSPC' : undefined));
      const removed = await workspace.removeScan(scanId).catch((error: unknown) => error);
      disk.reset();
      expect(await places()).toHaveLength(1);
      if (removed === undefined) break;
      failures++;
      expect(removed).toMatchObject({ code: 'write-failed' });
      if ((await places())[0] === 'trash') await workspace.restoreScan(scanId);
    }
    expect(failures).toBeGreaterThan(5);
    for (let failing = 1; ; failing++) {
      disk.reset((change) => (change === failing ? 'EIO' : undefined));
      const restored = await workspace.restoreScan(scanId).catch((error: unknown) => error);
      disk.reset();
      expect(await places()).toHaveLength(1);
      if (restored === undefined && !(await places()).includes('trash')) break;
      if ((await places())[0] === 'workspace') await workspace.removeScan(scanId);
    }
    expect(await workspace.readScan(scanId)).toEqual(smallScan());
    await workspace.openLayer(scanId, layerId);
    await workspace.close();
  });
});

describe('a removed layer', () => {
  it('comes back with its history; the scan keeps its other layers', async () => {
    const { workspace, layer, scanId, layerId } = await withLayer(newFolder());
    const other = await workspace.createLayer(scanId, { name: 'spleen' });
    await layer.apply(paintedDelta(layer.labels, [[3, 9]], 1));
    await workspace.removeLayer(scanId, layerId);
    expect((await workspace.layers(scanId)).found).toEqual([other]);
    expect(layer.closed).toBe(true);
    expect((await workspace.removedLayers(scanId)).found).toMatchObject([{ document: { id: layerId, name: 'liver' }, by: 'tester' }]);
    await workspace.restoreLayer(scanId, layerId);
    expect((await workspace.removedLayers(scanId)).found).toEqual([]);
    const again = await workspace.openLayer(scanId, layerId);
    expect(again.labels).toEqual(new Uint8Array(again.labels.length).fill(1, 3, 12));
    expect(again.undoSteps).toBe(1);
    expect(await auditedSince(workspace, 4)).toEqual([
      ['tester', 'layer-removed', { scan: scanId, layer: layerId }],
      ['tester', 'layer-restored', { scan: scanId, layer: layerId }],
    ]);
    await workspace.close();
  });
});

describe('the trash', () => {
  it('is emptied for good', async () => {
    const { workspace, scanId, layerId } = await withLayer(newFolder());
    const second = await workspace.addScan({ volume: smallScan(2) });
    const drawn = await workspace.createLayer(second.scan.id, { name: 'liver' });
    await workspace.removeScan(scanId);
    await workspace.removeLayer(second.scan.id, drawn.id);
    expect(await workspace.emptyTrash()).toEqual({ scans: 1, layers: 1 });
    expect((await workspace.removedScans()).found).toEqual([]);
    await expect(workspace.restoreScan(scanId)).rejects.toMatchObject({ code: 'not-found' });
    expect(existsSync(join(workspace.folder, 'labels', scanId, layerId))).toBe(false);
    expect((await workspace.scans()).found.map(({ id }) => id)).toEqual([second.scan.id]);
    expect(await workspace.emptyTrash()).toEqual({ scans: 0, layers: 0 });
    await workspace.close();
  });

  it('is seen, and not touched, by whoever opened the workspace second', async () => {
    const { workspace, scanId } = await withLayer(newFolder());
    await workspace.addScan({ volume: smallScan(2) });
    await workspace.removeScan(scanId);
    const second = await openWorkspace(workspace.folder, options);
    expect((await second.removedScans()).found).toHaveLength(1);
    const [other] = (await second.scans()).found;
    await expect(second.removeScan(other?.id ?? '')).rejects.toMatchObject({ code: 'read-only' });
    await expect(second.restoreScan(scanId)).rejects.toMatchObject({ code: 'read-only' });
    await expect(second.emptyTrash()).rejects.toMatchObject({ code: 'read-only' });
    await second.close();
    await workspace.close();
  });

  it('is nothing for a process that was lent the workspace for adding', async () => {
    const { workspace, scanId } = await withLayer(newFolder());
    const borrowed = await openLentWorkspace(workspace.folder, workspace.loan, () => Promise.resolve());
    await expect(borrowed.removeScan(scanId)).rejects.toMatchObject({ code: 'read-only' });
    expect((await workspace.scans()).found).toHaveLength(1);
    await borrowed.close();
    await workspace.close();
  });
});
