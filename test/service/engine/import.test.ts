import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { indexIJK, indexToPoint, readScan, voxelVolume, writeNifti } from '../../../core/imaging/index.ts';
import { engineRequests } from '../../../core/service/api/engine.ts';
import { handlers } from '../../../core/service/engine/handlers/index.ts';
import type { Workspace } from '../../../core/workspace/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { contextOf, newWorkspace, sample, sampleLabels, temporary } from './support.ts';

const folder = temporary();
const names = ['hippocampus_025', 'hippocampus_034', 'hippocampus_044'];
let data: string;
let workspace: Workspace;
let scans: string[];

beforeAll(async () => {
  data = join(folder, 'data');
  for (const part of ['images', 'labels']) mkdirSync(join(data, part), { recursive: true });
  for (const name of names) {
    cpSync(sample(name), join(data, 'images', `${name}.nii.gz`));
    cpSync(sampleLabels(name), join(data, 'labels', `${name}.nii.gz`));
  }
  cpSync(join(sample('x'), '..', '..', 'labels.json'), join(data, 'labels.json'));
  workspace = await newWorkspace(folder);
});

describe('import', () => {
  it('stores every scan once, with its label map as a layer', async () => {
    const context = contextOf(workspace);
    const result = engineRequests.import.output.parse(await handlers.import({ paths: [data] }, context));
    scans = result.scans ?? [];
    expect(scans).toHaveLength(3);
    expect(result).toMatchObject({ known: [], problems: [] });
    expect(context.events.filter(({ kind }) => kind === 'scan-stored')).toEqual(
      scans.map((scan) => ({ kind: 'scan-stored', scan, added: true })),
    );
    for (const [i, id] of scans.entries()) {
      const { volume } = await readScan(sample(names[i] ?? ''));
      expect(await workspace.readScan(id)).toEqual(volume);
      expect(await workspace.scan(id)).toMatchObject({ title: names[i], format: 'NIfTI-1' });
      const [layer] = (await workspace.layers(id)).found;
      expect(layer).toMatchObject({ kind: 'imported' });
      expect(layer?.labels.map(({ value, name }) => [value, name])).toEqual([
        [1, 'anterior'],
        [2, 'posterior'],
      ]);
      const opened = await workspace.openLayer(id, layer?.id ?? '');
      expect([...opened.labels]).toEqual([...(await readScan(sampleLabels(names[i] ?? ''))).volume.voxels]);
      await opened.close();
    }
    expect(context.progress.at(-1)).toMatchObject({ done: 3, total: 3 });
  });

  it('knows the same files again, and the same voxels in another file', async () => {
    const copy = join(folder, 'again.nii');
    await writeNifti(copy, (await readScan(sample('hippocampus_025'))).volume);
    const again = await handlers.import({ paths: [data, copy, sample('hippocampus_046')] }, contextOf(workspace));
    expect(again).toMatchObject({ known: scans, problems: [] });
    expect(again.scans).toHaveLength(1);
    expect((await workspace.scans()).found).toHaveLength(4);
    expect((await workspace.layers(scans[0] ?? '')).found).toHaveLength(1);
  });

  it('tells of each file that fails and does the rest; finding nothing at all is an error', async () => {
    const mixed = join(folder, 'mixed');
    mkdirSync(mixed, { recursive: true });
    cpSync(sample('hippocampus_126'), join(mixed, 'good.nii.gz'));
    cpSync(sample('hippocampus_170'), join(mixed, 'cut.nii.gz'));
    truncateSync(join(mixed, 'cut.nii.gz'), 3000);
    const result = await handlers.import({ paths: [mixed] }, contextOf(workspace));
    expect(result.scans).toHaveLength(1);
    expect(result.problems).toEqual([{ name: 'cut', error: expect.objectContaining({ code: 'bad-file' }) }]);
    expect(JSON.stringify(result.problems)).not.toContain(folder);
    const nothing = join(folder, 'nothing');
    mkdirSync(nothing);
    await expect(handlers.import({ paths: [nothing] }, contextOf(workspace))).rejects.toMatchObject({ code: 'no-data' });
  });

  it('ends when it is cancelled, keeping what is stored', async () => {
    const other = await newWorkspace(folder);
    const context = contextOf(other);
    const emit = (): void => context.abort.abort();
    await expect(handlers.import({ paths: [data] }, { ...context, emit })).rejects.toMatchObject({ code: 'cancelled' });
    expect((await other.scans()).found).toHaveLength(1);
    await other.close();
  });
});

