import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  affineLPS,
  filesOf,
  findCases,
  fileFingerprint,
  listDicomSeries,
  readScan,
  type CachedFile,
  type ScanFile,
} from '../../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { ctSlice, dicomFile, type DicomElements } from '../support/dicom-writer.ts';

const root = mkdtempSync(join(tmpdir(), 'tessera-dicom-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
/** A folder with one file for each slice, named so that the order of names says nothing. */
function folderOf(slices: readonly DicomElements[], name = `f${count++}`): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  slices.forEach((slice, i) => {
    writeFileSync(join(folder, `${((i * 7) % 11).toString(36)}${i}`), dicomFile(slice));
  });
  return folder;
}
const codes = ({ findings }: ScanFile): string[] => findings.map(({ code }) => code);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('a DICOM series', () => {
  it('is sorted along its normal whatever its files are called, and keeps type, slope and intercept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(range(9), { minLength: 9 }), async (order) => {
        const { volume, findings, header } = await readScan(folderOf(order.map((k) => ctSlice(-3 + 2.5 * k))));
        expect(findings).toEqual([]);
        expect(header).toMatchObject({ format: 'DICOM', storedType: 'int16', volumes: 1, details: { modality: 'CT', seriesNumber: 7 } });
        expect(affineLPS(volume.geometry)).toEqual([
          [0.5, 0, 0, -10],
          [0, 0.5, 0, -20],
          [0, 0, 2.5, -3],
        ]);
        expect([volume.slope, volume.intercept, volume.voxels.constructor.name]).toEqual([1, -1024, 'Int16Array']);
        expect(range(9).map((k) => volume.voxels[16 * k])).toEqual(range(9).map((k) => Math.round(-3 + 2.5 * k) + 0));
      }),
      { numRuns: 5 },
    );
  });

  it('tells of missing slices, and of uneven ones, with the largest error in millimetres', async () => {
    const gap = await readScan(folderOf([0, 1, 2, 5, 6].map((z) => ctSlice(z))));
    expect(gap.findings).toEqual([
      expect.objectContaining({
        code: 'missing-slices',
        severity: 'warning',
        repair: 'even-spacing',
        message: expect.stringMatching(/^2 slices are missing between 3 and 4 /),
      }),
    ]);
    expect(gap.slicePositions).toEqual([0, 1, 2, 5, 6]);
    const uneven = await readScan(folderOf([0, 1, 2.4, 3, 4].map((z) => ctSlice(z))));
    expect(uneven.findings).toEqual([
      expect.objectContaining({ code: 'uneven-spacing', message: expect.stringContaining('up to 0.40 mm') }),
    ]);
  });

  it('takes rounded positions for even', async () => {
    const slices = range(40).map((k) => ctSlice(Number((0.625 * k).toFixed(1)), { '00080018UI': `1.2.9.${String(k)}` }));
    const { findings, volume } = await readScan(folderOf(slices));
    expect(findings).toEqual([]);
    expect(volume.geometry.spacing[2]).toBeCloseTo(24.4 / 39, 6);
  });

  it('counts a copy of a file once, and tells of two pictures at one place', async () => {
    const slices = [0, 1, 2, 3].map((z) => ctSlice(z));
    expect(codes(await readScan(folderOf([...slices, ctSlice(2)])))).toEqual([]);
    const twice = await readScan(folderOf([...slices, ctSlice(2, { '00080018UI': '1.2.77' })]));
    expect(codes(twice)).toEqual(['duplicate-slices']);
    expect(twice.volume.geometry.dims[2]).toBe(4);
  });

  it('keeps the exact place of every slice of a tilted gantry', async () => {
    const tilted = range(6).map((k) => ctSlice(3 * k, { '00200032DS': `-10\\${-20 + 0.9 * k}\\${3 * k}` }));
    const { volume, findings } = await readScan(folderOf(tilted));
    expect(findings.map(({ code, repair }) => [code, repair])).toEqual([['gantry-tilt', 'straighten']]);
    const affine = affineLPS(volume.geometry);
    for (const k of range(6))
      expect(affine.map((row) => row[2] * k + row[3])).toEqual([-10, expect.closeTo(-20 + 0.9 * k, 9), expect.closeTo(3 * k, 9)]);
  });

  it('parts series, sizes, orientations and localizers, and reads each by its key', async () => {
    const folder = folderOf([
      ...range(4).map((z) => ctSlice(z)),
      ...range(5).map((z) => ctSlice(z, { '0020000eUI': '1.2.3.5', '00080018UI': `1.2.5.${String(z)}` })),
      ctSlice(50, { '00080008CS': 'ORIGINAL\\PRIMARY\\LOCALIZER', '00200037DS': '1\\0\\0\\0\\0\\-1' }),
    ]);
    const { series, files } = await listDicomSeries(await filesOf(folder));
    expect(files).toBe(10);
    expect(series.map(({ role, dims }) => [role, dims[2]]).sort()).toEqual([['scout', 1], ['volume', 4], ['volume', 5]]); // prettier-ignore
    await expect(readScan(folder)).rejects.toMatchObject({ code: 'bad-setting', subject: folder });
    const [four] = series.filter(({ dims }) => dims[2] === 4);
    expect(four?.path).toBe(`${folder}#${four?.key ?? ''}`);
    expect((await readScan(four?.path ?? '')).volume.geometry.dims).toEqual([4, 4, 4]);
    await expect(readScan(`${folder}#00000000`)).rejects.toMatchObject({ code: 'bad-setting' });
  });

  it('parts time points, echoes and repetitions at one place into volumes', async () => {
    const slices = range(3).flatMap((t) =>
      range(4).map((z) =>
        ctSlice(z, {
          '00080018UI': `1.2.6.${String(10 * z + t)}`,
          '00200100IS': String(t + 1),
          '00200013IS': String(12 - 4 * t - z),
          '7fe00010OW': new Uint8Array(32).fill(t),
        }),
      ),
    );
    const folder = folderOf(slices);
    await expect(readScan(folder)).rejects.toMatchObject({ code: 'bad-setting', advice: expect.stringContaining('0 to 2') });
    const second = await readScan(folder, { volumeIndex: 1 });
    expect(second.volume.voxels.every((value) => value === 0x0101)).toBe(true);
    expect(second.header).toMatchObject({ volumes: 3, shape: [4, 4, 4, 3] });
    const last = slices.at(-1) ?? {};
    expect(
      codes(await readScan(folderOf([...slices.slice(0, -1), { ...last, '00200032DS': '-10\\-20\\9' }]), { volumeIndex: 0 })),
    ).toContain('incomplete-volumes');
  });

  it('settles bits above the stored ones, signs, slopes of single slices and padding above all values', async () => {
    const twelve = { '00280101US': [12], '00280102US': [11] };
    const pixels = (value: number): DicomElements => ({
      '7fe00010OW': new Uint8Array(Uint16Array.from({ length: 16 }, () => value).buffer),
    });
    const first = async (more: DicomElements): Promise<number | undefined> =>
      (await readScan(folderOf([0, 1, 2].map((z) => ctSlice(z, more))))).volume.voxels[0];
    // An overlay in the upper four bits; -5 in twelve bits, whose sign ends at bit 11.
    expect(await first({ ...twelve, '00280103US': [0], ...pixels(0xf123) })).toBe(0x123);
    expect(await first({ ...twelve, ...pixels(0x0ffb) })).toBe(-5);

    const scaled = await readScan(
      folderOf([0, 1, 2].map((z) => ctSlice(z, { ...pixels(10), '00281053DS': String(z + 0.5), '00281052DS': '1' }))),
    );
    expect([...scaled.volume.voxels].filter((_, i) => i % 16 === 0)).toEqual([6, 16, 26]);
    expect([scaled.volume.slope, codes(scaled)]).toEqual([1, ['scaling-varies']]);

    const values = Uint16Array.from({ length: 16 }, (_, i) => (i === 3 ? 65535 : 100 + i));
    const padded = await readScan(
      folderOf([0, 1, 2].map((z) => ctSlice(z, { '00280103US': [0], '00280120US': [65535], '7fe00010OW': new Uint8Array(values.buffer) }))),
    );
    expect(padded.volume.voxels.slice(0, 5)).toEqual(Uint16Array.of(100, 101, 102, 100, 104));
    expect(codes(padded)).toEqual(['pixel-padding']);
  });

  it('refuses colour, palettes, value tables, odd pixel sizes and packings with the name of the file', async () => {
    const refused = async (more: DicomElements, code: string, syntax?: string): Promise<void> => {
      const path = join(root, `one${count++}.dcm`);
      writeFileSync(path, dicomFile(ctSlice(0, more), syntax));
      await expect(readScan(path)).rejects.toMatchObject({ name: 'TesseraError', code });
    };
    await refused({ '00280002US': [3], '00280004CS': 'RGB' }, 'unsupported-file');
    await refused({ '00280004CS': 'PALETTE COLOR' }, 'unsupported-file');
    await refused({ '00283000SQ': { items: [{ '00283002US': [1, 0, 16] }] } }, 'unsupported-file');
    await refused({ '00280100US': [12], '00280101US': [12], '00280102US': [11] }, 'unsupported-file');
    await refused({}, 'unsupported-file', '1.2.840.10008.1.2.4.100');
    await refused({ '00280101US': [17] }, 'bad-file');
    await refused({ '00280010US': [0] }, 'bad-file');
  });
});

