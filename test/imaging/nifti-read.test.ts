import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { affineRAS, gridDifference, orientationCode, readNifti, type ScanFile } from '../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';

const edge = sharedData('nifti_edge') ?? '';
const broken = sharedData('nifti_broken') ?? '';

const physical = ({ volume }: ScanFile): Float64Array => Float64Array.from(volume.voxels, (v) => v * volume.slope + volume.intercept);
const codes = (scan: ScanFile): string[] => scan.findings.map((f) => f.code);

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return largest;
}

/** Lines of a CSV file with quotes, without its head. */
function rows(path: string): string[][] {
  const lines = readFileSync(path, 'utf8').trim().split(/\r?\n/).slice(1);
  return lines.map((line) => [...line.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map((m) => m[2] ?? m[1] ?? ''));
}

const TYPE_NAMES: Readonly<Record<string, string>> = { u: 'uint', i: 'int', f: 'float' };

describeWithSharedData('made variants of one CT', ['nifti_edge/made_variants/expected.csv'], () => {
  const folder = join(edge, 'made_variants');
  const reference = join(folder, 'int16.nii.gz');

  it.each(rows(join(folder, 'expected.csv')))('%s: %s, %s', async (...columns) => {
    const [file = '', dtype = '', shape = '', difference = '', affine = ''] = columns;
    const volumes = file.startsWith('4d_three') || file.startsWith('5d') ? 3 : 1;
    const scan = await readNifti(join(folder, file), volumes > 1 ? { volumeIndex: 0 } : {});

    const [, order, kind, bytes] = /^(.)(.)(\d)$/.exec(dtype) ?? [];
    expect(scan.header.storedType).toBe(`${TYPE_NAMES[kind ?? '']}${Number(bytes) * 8}`);
    if (order !== '|') expect(scan.header.details['byteOrder']).toBe(order === '>' ? 'big' : 'little');
    expect(scan.header.volumes).toBe(volumes);

    const expectedShape = shape.split('x').map(Number);
    expect(scan.volume.geometry.dims).toEqual([expectedShape[0], expectedShape[1], expectedShape[2] ?? 1]);

    const numbers = affine.split(' ').map(Number);
    affineRAS(scan.volume.geometry)
      .flat()
      // The table has five digits.
      .forEach((v, i) => expect(Math.abs(v - (numbers[i] ?? NaN))).toBeLessThan(6e-5 * Math.max(1, Math.abs(numbers[i] ?? NaN))));

    if (/^[\d.]+$/.test(difference) && expectedShape[2] === 22) {
      const expected = physical(await readNifti(reference));
      expect(largestDifference(physical(scan), expected)).toBeCloseTo(Number(difference), 3);
    }
  });

  it('keeps each small stored type and widens 64-bit integers', async () => {
    const type = async (file: string): Promise<string> => (await readNifti(join(folder, file))).volume.voxels.constructor.name;
    expect(await type('uint8_slope.nii.gz')).toBe('Uint8Array');
    expect(await type('uint16_inter-2048.nii.gz')).toBe('Uint16Array');
    expect(await type('big_endian_f8.nii.gz')).toBe('Float64Array');
    expect(await type('int64.nii.gz')).toBe('Float64Array');
    expect(await type('uint64.nii.gz')).toBe('Float64Array');
  });

  it('reads the reversed array as the same world image', async () => {
    const straight = physical(await readNifti(reference));
    const reversed = physical(await readNifti(join(folder, 'left_handed_same_anatomy.nii.gz')));
    const back = Float64Array.from(straight, (_, n) => reversed[n - (n % 48) + 47 - (n % 48)] ?? NaN);
    expect(largestDifference(back, straight)).toBe(0);
  });

  it('gives each volume of a 4-D and a 5-D file, and asks which when none is named', async () => {
    const path = join(folder, '4d_three_volumes.nii.gz');
    await expect(readNifti(path)).rejects.toMatchObject({
      code: 'bad-setting',
      subject: path,
      message: 'holds 3 volumes (48 × 40 × 22 × 3).',
      advice: 'Choose one with volumeIndex, 0 to 2.',
    });
    await expect(readNifti(path, { volumeIndex: 3 })).rejects.toMatchObject({ code: 'bad-setting' });
    // Sums by nibabel 5.4.2 over each volume.
    const sum = async (file: string, volumeIndex: number): Promise<number> =>
      physical(await readNifti(join(folder, file), { volumeIndex })).reduce((a, b) => a + b, 0);
    expect(await Promise.all([0, 1, 2].map((v) => sum('4d_three_volumes.nii.gz', v)))).toEqual(FOUR_D_SUMS);
    expect(await Promise.all([0, 1, 2].map((v) => sum('5d_three_vector.nii.gz', v)))).toEqual(FIVE_D_SUMS);
  });

  it('reports NaN and infinities, a shear, forms that disagree and an unknown orientation', async () => {
    const findings = async (file: string): Promise<string[]> => codes(await readNifti(join(folder, file)));
    expect(await findings('int16.nii.gz')).toEqual([]);
    expect(await findings('float32_with_nan_inf.nii.gz')).toEqual(['non-finite-voxels']);
    expect(await findings('sform_shear_qform_straight.nii.gz')).toEqual(['sheared', 'forms-disagree']);
    expect(await findings('sform_qform_disagree_50mm.nii.gz')).toEqual(['forms-disagree']);
    expect(await findings('no_forms.nii.gz')).toEqual(['orientation-unknown']);
  });
});

const FOUR_D_SUMS = [-146464, 275936, -568864];
const FIVE_D_SUMS = [-146464, -146464, -146464];

/** Shape, orientation, minimum, maximum, mean: nibabel 5.4.2. */
const PUBLISHED: readonly (readonly [string, readonly number[], string, number, number, number])[] = [
  ['5D_small.nii', [1, 2, 3, 1, 3], 'PSR', 0.107259, 0.763696, 0.441913],
  ['LAS_drawing_correct.nii.gz', [64, 79, 67], 'LAS', 0.0, 1.0, 0.000788],
  ['LAS_drawing_incorrect.nii.gz', [64, 79, 67], 'LAS', 0.0, 1.0, 0.000788],
  ['big_endian_no_sform_no_qform.nii.gz', [64, 64, 10], 'LAS', 0.0, 63.0, 31.5],
  ['ct_sform_with_shear_u8_slope.nii.gz', [306, 422, 54], 'RAS', -1024.0, 789.000059, -799.913073],
  ['float32_big_endian.nii.gz', [64, 64, 21], 'LAS', -8.710751, 18.582529, 0.135421],
  ['float32_little_endian_4d1.nii.gz', [64, 64, 21, 1], 'LAS', -8.710751, 18.582529, 0.135421],
  ['float64_label.nii.gz', [256, 256, 31], 'LAS', 0.0, 4.0, 0.164924],
  ['float_label_value_9.nii.gz', [91, 109, 91], 'LAS', 0.0, 9.0, 0.005205],
  ['header_extension_big_endian.nii.gz', [161, 191, 151, 1], 'LPI', 0.0, 1.0, 0.317197],
  ['low_res_7x5x3.nii.gz', [7, 5, 3], 'RAS', 0.0, 1.0, 0.504762],
  ['nibabel_anatomical.nii', [33, 41, 25], 'LAS', -610.0, 30393.0, 8401.066726],
  ['nibabel_example4d.nii.gz', [128, 96, 24, 2], 'LAS', 0.0, 1162.0, 172.913944],
  ['nibabel_example_nifti2.nii.gz', [32, 20, 12, 2], 'LAS', 49.0, 742.0, 450.748438],
  ['nibabel_functional.nii', [17, 21, 3, 20], 'LAS', 762.542437, 5538.065758, 3626.280628],
  ['nibabel_reoriented_anat_moved.nii', [21, 26, 22], 'RAS', 0.0, 21199.935547, 2725.588532],
  ['nibabel_standard.nii.gz', [4, 5, 7], 'RAS', 0.0, 255.0, 54.642857],
  ['oblique_image_and_label/FLAIR.nii.gz', [124, 160, 140], 'RAS', 0.0, 255.0, 41.486048],
  ['oblique_image_and_label/lesion_label.nii.gz', [124, 160, 140], 'RAS', 0.0, 3.0, 0.024526],
  ['pair/air.img.gz', [79, 67, 64], 'AIR', 0.0, 92.553886, 33.648395],
  ['pair/air2_nifti2.img.gz', [79, 67, 64], 'AIR', 0.0, 92.553886, 33.648395],
  ['pair/ras.img', [62, 41, 34], 'RAS', 0.0, 255.0, 173.83451],
];

describeWithSharedData('published odd files', ['nifti_edge'], () => {
  it.each(PUBLISHED)('%s', async (file, shape, orientation, minimum, maximum, mean) => {
    const scan = await readNifti(join(edge, file), { volumeIndex: 0 });
    const padded = [...scan.header.shape];
    expect(padded.slice(0, shape.length)).toEqual(shape);
    expect(orientationCode(scan.volume.geometry)).toBe(orientation);
    const values = physical(scan);
    expect(values.reduce((a, b) => Math.min(a, b))).toBeCloseTo(minimum, 4);
    expect(values.reduce((a, b) => Math.max(a, b))).toBeCloseTo(maximum, 4);
    expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo(mean, 4);
  });

  it.each([
    ['complex64.nii.gz', 'unsupported-file', /complex/],
    ['rgb24.nii.gz', 'unsupported-file', /RGB/],
    ['nibabel_analyze.hdr', 'unsupported-file', /Analyze/],
    ['nibabel_nifti1.hdr', 'not-found', /\.img is missing/],
    ['not_a_nifti.nii', 'bad-file', /not a NIfTI file/],
  ])('refuses %s', async (file, code, message) => {
    await expect(readNifti(join(edge, file))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      subject: join(edge, file),
    });
  });

  it('opens a pair by its header and by its image', async () => {
    const byHeader = await readNifti(join(edge, 'pair/air.hdr.gz'));
    const byImage = await readNifti(join(edge, 'pair/air.img.gz'));
    const version2 = await readNifti(join(edge, 'pair/air2_nifti2.hdr.gz'));
    for (const other of [byImage, version2]) {
      expect(largestDifference(other.volume.voxels, byHeader.volume.voxels)).toBe(0);
      expect(gridDifference(byHeader.volume.geometry, other.volume.geometry, 1e-4)).toBeUndefined();
    }
  });
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['truncated_gzip.nii.gz', 'bad-file', /damaged gzip file/],
  ['truncated_voxels.nii', 'bad-file', /6144 bytes are needed, only 3000 bytes are there/],
  ['gzip_crc_wrong.nii.gz', 'bad-file', /damaged gzip file \(incorrect data check\)/],
  ['empty.nii', 'bad-file', /empty/],
  ['header_only.nii', 'bad-file', /cut short/],
  ['sizeof_hdr_wrong.nii', 'bad-file', /347, not 348/],
  ['magic_wrong.nii', 'bad-file', /not a NIfTI/],
  ['dim0_zero.nii', 'bad-file', /0 axes/],
  ['dim_negative.nii', 'bad-file', /-16 × 16 × 12/],
  ['dim_huge_32767.nii', 'bad-file', /70362.* GB are needed/],
  ['datatype_unknown.nii', 'bad-file', /9999/],
  ['vox_offset_beyond_end.nii', 'bad-file', /cut short/],
  ['pixdim_zero.nii', 'bad-geometry', /spacing 0/],
  ['sform_singular.nii', 'bad-geometry', /position in the patient/],
  ['sform_nan.nii', 'bad-geometry', /not finite/],
  ['hdr_without_img.hdr', 'not-found', /\.img is missing/],
  ['text_file.nii', 'bad-file', /text file/],
];

/** Read like nibabel reads them, and said so. */
const ACCEPTED: readonly (readonly [string, readonly string[]])[] = [
  ['bitpix_mismatch.nii', ['bitpix']],
  ['vox_offset_zero.nii', ['vox-offset']],
  ['plain_nifti_named_gz.nii.gz', ['compression-name']],
  ['gzip_named_nii.nii', ['compression-name']],
];

describeWithSharedData('broken files', ['nifti_broken/what.csv'], () => {
  it('are all spoken of here', () => {
    const listed = rows(join(broken, 'what.csv')).map(([file]) => file ?? '');
    const here = [...REFUSED, ...ACCEPTED].map(([file]) => file);
    expect(here.sort()).toEqual(listed.filter((file) => !file.startsWith('labels/')).sort());
  });

  it.each(REFUSED)('%s is refused as %s, without much memory', async (file, code, message) => {
    const path = join(broken, file);
    const before = process.memoryUsage().rss;
    await expect(readNifti(path)).rejects.toMatchObject({
      name: 'TesseraError',
      code,
      subject: path,
      message: expect.stringMatching(message),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });

  it.each(ACCEPTED)('%s is read, with the finding %s', async (file, findings) => {
    const good = await readNifti(join(broken, 'labels/image.nii.gz'));
    const scan = await readNifti(join(broken, file));
    expect(codes(scan)).toEqual(findings);
    expect(scan.volume).toEqual(good.volume);
  });
});
