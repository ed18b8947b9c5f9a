import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ctSlice, dicomFile, type DicomElements } from '../imaging/support/dicom-writer.ts';
import { scansOf } from '../../core/cli/scan-arguments.ts';
import { cli, errorOf, json, temporaryFolder, tinyPretraining } from './support.ts';

const root = temporaryFolder();
afterAll(() => rmSync(root, { recursive: true, force: true }));

function series(name: string, slices: number, more: DicomElements = {}): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  for (let z = 0; z < slices; z++)
    writeFileSync(
      join(folder, `${slices}-${z}`),
      dicomFile(ctSlice(2 * z, { '00080018UI': `1.2.${slices}.${z}`, '0020000eUI': `1.9.${slices}`, ...more })),
    );
  return folder;
}

describe('info of DICOM folders', () => {
  it('describes the scan of a folder that holds one series', async () => {
    const folder = series('one', 5);
    const result = await cli(['info', folder, '--json']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(json(result)).toMatchObject({
      kind: 'scan',
      path: folder,
      dims: [4, 4, 5],
      spacing: [0.5, 0.5, 2],
      orientation: 'LPS',
      header: { format: 'DICOM' },
    });
  });

  it('lists several series with what names them, and no patient', async () => {
    const folder = series('several', 4);
    series('several', 6);
    series('several/localizer', 1, { '00080008CS': 'ORIGINAL\\PRIMARY\\LOCALIZER' });
    const listed = json(await cli(['info', folder, '--json'])) as {
      kind: string;
      files: number;
      series: { path: string; role: string; dims: number[] }[];
    };
    expect([listed.kind, listed.files, listed.series.map(({ role, dims }) => [role, dims[2]]).sort()]).toEqual(['series', 11, [['scout', 1], ['volume', 4], ['volume', 6]]]); // prettier-ignore
    const text = (await cli(['info', folder])).stdout;
    for (const { path } of listed.series) expect(text).toContain(path);
    expect(text).not.toMatch(/secret/i);
    const four = listed.series.find(({ dims }) => dims[2] === 4);
    expect(json(await cli(['info', four?.path ?? '', '--json']))).toMatchObject({ kind: 'scan', dims: [4, 4, 4] });
    const { code } = errorOf(await cli(['info', `${folder}#00000000`, '--json']));
    expect(code).toBe('bad-setting');
  });
});

describe('DICOM folders as scans', () => {
  it('are what segment works on, named after their folders, or by their key', async () => {
    const folder = series('study/a', 4);
    series('study/b', 6);
    const study = join(root, 'study');
    expect(await scansOf([study])).toEqual([
      { name: 'a', paths: [join(study, 'a')] },
      { name: 'b', paths: [join(study, 'b')] },
    ]);
    expect(await scansOf([folder])).toEqual([{ name: 'a', paths: [folder] }]);
    expect(await scansOf([`${folder}#1a2b3c4d`])).toEqual([{ name: 'a-1a2b3c4d', paths: [`${folder}#1a2b3c4d`] }]);
  });

  it('are what pretrain learns from', async () => {
    const noise = (): Uint8Array => new Uint8Array(Int16Array.from({ length: 32 * 32 }, (_, i) => (i * 7919) % 1009).buffer);
    for (const number of [1, 2]) {
      const folder = join(root, 'train', `scan_${number}`);
      mkdirSync(folder, { recursive: true });
      for (let z = 0; z < 32; z++) {
        const own = { '00080018UI': `1.5.${number}.${z}`, '0020000eUI': `1.5.${number}`, '7fe00010OW': noise() };
        writeFileSync(join(folder, `${z}`), dicomFile(ctSlice(z, own, 32)));
      }
    }
    const out = join(root, 'run');
    const result = await cli(['pretrain', '--data', join(root, 'train'), '--out', out, '--json', ...tinyPretraining, '--epochs', '1']);
    expect(result, result.stdout + result.stderr).toMatchObject({ status: 0 });
    expect(json(result)).toMatchObject({ steps: 1 });
  });
});
