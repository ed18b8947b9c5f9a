import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isTesseraError, TesseraError } from '../../core/base/errors.ts';
import { voxelCount } from '../../core/imaging/index.ts';
import { createWorkspace, diskTrouble, openWorkspace, type LabelLayer, type Workspace } from '../../core/workspace/index.ts';
import { changeLayer, Reference } from './support/changes.ts';
import { disk } from './support/faulty-disk.ts';
import { quick, smallDims, smallScan, temporaryInMemory } from './support/small.ts';

vi.mock('node:fs/promises', async (original) => (await import('./support/faulty-disk.ts')).faulty(await original()));

const voxels = voxelCount(smallDims);
const root = temporaryInMemory();
let folders = 0;
const newFolder = (): string => join(root, String(folders++), 'work');

/** What was promised to whoever ran the story. */
interface Promised {
  created: boolean;
  scan?: string;
  layer?: string;
  changes: number;
  issued: number;
  versions: { id: string; changes: number }[];
  compacted: number;
}

type Attempt = <T>(action: () => Promise<T>) => Promise<T>;

/** Everything a workspace is for, in small; `attempt` decides what becomes of a failure. */
async function story(folder: string, promised: Promised, attempt: Attempt): Promise<void> {
  const options = { who: 'tester', lockTimes: quick };
  const workspace = await attempt(() => createOrOpen(folder, options));
  promised.created = true;
  try {
    const { scan } = await attempt(() => workspace.addScan({ volume: smallScan() }));
    promised.scan = scan.id;
    const made = await attempt(() => workspace.createLayer(scan.id, { name: 'liver' }));
    promised.layer = made.id;
    const layer = await attempt(() => workspace.openLayer(scan.id, made.id));
    await change(layer, promised, attempt, 5);
    await compact(layer, promised, attempt);
    await change(layer, promised, attempt, 3);
    const version = await attempt(() => layer.version('first', 'tester'));
    promised.versions.push({ id: version.id, changes: version.sequence });
    await compact(layer, promised, attempt);
    // Two at once, which go to the disk together.
    await Promise.allSettled([changeLayer(layer), changeLayer(layer)]).then(() => undefined);
    await compact(layer, promised, attempt);
    await change(layer, promised, attempt, 2);
  } finally {
    await workspace.close();
  }
}

async function createOrOpen(folder: string, options: { who: string }): Promise<Workspace> {
  try {
    return await createWorkspace(folder, { name: 'study', ...options });
  } catch (error) {
    if (!(isTesseraError(error) && error.code === 'bad-setting')) throw error;
    return openWorkspace(folder, options);
  }
}

async function change(layer: LabelLayer, promised: Promised, attempt: Attempt, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    promised.issued = layer.sequence + 1;
    promised.changes = await attempt(() => changeLayer(layer));
  }
}

async function compact(layer: LabelLayer, promised: Promised, attempt: Attempt): Promise<void> {
  await attempt(() => layer.compact());
  promised.changes = layer.sequence;
  promised.issued = layer.sequence + 2;
  promised.compacted++;
}

const nothing = (): Promised => ({ created: false, changes: 0, issued: 0, versions: [], compacted: 0 });

/** Opens what a crash left, and compares it with what was promised. */
async function checkPromises(folder: string, promised: Promised): Promise<void> {
  const options = { who: 'tester', lockTimes: quick };
  const workspace = promised.created ? await openWorkspace(folder, options) : await createOrOpen(folder, options);
  try {
    expect(workspace.access).toEqual({ mode: 'write' });
    expect((await workspace.scans()).problems).toEqual([]);
    expect(await workspace.verifyAudit()).toMatchObject({ ok: true });
    if (promised.scan === undefined) return;
    expect((await workspace.readScan(promised.scan)).voxels).toEqual(smallScan().voxels);
    if (promised.layer === undefined) return;
    const layer = await workspace.openLayer(promised.scan, promised.layer);
    expect(layer.findings.filter(({ severity }) => severity === 'warning')).toEqual([]);
    expect(layer.sequence).toBeGreaterThanOrEqual(promised.changes);
    expect(layer.sequence).toBeLessThanOrEqual(promised.issued);
    const reference = new Reference(voxels);
    expect(layer.labels).toEqual(reference.upTo(layer.sequence));
    if (reference.name !== undefined) expect(layer.segments).toEqual([{ value: 1, name: reference.name }]);
    for (const { id, changes } of promised.versions) {
      await layer.restore(id);
      expect(layer.labels).toEqual(new Reference(voxels).upTo(changes));
    }
  } finally {
    await workspace.close();
  }
}

beforeEach(() => disk.reset());

/** How many changes to the disk the story takes. */
async function lengthOfStory(): Promise<number> {
  await story(newFolder(), nothing(), (action) => action());
  const { changes } = disk;
  disk.reset();
  return changes;
}

describe('a workspace', () => {
  it('keeps its promises when the process ends at any change to the disk', async () => {
    const length = await lengthOfStory();
    expect(length).toBeGreaterThan(100);
    for (let end = 1; end <= length; end++) {
      const [folder, promised] = [newFolder(), nothing()];
      disk.reset((n) => (n >= end ? 'EIO' : undefined));
      await story(folder, promised, (action) => action()).catch((error: unknown) => expect(error).toBeInstanceOf(TesseraError));
      disk.reset();
      await checkPromises(folder, promised).catch((error: unknown) => {
        throw new Error(`after the end at change ${end} of ${length}`, { cause: error });
      });
    }
  });

  it('keeps its promises when the power fails at any change to the disk', async () => {
    const length = await lengthOfStory();
    for (let end = 1; end <= length; end++) {
      const [folder, promised] = [newFolder(), nothing()];
      disk.reset((n) => (n >= end ? 'EIO' : undefined));
      await story(folder, promised, (action) => action()).catch(() => undefined);
      const left = newFolder();
      disk.afterPowerCut(folder, left);
      disk.reset();
      await checkPromises(left, promised).catch((error: unknown) => {
        throw new Error(`after the power cut at change ${end} of ${length}`, { cause: error });
      });
    }
  });

  it.each([
    ['ENOSPC', 'full', 1],
    ['EROFS', 'read-only', 2],
    ['EIO', 'failing', 3],
    ['ESTALE', 'unreachable', 4],
  ])('goes on after %s at any change, once it is over', async (code, trouble, first) => {
    const length = await lengthOfStory();
    // The four begin at different changes, so that between them they fail at every change.
    const stride = 4;
    for (let at = first; at <= length; at += stride) {
      const [folder, promised] = [newFolder(), nothing()];
      // Three changes in a row fail, so that cleaning up fails too.
      disk.reset((n) => (n >= at && n < at + 3 ? code : undefined));
      let failures = 0;
      const patient: Attempt = async (action) => {
        for (;;) {
          try {
            return await action();
          } catch (error) {
            failures++;
            expect(error).toBeInstanceOf(TesseraError);
            if (isTesseraError(error) && error.code === 'read-only') throw error;
            expect(diskTrouble(error)).toBe(trouble);
            if (failures > 5) throw error;
          }
        }
      };
      const told = await story(folder, promised, patient).catch((error: unknown) => error);
      disk.reset();
      // Where the lock could not be made, the workspace was opened for reading only, and said so.
      if (told !== undefined) expect(told).toMatchObject({ code: 'read-only' });
      await checkPromises(folder, promised);
    }
  });
});
