import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pointLPS, readScan } from '../../core/imaging/index.ts';
import { labelsOnGrid, readSourceSeries, writeSegmentation } from '../../core/imaging/segmentations/index.ts';
import { openWorkspace } from '../../core/workspace/index.ts';
import { ctSlice, dicomFile } from '../imaging/support/dicom-writer.ts';
import { zip } from '../imaging/support/zip.ts';
import { strewn, threeSegments, turned } from '../imaging/segmentations/support/made-labels.ts';
import { makeSeries } from '../imaging/segmentations/support/made-series.ts';
import { cli, errorOf, json, samples, temporaryFolder } from './support.ts';

interface Imported {
  readonly scans: readonly {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly title: string | null;
    readonly modality: string | null;
    readonly dims: readonly number[];
    readonly volume: { readonly index: number; readonly of: number } | null;
    readonly findings: readonly { readonly code: string; readonly repair?: string }[];
    readonly layers: readonly { readonly id: string; readonly labels: readonly { readonly value: number; readonly name: string }[] }[];
  }[];
  readonly problems: readonly { readonly name: string; readonly leftOut: boolean; readonly error: { readonly code: string } }[];
}

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
};
const sample = join(samples, 'images', 'hippocampus_025.nii.gz');

function series(folder: string, uid: string, heights: readonly number[], more = {}): void {
  mkdirSync(folder, { recursive: true });
  for (const [n, z] of heights.entries())
    writeFileSync(join(folder, `${uid}-${n}`), dicomFile(ctSlice(z, { '00080018UI': `${uid}.${n}`, '0020000eUI': uid, ...more })));
}

async function imported(
  paths: readonly string[],
  workspace: string,
  ...options: string[]
): Promise<Imported & { status: number; stderr: string }> {
  const result = await cli(['import', ...paths, '--workspace', workspace, '--json', ...options]);
  expect([0, 1], result.stdout + result.stderr).toContain(result.status);
  return { ...(json(result) as unknown as Imported), status: result.status, stderr: result.stderr };
}