describe('folders of DICOM files', () => {
  it('are cases of a data folder, one for each series, in every layout', async () => {
    const data = join(root, 'data');
    folderOf(range(4).map((z) => ctSlice(z)), 'data/images/case_a'); // prettier-ignore
    folderOf(range(4).map((z) => ctSlice(z, { '0020000eUI': '1.2.8', '00080018UI': `1.2.8.${String(z)}` })), 'data/images/case_b/deep'); // prettier-ignore
    const { layout, cases } = await findCases(data);
    expect([layout, cases.map(({ id, images }) => [id, images])]).toEqual([
      'pairs',
      [
        ['case_a', [join(data, 'images/case_a')]],
        ['case_b/deep', [join(data, 'images/case_b/deep')]],
      ],
    ]);
    const tree = await findCases(join(data, 'images/case_a'));
    expect(tree.cases.map(({ id }) => id)).toEqual(['case_a']);
  });

  it('are listed again from what is remembered, but for files that have changed', async () => {
    const folder = folderOf(range(4).map((z) => ctSlice(z)));
    const files = await filesOf(folder);
    const cache = new Map<string, CachedFile>();
    const first = await listDicomSeries(files, undefined, cache);
    expect(first.series.map(({ dims }) => dims[2])).toEqual([4]);
    expect(cache.size).toBe(4);
    const remembered = new Map(cache);
    writeFileSync(files[0] ?? '', 'no DICOM file any more');
    const second = await listDicomSeries(files, undefined, cache);
    expect(second.files).toBe(3);
    const read = files.filter((path) => cache.get(path) !== remembered.get(path));
    expect(read).toEqual([files[0]]);
  });

  it('have a fingerprint that does not depend on the names of the files', async () => {
    const slices = range(4).map((z) => ctSlice(z));
    expect(await fileFingerprint(folderOf(slices))).toBe(await fileFingerprint(folderOf([...slices].reverse())));
    expect(await fileFingerprint(folderOf(slices))).not.toBe(await fileFingerprint(folderOf(slices.slice(1))));
  });

  it('never tell the name of a patient', async () => {
    const folder = folderOf([0, 1, 2, 5].map((z) => ctSlice(z)));
    const listed = await listDicomSeries(await filesOf(folder));
    const { findings, header } = await readScan(folder);
    const error: unknown = await readScan(folder, { volumeIndex: 4 }).catch((e: unknown) => e);
    expect(JSON.stringify([listed, findings, header, error, String(error)])).not.toMatch(/secret/i);
  });
});