describe('labels of a scan', () => {
  it('are measured as counting them one by one does', async () => {
    const id = scans[0] ?? '';
    const [layer] = (await workspace.layers(id)).found;
    const result = await handlers['layer-statistics']({ scan: id, layer: layer?.id ?? '' }, contextOf(workspace));
    const scan = await workspace.readScan(id);
    const labels = (await readScan(sampleLabels('hippocampus_025'))).volume.voxels;
    const [nx, ny] = scan.geometry.dims;
    expect(result.map(({ value }) => value)).toEqual([1, 2]);
    for (const { value, voxels, millilitres, mean, sd, centre } of result) {
      const places = [...labels.keys()].filter((v) => labels[v] === value);
      const values = places.map((v) => (scan.voxels[v] ?? NaN) * scan.slope + scan.intercept);
      const average = (list: number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
      expect(voxels).toBe(places.length);
      expect(millilitres).toBeCloseTo((places.length * voxelVolume(scan.geometry)) / 1000, 9);
      expect(mean).toBeCloseTo(average(values), 6);
      expect(sd).toBeCloseTo(Math.sqrt(average(values.map((x) => (x - average(values)) ** 2))), 6);
      const at = indexToPoint(
        scan.geometry,
        indexIJK(
          average(places.map((v) => v % nx)),
          average(places.map((v) => Math.floor(v / nx) % ny)),
          average(places.map((v) => Math.floor(v / (nx * ny)))),
        ),
      );
      centre?.forEach((c, axis) => expect(c).toBeCloseTo(at[axis] ?? NaN, 6));
    }
  });

  it('have their names by a labels.json, which may be given with them', async () => {
    const id = scans[0] ?? '';
    const paths = [sampleLabels('hippocampus_025'), join(sample('x'), '..', '..', 'labels.json')];
    const { layers = [] } = await handlers['import-layer']({ scan: id, paths }, contextOf(workspace));
    expect(layers).toHaveLength(1);
    const stored = (await workspace.layers(id)).found.find((layer) => layer.id === layers[0]?.layer);
    expect(stored?.labels.map(({ name }) => name)).toEqual(['anterior', 'posterior']);
  });

  it('on another grid are refused in words, and resampled when the user says so', async () => {
    const id = scans[1] ?? '';
    const request = { scan: id, paths: [sampleLabels('hippocampus_025')] };
    await expect(handlers['import-layer'](request, contextOf(workspace))).rejects.toMatchObject({ code: 'grid-mismatch' });
    const before = (await workspace.layers(id)).found.length;
    const { layers } = await handlers['import-layer']({ ...request, resample: true }, contextOf(workspace));
    expect(layers).toHaveLength(1);
    expect((await workspace.layers(id)).found).toHaveLength(before + 1);
  });
});

describe('what is made once for a scan', () => {
  it('a thumbnail: 128 pixels at most, made again when it is gone or cut off', async () => {
    const request = { scan: scans[0] ?? '' };
    const { file } = await handlers.thumbnail(request, contextOf(workspace));
    const path = join(workspace.folder, file);
    const first = readFileSync(path);
    const picture = decode(first);
    expect(Math.max(picture.width, picture.height)).toBeLessThanOrEqual(128);
    expect(new Set(picture.data).size).toBeGreaterThan(20);
    // An entry that is there is not made again.
    const old = new Date('2020-01-01');
    utimesSync(path, old, old);
    await handlers.thumbnail(request, contextOf(workspace));
    truncateSync(path, 10);
    expect(await handlers.thumbnail(request, contextOf(workspace))).toEqual({ file });
    expect(readFileSync(path)).toEqual(first);
    rmSync(workspace.cachePath, { recursive: true });
    expect(await handlers.thumbnail(request, contextOf(workspace))).toEqual({ file });
    expect(readFileSync(path)).toEqual(first);
  });

  it('its range and levels: a small scan has none but itself', async () => {
    const id = scans[0] ?? '';
    const { range, levels } = engineRequests['prepare-volume'].output.parse(
      await handlers['prepare-volume']({ scan: id }, contextOf(workspace)),
    );
    const { voxels, geometry } = await workspace.readScan(id);
    expect(range).toEqual([Math.min(...voxels), Math.max(...voxels)]);
    expect(levels).toEqual([
      { level: 0, dims: geometry.dims, spacing: geometry.spacing, bytes: voxels.byteLength, file: `scans/${id}/voxels.raw` },
    ]);
    expect(readFileSync(join(workspace.folder, levels[0]?.file ?? '')).length).toBe(voxels.byteLength);
  });

  it('nothing half-made is left in the cache', () => {
    const inside = readdirSync(workspace.cachePath, { recursive: true }).map(String);
    expect(inside.filter((name) => /(^|[\\/])\./.test(name))).toEqual([]);
  });
});

describe('import of models', () => {
  it('refuses what is none, and pickles', async () => {
    const pickle = join(folder, 'model.pt');
    writeFileSync(pickle, 'PK\x03\x04 not a model');
    await expect(handlers['import-model']({ paths: [pickle] }, contextOf(workspace))).rejects.toMatchObject({ code: 'bad-model' });
  });
});

describeWithSharedData('a DICOM study', ['ct_thorax_lung1/LUNG1-002_dicom', 'dicom_seg_rt/liver_ct'], () => {
  it('gives its CT with modality and levels, and its structures as a layer with names and colours', async () => {
    const ct = sharedData('ct_thorax_lung1/LUNG1-002_dicom') ?? '';
    const { scans: [scan = ''] = [], problems } = await handlers.import({ paths: [ct] }, contextOf(workspace));
    const document = await workspace.scan(scan);
    expect(document).toMatchObject({ format: 'DICOM', modality: 'CT', voxels: { type: 'int16' } });
    expect(document.title).not.toMatch(/LUNG1/);
    expect(problems).toEqual([]);
    const { levels } = await handlers['prepare-volume']({ scan }, contextOf(workspace));
    expect(levels.map(({ dims }) => dims)).toEqual([
      [512, 512, 111],
      [256, 256, 56],
      [128, 128, 56],
      [64, 64, 56],
    ]);
    for (const { file, bytes } of levels) expect(readFileSync(join(workspace.folder, file)).length).toBe(bytes);
    await handlers.thumbnail({ scan }, contextOf(workspace));
    const { layers = [] } = await handlers['import-layer']({ scan, paths: [join(ct, 'rtstruct.dcm')] }, contextOf(workspace));
    const found = (await workspace.layers(scan)).found.filter(({ id }) => layers.some(({ layer }) => layer === id));
    const labels = found.flatMap((layer) => layer.labels);
    expect(labels.map(({ name }) => name)).toEqual(expect.arrayContaining(['Heart', 'Lung L', 'Lung R', 'Spinal cord']));
    expect(labels.every(({ colour }) => colour !== undefined)).toBe(true);
    const statistics = (
      await Promise.all(layers.map(({ layer }) => handlers['layer-statistics']({ scan, layer }, contextOf(workspace))))
    ).flat();
    const heart = statistics.find(({ name }) => name === 'Heart');
    // The README of the data has 1069 ml from another filling of the same contours.
    expect(heart?.millilitres).toBeGreaterThan(1050);
    expect(heart?.millilitres).toBeLessThan(1090);
    expect(heart?.mean).toBeGreaterThan(-50);
    expect(heart?.mean).toBeLessThan(200);
  }, 300_000);
});