describe('import', () => {
  it('takes every scan in files, folders and archives, tells what fails, and knows them again', async () => {
    const given = newFolder();
    series(join(given, 'deep', 'down'), '1.2.3', [0, 2, 4, 6]);
    series(join(given, 'deep', 'down'), '1.2.4', [0, 3, 6]);
    series(join(given, 'planned'), '1.2.5', [0], { '00080008CS': 'ORIGINAL\\PRIMARY\\LOCALIZER' });
    const other = readFileSync(join(samples, 'images', readdirSync(join(samples, 'images')).sort()[3] ?? ''));
    writeFileSync(
      join(given, 'two.zip'),
      zip({
        'a/one.nii.gz': readFileSync(sample),
        'b/Secret Name.nii.gz': other,
        'c/ct.dcm': dicomFile(ctSlice(1, { '0020000eUI': '1.2.6' })),
      }),
    );
    writeFileSync(join(given, 'broken.nii.gz'), 'no gzip');
    writeFileSync(join(given, 'notes.txt'), 'nothing');
    const workspace = join(root, 'study');
    const first = await imported([given, sample, join(root, 'absent')], workspace);
    expect(first.status).toBe(1);
    expect(first.problems.map(({ name, leftOut, error }) => [name.replace(/^\d+/, ''), leftOut, error.code])).toEqual([
      ['absent', false, 'not-found'],
      ['CT series 7', true, 'unsupported-file'],
      ['broken', false, 'bad-file'],
    ]);
    // The sample lies in the archive too: the very same scan is stored once.
    expect(first.scans.map(({ name, dims, state }) => `${name} ${dims[2] ?? 0} ${state}`).sort()).toHaveLength(6);
    expect(new Set(first.scans.map(({ id }) => id)).size).toBe(5);
    expect(
      first.scans
        .filter(({ modality }) => modality === 'CT')
        .map(({ dims }) => dims[2])
        .sort(),
    ).toEqual([1, 3, 4]);
    expect(first.stderr).toContain('broken: ');
    const opened = await openWorkspace(workspace);
    expect(opened.document.name).toBe('study');
    const { found } = await opened.scans();
    expect(found).toHaveLength(5);
    expect(found.map(({ title }) => title)).toEqual(found.map(() => undefined));
    const hippocampus = first.scans.find(({ name }) => name === 'hippocampus_025')?.id ?? '';
    expect(await opened.readScan(hippocampus)).toEqual((await readScan(sample)).volume);
    await opened.close();

    const second = await imported([sample, join(given, 'deep')], workspace);
    expect(second.status).toBe(0);
    expect(second.scans.map(({ state }) => state)).toEqual(['known', 'known', 'known']);
    expect(readFileSync(join(workspace, 'cache', 'dicom-headers.json'), 'utf8')).not.toMatch(/secret|deep/i);
    for (const name of ['scans', 'audit.jsonl', 'workspace.json'])
      for (const path of existsSync(join(workspace, name)) && name === 'scans'
        ? readdirSync(join(workspace, name)).map((id) => join(name, id, 'scan.json'))
        : [name])
        expect(readFileSync(join(workspace, path), 'utf8')).not.toMatch(/secret|hippocampus|deep/i);
    const audit = readFileSync(join(workspace, 'audit.jsonl'), 'utf8');
    expect(audit.match(/scan-added/g)).toHaveLength(5);
  });

  it('offers repairs, and keeps with the scan what was done', async () => {
    const given = newFolder();
    series(given, '1.3.1', [0, 2, 4, 10, 12, 14]);
    const workspace = join(root, 'repairs');
    const [plain] = (await imported([given], workspace)).scans;
    expect(plain?.findings.map(({ code, repair }) => [code, repair])).toContainEqual(['missing-slices', 'even-spacing']);
    expect((await cli(['import', given, '--workspace', workspace])).stdout).toContain('--repair even-spacing');
    for (const repair of ['even-spacing', 'all']) {
      const [mended] = (await imported([given], workspace, '--repair', repair)).scans;
      expect([mended?.state, mended?.dims[2]]).toEqual([repair === 'all' ? 'known' : 'added', 8]);
      expect(mended?.findings.map(({ code }) => code)).toEqual(['repaired-even-spacing']);
      expect(JSON.parse(readFileSync(join(workspace, 'scans', mended?.id ?? '', 'scan.json'), 'utf8'))).toMatchObject({
        findings: [{ code: 'repaired-even-spacing', message: expect.stringContaining('8 slices 2.000 mm apart') }],
      });
    }
    // A scan that leans nowhere is not straightened.
    expect((await imported([given], workspace, '--repair', 'straighten')).scans[0]?.id).toBe(plain?.id);
    const wrong = await cli(['import', given, '--workspace', workspace, '--repair', 'magic', '--json']);
    expect([wrong.status, errorOf(wrong).message.includes('even-spacing, straighten, all')]).toEqual([2, true]);
  });

  it('stores each volume of a series with several as a scan of its own', async () => {
    const given = newFolder();
    for (const t of [0, 1, 2])
      for (const z of [0, 1, 2, 3])
        writeFileSync(
          join(given, `${t}-${z}`),
          dicomFile(
            ctSlice(z, {
              '00080018UI': `1.4.${t}.${z}`,
              '0020000eUI': '1.4',
              '00200100IS': String(t),
              '7fe00010OW': new Uint8Array(32).fill(t),
            }),
          ),
        );
    const workspace = join(root, 'volumes');
    const { scans } = await imported([given], workspace);
    expect(scans.map(({ volume, dims, name }) => [volume, dims[2], name])).toEqual(
      [0, 1, 2].map((index) => [{ index, of: 3 }, 4, `CT series 7 (${index + 1} of 3)`]),
    );
    expect((await imported([given], workspace)).scans.map(({ state }) => state)).toEqual(['known', 'known', 'known']);
  });

  it('stores labels as layers when it is told to', async () => {
    const data = newFolder();
    for (const part of ['images', 'labels']) {
      mkdirSync(join(data, part));
      copyFileSync(join(samples, part, 'hippocampus_025.nii.gz'), join(data, part, 'case.nii.gz'));
    }
    copyFileSync(join(samples, 'labels.json'), join(data, 'labels.json'));
    const workspace = join(root, 'layers');
    expect((await imported([data], join(root, 'no-layers'))).scans[0]?.layers).toEqual([]);
    const [scan] = (await imported([data], workspace, '--with-labels', '--keep-names')).scans;
    expect(scan?.title).toBe('case');
    expect(scan?.layers.map(({ labels }) => labels.map(({ value, name }) => [value, name]))).toEqual([
      [
        [1, 'anterior'],
        [2, 'posterior'],
      ],
    ]);
    const opened = await openWorkspace(workspace);
    const layer = await opened.openLayer(scan?.id ?? '', scan?.layers[0]?.id ?? '');
    expect(layer.labels).toEqual(Uint8Array.from((await readScan(join(samples, 'labels', 'hippocampus_025.nii.gz'))).volume.voxels));
    await opened.close();
  });

  it('stores DICOM labels with their series, or for a scan by its id, and those of another examination for none', async () => {
    const geometry = { dims: [9, 8, 6], spacing: [1, 1.5, 3], origin: pointLPS(4, -7, 30), direction: turned([0.3, 0, 0]) } as const;
    const [mine, others] = [await makeSeries(geometry), await makeSeries(geometry)];
    const write = async (folder: string, to: string): Promise<void> => {
      const source = await readSourceSeries(folder);
      await writeSegmentation(to, labelsOnGrid(strewn(source.geometry, 3), source.geometry), source, threeSegments);
    };
    const given = newFolder();
    cpSync(mine.folder, join(given, 'ct'), { recursive: true });
    await write(mine.folder, join(given, 'seg.dcm'));
    await write(others.folder, join(root, 'foreign.dcm'));
    const workspace = join(root, 'objects');
    const [scan] = (await imported([given], workspace, '--with-labels')).scans;
    const names = ['liver', 'left kidney', 'spleen'];
    expect(scan?.layers.map(({ labels }) => labels.map(({ name }) => name))).toEqual([names]);

    const id = scan?.id ?? '';
    const labelsFor = (path: string, ...more: string[]): ReturnType<typeof cli> =>
      cli(['import', path, '--workspace', workspace, '--labels-for', id, '--json', ...more]);
    const again = await labelsFor(join(given, 'seg.dcm'));
    expect(again.status).toBe(0);
    expect(json(again)).toMatchObject({ layers: [{ scan: id, name: 'imported' }], failed: [] });
    const foreign = await labelsFor(join(root, 'foreign.dcm'));
    expect([foreign.status, json(foreign)]).toMatchObject([1, { layers: [], failed: [{ error: { code: 'grid-mismatch' } }] }]);
    expect(foreign.stderr).toContain('--resample');
    expect((await labelsFor(join(root, 'foreign.dcm'), '--resample')).status).toBe(0);
    for (const { folder } of [mine, others]) rmSync(dirname(folder), { recursive: true, force: true });
  });

  it('says who works in the workspace already, and never imports it into itself', async () => {
    const workspace = join(root, 'busy');
    await imported([sample], workspace);
    const opened = await openWorkspace(workspace);
    const busy = await cli(['import', sample, '--workspace', workspace, '--json']);
    expect([busy.status, errorOf(busy).code, errorOf(busy).subject]).toEqual([1, 'read-only', workspace]);
    await opened.close();
    for (const path of [root, workspace, join(workspace, 'scans')])
      expect(errorOf(await cli(['import', path, '--workspace', workspace, '--json']))).toMatchObject({
        code: 'usage',
        subject: '--workspace',
      });
    const nothing = newFolder();
    expect(errorOf(await cli(['import', nothing, '--workspace', workspace, '--json'])).code).toBe('no-data');
    const held = await cli(['import', sample, '--workspace', nothing, '--json']);
    expect(held.status).toBe(0);
  });

  it('stops when it is cancelled, and leaves the workspace to others', async () => {
    const workspace = join(root, 'cancelled');
    const result = await cli(['import', sample, '--workspace', workspace], AbortSignal.abort());
    expect(result.status).toBe(130);
    expect(existsSync(join(workspace, 'lock.json'))).toBe(false);
  });
});
