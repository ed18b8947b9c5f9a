import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findCases, readScan, writeNifti } from '../../../core/imaging/index.ts';
import { ctSlice, dicomFile } from '../support/dicom-writer.ts';
import { straight, volumeFrom } from '../support/volumes.ts';
import { zip } from '../support/zip.ts';
import { readFileSync } from 'node:fs';

const folder = mkdtempSync(join(tmpdir(), 'tessera-zips-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function archive(content: Uint8Array): string {
  const path = join(folder, `${count++}.zip`);
  writeFileSync(path, content);
  return path;
}
const slices = (uid: string): Record<string, Buffer> =>
  Object.fromEntries(
    [0, 1, 2, 3].map((z) => [`PAT/${uid}/IM${z}`, dicomFile(ctSlice(z, { '0020000eUI': uid, '00080018UI': `${uid}.${z}` }))]),
  );
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('tessera-zip-'));

describe('zip archives', () => {
  it('with one DICOM series or one file are read, and nothing is left on the disk', async () => {
    const before = leftovers();
    const dicom = await readScan(archive(zip({ ...slices('1.2.3'), 'PAT/README.TXT': Buffer.from('viewer') })));
    expect(dicom.volume.geometry.dims).toEqual([4, 4, 4]);
    expect(dicom.findings.map(({ code }) => code)).toEqual(['zip']);

    const nifti = join(folder, 'scan.nii.gz');
    const volume = volumeFrom(straight([3, 4, 5]), (i, j, k) => i + j + k, new Int16Array(60));
    await writeNifti(nifti, volume);
    expect((await readScan(archive(zip({ 'a/scan.nii.gz': readFileSync(nifti) })))).volume.voxels).toEqual(volume.voxels);
    expect(leftovers()).toEqual(before);
  });

  it.each([
    ['several scans', () => zip({ ...slices('1.2.3'), ...slices('1.2.4') }), 'bad-setting'],
    ['no scan', () => zip({ 'notes.txt': Buffer.from('nothing') }), 'no-data'],
    ['a damaged archive', () => zip(slices('1.2.3')).subarray(0, 900), 'bad-file'],
    ['an archive with a false size', () => zip(slices('1.2.3'), 2), 'bad-file'],
    ['one that claims far too much', () => zip({ bomb: Buffer.alloc(3e6) }, 1000), 'too-large'],
    ['a path out of the folder', () => zip({ '../../escaped.dcm': dicomFile(ctSlice(0)) }), 'bad-file'],
    ['no archive', () => Buffer.from('not a zip archive'), 'bad-file'],
  ])('of %s are refused under their own name', async (_what, make, code) => {
    const path = archive(make());
    const error: unknown = await readScan(path).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'TesseraError', code, subject: path });
    expect(JSON.stringify(error)).not.toContain('tessera-zip-');
  });

  it('are not taken for scans when a folder is listed', async () => {
    await expect(findCases(folder)).resolves.toMatchObject({ cases: [{ id: 'scan' }] });
  });
});
