import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeError } from '../../core/base/errors.ts';
import { fileFingerprint, readNifti, readScan } from '../../core/imaging/index.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import { createWorkspace, diskTrouble, openWorkspace } from '../../core/workspace/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { quick, smallDims, smallScan, temporary, withLayer } from './support/small.ts';

const root = temporary();
let folders = 0;
const newFolder = (): string => join(root, String(folders++));
const options = { who: 'tester', lockTimes: quick };
const made = (): ReturnType<typeof createWorkspace> => createWorkspace(newFolder(), { name: 'study', ...options });

describe('a workspace', () => {
  it('is a folder that says what it is', async () => {
    const workspace = await made();
    expect(readdirSync(workspace.folder).sort()).toEqual([
      ...[
        'audit.jsonl',
        'cache',
        'evaluations',
        'labels',
        'lock.json',
        'models',
        'predictions',
        'runs',
        'scans',
        'splits',
        'trash',
        'workspace.json',
      ],
    ]);
    expect(JSON.parse(readFileSync(join(workspace.folder, 'workspace.json'), 'utf8'))).toEqual({
      schema: 'tessera-workspace/1',
      id: workspace.document.id,
      name: 'study',
      created: workspace.document.created,
    });
    await workspace.close();
    expect(existsSync(join(workspace.folder, 'lock.json'))).toBe(false);
  });

  it('is not made where something lies, and not opened where there is none', async () => {
    const workspace = await made();
    await expect(createWorkspace(workspace.folder, { name: 'x' })).rejects.toMatchObject({ code: 'bad-setting' });
    await workspace.close();
    const other = newFolder();
    mkdirSync(other);
    writeFileSync(join(other, 'thesis.txt'), '');
    await expect(createWorkspace(other, { name: 'x' })).rejects.toMatchObject({ code: 'bad-setting', subject: other });
    await expect(openWorkspace(other)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('gives the second who opens it reading, with a word about the first', async () => {
    const workspace = await made();
    await workspace.addScan({ volume: smallScan() });
    const second = await openWorkspace(workspace.folder, options);
    expect(second.access).toMatchObject({ mode: 'read', reason: expect.stringMatching(/^It is open in this program already/) });
    expect((await second.scans()).found).toHaveLength(1);
    const refused = await second.addScan({ volume: smallScan(2) }).catch((error: unknown) => error);
    expect(describeError(refused)).toMatch(/open for reading only\. It is open in this program already, since .*Close it where/);
    await second.close();
    // Its closing takes nothing from the first.
    await workspace.addScan({ volume: smallScan(2) });
    await workspace.close();
    const third = await openWorkspace(workspace.folder, options);
    expect(third.access).toEqual({ mode: 'write' });
    await third.close();
  });

  it('keeps splits, in which a scan has one part', async () => {
    const workspace = await made();
    const ids = await Promise.all([1, 2, 3].map(async (seed) => (await workspace.addScan({ volume: smallScan(seed) })).scan.id));
    const [a = '', b = '', c = ''] = ids;
    await workspace.saveSplit('few labels', { train: [a], validation: [b], test: [c] });
    expect((await workspace.splits()).found).toMatchObject([{ name: 'few labels', author: 'tester', parts: { train: [a], test: [c] } }]);
    await expect(workspace.saveSplit('leaky', { train: [a, b], test: [b] })).rejects.toMatchObject({ code: 'bad-setting' });
    await workspace.close();
  });

  it('gives runs, models and predictions folders with random names, and its cache may go', async () => {
    const workspace = await made();
    const run = await workspace.newItem('runs');
    expect(run.path).toBe(join(workspace.folder, 'runs', run.id));
    expect(existsSync(run.path)).toBe(true);
    expect(await workspace.items('runs')).toEqual([run.id]);
    expect(() => workspace.itemPath('models', '../scans')).toThrow('no id');
    writeFileSync(join(workspace.cachePath, 'coarse.raw'), 'x');
    await workspace.clearCache();
    expect(readdirSync(workspace.cachePath)).toEqual([]);
    await workspace.close();
  });

  it('moved to another place opens there', async () => {
    const folder = newFolder();
    const { workspace, layer, scanId, layerId } = await withLayer(folder);
    await layer.apply(paintedDelta(layer.labels, [[3, 9]], 1));
    await workspace.close();
    const moved = newFolder();
    renameSync(folder, moved);
    const opened = await openWorkspace(moved, options);
    expect((await opened.openLayer(scanId, layerId)).labels).toEqual(layer.labels);
    await opened.close();
  });

  it('whose drive is taken away loses nothing, says so, and goes on when it is back', async () => {
    const folder = newFolder();
    const { workspace, layer, scanId, layerId } = await withLayer(folder);
    const paint = (start: number): Promise<number> => layer.apply(paintedDelta(layer.labels, [[start, 1]], 1));
    await paint(0);
    const away = newFolder();
    renameSync(folder, away);
    const lost = await Promise.allSettled([paint(1), paint(2)]);
    for (const one of lost) expect(one.status === 'rejected' && diskTrouble(one.reason)).toBe('unreachable');
    expect(layer.labels).toEqual(new Uint8Array(layer.labels.length).fill(1, 0, 1));
    await expect(workspace.addScan({ volume: smallScan(9) })).rejects.toMatchObject({ code: 'write-failed' });
    renameSync(away, folder);
    await paint(1);
    await workspace.close();
    const opened = await openWorkspace(folder, options);
    expect((await opened.openLayer(scanId, layerId)).labels).toEqual(new Uint8Array(layer.labels.length).fill(1, 0, 2));
    await opened.close();
  });
});

describe('a scan', () => {
  it('is stored as raw voxels with its geometry, readable without us', async () => {
    const workspace = await made();
    const volume = smallScan();
    const findings = [{ code: 'sheared', severity: 'warning', message: 'leans', repair: 'straighten' }] as const;
    const { scan } = await workspace.addScan({ volume, format: 'NIfTI-1', sources: ['ab'.repeat(32)], title: 'Scan 1', findings });
    const folder = join(workspace.folder, 'scans', scan.id);
    const raw = readFileSync(join(folder, 'voxels.raw'));
    expect(Array.from({ length: 50 }, (_, n) => raw.readInt16LE(2 * n))).toEqual([...volume.voxels.subarray(0, 50)]);
    const json = JSON.parse(readFileSync(join(folder, 'scan.json'), 'utf8')) as Record<string, unknown>;
    expect(json).toMatchObject({
      schema: 'tessera-scan/1',
      geometry: { dims: smallDims, spacing: [0.7, 0.9, 2.5], origin: [-101.25, 33.125, 7.1] },
      intercept: -24,
      voxels: { file: 'voxels.raw', type: 'int16', bytes: raw.length, sha256: createHash('sha256').update(raw).digest('hex') },
      sources: ['ab'.repeat(32)],
      findings,
      title: 'Scan 1',
    });
    expect(await workspace.readScan(scan.id)).toEqual(volume);
    await workspace.close();
  });

  it.each([Int8Array, Uint8Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array])(
    'of type %o comes back as it was',
    async (View) => {
      const workspace = await made();
      const volume = { ...smallScan(), voxels: View.from(Array.from(smallScan().voxels, (value) => Math.abs(value) % 100)) };
      const { scan } = await workspace.addScan({ volume });
      expect(await workspace.readScan(scan.id)).toEqual(volume);
      await workspace.close();
    },
  );

  it('added twice is stored once; another geometry, type or scaling makes another scan', async () => {
    const workspace = await made();
    const volume = smallScan();
    const first = await workspace.addScan({ volume });
    expect(first.added).toBe(true);
    const again = await workspace.addScan({ volume: smallScan(), title: 'again' });
    expect(again).toEqual({ scan: first.scan, added: false });
    const others = [
      { ...volume, intercept: 0 },
      { ...volume, geometry: { ...volume.geometry, spacing: [0.7, 0.9, 2.6] as const } },
      { ...volume, voxels: Int32Array.from(volume.voxels) },
    ];
    for (const other of others) expect((await workspace.addScan({ volume: other })).added).toBe(true);
    expect((await workspace.scans()).found).toHaveLength(4);
    const audit = await workspace.verifyAudit();
    expect(audit.ok && audit.entries.filter(({ what }) => what === 'scan-added')).toHaveLength(4);
    await workspace.close();
  });

  it('is known by the files that it came from', async () => {
    const workspace = await made();
    const sources = ['aa'.repeat(32), 'bb'.repeat(32)];
    const { scan } = await workspace.addScan({ volume: smallScan(), sources });
    expect(await workspace.scanFrom([...sources].reverse())).toEqual(scan);
    expect(await workspace.scanFrom(sources.slice(1))).toBeUndefined();
    expect(await workspace.scanFrom([])).toBeUndefined();
    await workspace.close();
  });

  it('whose voxels are cut short is refused by name, and mended by adding it again', async () => {
    const workspace = await made();
    const { scan } = await workspace.addScan({ volume: smallScan() });
    const raw = join(workspace.folder, 'scans', scan.id, 'voxels.raw');
    truncateSync(raw, 100);
    await expect(workspace.readScan(scan.id)).rejects.toMatchObject({ code: 'bad-file', subject: raw });
    expect((await workspace.addScan({ volume: smallScan() })).added).toBe(true);
    expect(await workspace.readScan(scan.id)).toEqual(smallScan());
    await workspace.close();
  });

  it('that is damaged or not complete hides no other', async () => {
    const workspace = await made();
    const { scan } = await workspace.addScan({ volume: smallScan() });
    const bad = await workspace.addScan({ volume: smallScan(2) });
    writeFileSync(join(workspace.folder, 'scans', bad.scan.id, 'scan.json'), '{');
    mkdirSync(join(workspace.folder, 'scans', 'feedbeef'));
    const { found, problems } = await workspace.scans();
    expect(found).toEqual([scan]);
    expect(problems).toMatchObject([{ id: bad.scan.id, error: { code: 'bad-file' } }]);
    await expect(workspace.scan('../labels')).rejects.toMatchObject({ code: 'not-found' });
    await workspace.close();
  });

  it('is given up when that is wished, and leaves nothing', async () => {
    const workspace = await made();
    const task = { signal: AbortSignal.abort(), progress: () => undefined };
    await expect(workspace.addScan({ volume: smallScan() }, task)).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(join(workspace.folder, 'scans'))).toEqual([]);
    await workspace.close();
  });
});

describe('label layers of a scan', () => {
  it('begin empty or with a label map, in 8 or 16 bits, and are one each for all who write', async () => {
    const workspace = await made();
    const { scan } = await workspace.addScan({ volume: smallScan() });
    const initial = new Uint16Array(smallScan().voxels.length).fill(300, 5, 9);
    const drawn = await workspace.createLayer(scan.id, { name: 'by model', initial, model: 'model-1' });
    const empty = await workspace.createLayer(scan.id, { name: 'by hand' });
    expect([drawn.type, empty.type]).toEqual(['uint16', 'uint8']);
    const layer = await workspace.openLayer(scan.id, drawn.id);
    expect(layer.labels).toEqual(initial);
    expect(await workspace.openLayer(scan.id, drawn.id)).toBe(layer);
    await layer.close();
    expect(await workspace.openLayer(scan.id, drawn.id)).not.toBe(layer);
    expect((await workspace.layers(scan.id)).found.map(({ name }) => name).sort()).toEqual(['by hand', 'by model']);
    await expect(workspace.createLayer(scan.id, { name: 'x', initial: new Uint8Array(3) })).rejects.toMatchObject({
      code: 'grid-mismatch',
    });
    const audit = await workspace.verifyAudit();
    expect(audit.ok && audit.entries.at(-2)).toMatchObject({ what: 'layer-made', model: 'model-1', about: { layer: drawn.id } });
    await workspace.close();
  });
});

// Root may write everywhere, so there is nothing to see.
describe.skipIf(process.getuid?.() === 0)('a folder without the right to write (skipped for root)', () => {
  it('opens for reading', async () => {
    const workspace = await made();
    await workspace.close();
    chmodSync(workspace.folder, 0o555);
    const opened = await openWorkspace(workspace.folder, options);
    expect(opened.access).toMatchObject({ mode: 'read', reason: 'It lies where nothing may be written.' });
    chmodSync(workspace.folder, 0o755);
  });
});

describeWithSharedData('a real scan', ['ct_totalsegmentator/abdomen_ct_small', 'hippocampus_msd/images/hippocampus_001.nii.gz'], () => {
  it('comes back voxel for voxel', async () => {
    const path = sharedData('hippocampus_msd/images/hippocampus_001.nii.gz') ?? '';
    const { volume, findings, header } = await readScan(path);
    const workspace = await made();
    const { scan } = await workspace.addScan({ volume, findings, format: header.format, sources: [await fileFingerprint(path)] });
    expect(await workspace.readScan(scan.id)).toEqual(volume);
    expect((await workspace.scanFrom([await fileFingerprint(path)]))?.id).toBe(scan.id);
    // Nothing of the file's name.
    expect(readFileSync(join(workspace.folder, 'scans', scan.id, 'scan.json'), 'utf8')).not.toContain('hippocampus');
    const label = await readNifti(sharedData('hippocampus_msd/labels/hippocampus_001.nii.gz') ?? '');
    const initial = Uint8Array.from(label.volume.voxels);
    const { id } = await workspace.createLayer(scan.id, { name: 'by hand', initial });
    expect((await workspace.openLayer(scan.id, id)).labels).toEqual(initial);
    await workspace.close();
  });
});
