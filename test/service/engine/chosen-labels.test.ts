import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { pointLPS, type Volume } from '../../../core/imaging/index.ts';
import { labelChoice } from '../../../core/service/api/training.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import { chooseLabels, type ChosenLabels } from '../../../core/service/engine/training/chosen-labels.ts';
import { assign, newId, setLayer, setState, type NewLayer, type Workspace } from '../../../core/workspace/index.ts';
import { contextOf, newWorkspace, temporary } from './support.ts';

const VOXELS = 8 ** 3;
const organ = (state: 'todo' | 'done', value = 1): NonNullable<NewLayer['labels']> => [{ value, name: 'organ', state }];
const drawn = (voxels: number): Uint8Array => new Uint8Array(VOXELS).fill(1, 0, voxels);

let workspace: Workspace;
let scan: string;
let scans = 0;
beforeAll(async () => {
  workspace = await newWorkspace(temporary());
});
beforeEach(async () => {
  ({ id: scan } = (await workspace.addScan({ volume: made(++scans) })).scan);
});
afterAll(() => workspace.close());

/** A scan unlike the others. */
function made(n: number): Volume {
  const direction = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  const voxels = new Uint8Array(VOXELS);
  voxels[n] = 1;
  return { geometry: { dims: [8, 8, 8], spacing: [1, 1, 1], origin: pointLPS(0, 0, 0), direction }, voxels, slope: 1, intercept: 0 };
}

async function layer(name: string, voxels: number, state: 'todo' | 'done' = 'todo'): Promise<string> {
  return (await workspace.createLayer(scan, { name, kind: 'label', labels: organ(state), initial: drawn(voxels) })).id;
}
async function approve(id: string): Promise<void> {
  const time = { by: 'chief', time: new Date().toISOString() };
  await workspace.readerWork.list.change(undefined, (now) => {
    const listed = assign(now, [{ scan, reader: `reader of ${id}` }], time, newId);
    const item = listed.items.at(-1)?.id ?? '';
    const states = ['working', 'submitted', 'approved'] as const;
    return states.reduce((list, state) => setState(list, [item], state, time), setLayer(listed, item, id));
  });
}
/** What a bad disk leaves of its map. */
function damage(id: string): void {
  writeFileSync(join(workspace.folder, 'labels', scan, id, 'snapshot-000000000000.nii.gz'), 'no label map');
}
const chosen = (choice: object = {}): Promise<ChosenLabels> => chooseLabels(workspace, [scan], labelChoice.parse(choice));
const layers = async (choice: object = {}): Promise<string[]> => (await chosen(choice)).layers.map((one) => one.layer);

describe('the layer of a scan that counts', () => {
  it('is the finished one of the first reader, when a second has begun with an empty one', async () => {
    const first = await layer('first', 40, 'done');
    await layer('second', 0);
    expect(await layers()).toEqual([first]);
    expect(await layers({ states: ['done'] })).toEqual([first]);
    expect((await chosen()).voxels).toEqual({ organ: 40 });
  });

  it('is that of a finished reader, when the second one has drawn half', async () => {
    const first = await layer('first', 40, 'done');
    await layer('second', 20);
    expect(await layers()).toEqual([first]);
  });

  it('is the approved one before another that is done, and the consensus before both', async () => {
    const first = await layer('first', 40, 'done');
    const second = await layer('second', 44, 'done');
    await approve(first);
    expect(await layers()).toEqual([first]);
    const request = { scan, layers: [first, second], method: 'majority' as const, name: 'together' };
    const { layer: consensus } = await handlers.consensus(request, contextOf(workspace));
    await layer('third', 12, 'done');
    expect(await layers()).toEqual([consensus]);
    // It is not done itself, so that what asks for done labels keeps to those.
    expect(await layers({ states: ['done'] })).toEqual([first]);
    expect(await layers({ layer: { name: 'Second' } })).toEqual([second]);
  });

  it('is the one that was drawn in last, among equals, whatever else was done to the files of another', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-01T08:00:00Z') });
    try {
      const minutesLater = (): unknown => vi.setSystemTime(Date.now() + 600_000);
      const first = await layer('first', 40);
      minutesLater();
      const second = await layer('second', 44);
      expect(await layers()).toEqual([second]);
      minutesLater();
      const drawnIn = await workspace.openLayer(scan, first);
      await drawnIn.apply({ runs: Uint32Array.from([50, 3, 0, 1]) });
      minutesLater();
      await drawnIn.compact();
      await drawnIn.close();
      const named = await workspace.openLayer(scan, second);
      await named.version('before the meeting');
      await named.rename('Second');
      await named.close();
      const folder = join(workspace.folder, 'labels', scan, first);
      for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1e9, 1e9);
      expect(await layers()).toEqual([first]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is none where all lack something, with what the best of them lacks', async () => {
    const reason = async (choice: object = {}): Promise<unknown> => (await chosen(choice)).leftOut[0]?.reason;
    expect(await reason()).toBe('no-layer');
    await layer('first', 0);
    expect(await reason()).toBe('empty');
    expect(await reason({ segments: ['liver'] })).toBe('no-segment');
    await layer('second', 40);
    expect(await reason({ states: ['done'] })).toBe('not-ready');
    await workspace.createLayer(scan, { name: 'drawn by a model', kind: 'proposal', labels: organ('done'), initial: drawn(50) });
    expect(await reason({ states: ['done'] })).toBe('not-ready');
  });

  it('is another where one that nobody needs is damaged, and an error where the damaged one counts', async () => {
    const alone = await layer('first', 40);
    damage(alone);
    await expect(chosen()).rejects.toMatchObject({ code: 'bad-file' });
    const forgotten = await layer('second', 20);
    damage(forgotten);
    expect((await chosen()).leftOut).toEqual([{ scan, reason: 'damaged' }]);
    const sound = await layer('third', 12);
    damage(await layer('fourth', 30));
    expect(await layers()).toEqual([sound]);
    await approve(forgotten);
    await expect(chosen()).rejects.toMatchObject({ code: 'bad-file' });
    writeFileSync(join(workspace.folder, 'labels', scan, forgotten, 'layer.json'), '{');
    await expect(chosen()).rejects.toMatchObject({ code: 'bad-file' });
  });

  it('is known by its segments as the journal has them, when its document lags behind', async () => {
    const id = await layer('first', 40);
    const open = await workspace.openLayer(scan, id);
    await open.edit({ segments: organ('done') });
    await open.close();
    const path = join(workspace.folder, 'labels', scan, id, 'layer.json');
    const document = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...document, labels: organ('todo'), labelsAfter: 0 }));
    expect(await layers({ states: ['done'] })).toEqual([id]);
  });

  it('needs the work list only where several are left', async () => {
    const path = join(workspace.folder, 'work.json');
    const first = await layer('first', 40);
    const before = readFileSync(path);
    try {
      writeFileSync(path, '{');
      expect(await layers()).toEqual([first]);
      await layer('second', 44);
      await expect(chosen()).rejects.toMatchObject({ code: 'bad-file' });
    } finally {
      writeFileSync(path, before);
    }
  });
});