describeWithSharedData('DICOM folders with something wrong', ['dicom_broken_made', 'dicom_series', 'ct_gantry_tilt_ge'], () => {
  it.each([
    ['dicom_broken_made/missing_slices', ['missing-slices'], 21],
    ['dicom_broken_made/duplicate_position', ['duplicate-slices'], 24],
    ['dicom_broken_made/one_other_size', ['images-left-out', 'missing-slices'], 23],
    ['dicom_broken_made/one_without_position', ['images-left-out', 'missing-slices'], 23],
    ['dicom_series/irregular/ct_slice_increment_varies', ['missing-slices'], 4],
    ['dicom_series/mr_non_square_pixels', ['scaling-varies'], 4],
    ['ct_gantry_tilt_ge', ['gantry-tilt', 'uneven-spacing', 'pixel-padding'], 28],
  ])('%s: %s', async (path, findings, slices) => {
    const scan = await readScan(sharedData(path) ?? path);
    expect(codes(scan)).toEqual(findings);
    expect(scan.volume.geometry.dims[2]).toBe(slices);
  });

  it.each([
    ['dicom_broken_made/truncated_last_file', 'bad-file', /\.dcm$/],
    ['dicom_broken_made/two_series_mixed', 'bad-setting', /two_series_mixed$/],
    ['dicom_series/irregular/mr_orientation_varies', 'bad-setting', /mr_orientation_varies$/],
    ['dicom_series/rgb_secondary_capture', 'unsupported-file', /rgb_secondary_capture$/],
  ])('%s is refused as %s', async (path, code, subject) => {
    await expect(readScan(sharedData(path) ?? path)).rejects.toMatchObject({ code, subject: expect.stringMatching(subject) });
  });
});

describeWithSharedData('odd DICOM files', ['dicom_odd', 'dicom_seg_rt'], () => {
  it('are read or refused with a typed error that names them, all of them', async () => {
    const files = [...(await filesOf(sharedData('dicom_odd') ?? '')), ...(await filesOf(sharedData('dicom_seg_rt') ?? ''))];
    const outcomes = { read: 0, refused: 0 };
    for (const path of files.filter((file) => !/SHA256SUMS|README|\.nrrd$/.test(file))) {
      const scan = await readScan(path, { volumeIndex: 0 }).catch((error: unknown) => error);
      if (scan instanceof Error) {
        expect(scan, path).toMatchObject({ name: 'TesseraError', subject: path, code: expect.stringMatching(/^(bad|unsupported)-file$/) });
        outcomes.refused++;
      } else {
        outcomes.read++;
      }
    }
    expect(outcomes.read).toBeGreaterThan(40);
    expect(outcomes.refused).toBeGreaterThan(60);
  });
});
