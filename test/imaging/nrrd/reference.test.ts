import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gridDifference, readScan } from '../../../core/imaging/index.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';
import { expectMatch, references } from '../support/reference.ts';

const all = references(join(import.meta.dirname, 'reference.json'));

describeWithSharedData('NRRD against numpy', ['nrrd_mha', 'dicom_seg_rt', 'nifti_edge'], () => {
  it.each(Object.entries(all))('%s', async (path, reference) => {
    expectMatch(await readScan(sharedData(path) ?? path), reference);
  });

  it('FLAIR.nrrd has the voxels and the place of FLAIR.nii.gz', async () => {
    const nrrd = await readScan(sharedData('nrrd_mha/FLAIR.nrrd') ?? '');
    const nifti = await readScan(sharedData('nifti_edge/oblique_image_and_label/FLAIR.nii.gz') ?? '');
    expect(nrrd.volume.voxels).toEqual(nifti.volume.voxels);
    expect(gridDifference(nrrd.volume.geometry, nifti.volume.geometry, 1e-4)).toBeUndefined();
  });

  it('a picture of two axes written as text is one slice', async () => {
    const { volume, findings } = await readScan(sharedData('nrrd_mha/pynrrd/test2d_ascii.nrrd') ?? '');
    expect(volume.geometry.dims).toEqual([3, 9, 1]);
    expect(volume.geometry.spacing.slice(0, 2)).toEqual([1.0458, 2]);
    expect([...volume.voxels]).toEqual(Array.from({ length: 27 }, (_, i) => i + 1));
    expect(findings.map(({ code }) => code)).toEqual(['no-position', 'spacing-assumed']);
  });

  it('a wrong number of bytes to skip is told of', async () => {
    const { findings } = await readScan(sharedData('nrrd_mha/pynrrd/BallBinary30x30x30_nifti.nhdr') ?? '');
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([['bytes-after-voxels', 'warning']]);
  });

  it.each([
    ['BallBinary30x30x30_byteskip_minus_five.nhdr', 'bad-file'],
    ['test1d_ascii.nrrd', 'unsupported-file'],
    ['test_customFields.nrrd', 'unsupported-file'],
  ])('%s is refused as %s', async (name, code) => {
    const path = sharedData(`nrrd_mha/pynrrd/${name}`) ?? name;
    await expect(readScan(path)).rejects.toMatchObject({ name: 'TesseraError', code, subject: path });
  });
});
