import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../core/base/random.ts';
import { writeNifti, type Volume } from '../../../core/imaging/index.ts';
import { straight, volumeFrom } from '../../imaging/support/volumes.ts';
import { temporary } from './tiny.ts';

export const nestedLabels = { background: 0, 'whole tumour': [1, 2, 3], 'tumour core': [2, 3], 'enhancing tumour': [3] };
const SIDE = 16;

/**
 * A folder in nnU-Net's layout, of scans with two channels and labels nested as BraTS has them: a ball of label 1 around one of 2 around one
 * of 3. The first channel shows the outer ball, the second the two inner ones, each with noise.
 */
export async function nestedData(cases: number, dataset: object): Promise<string> {
  const folder = temporary();
  for (const part of ['imagesTr', 'labelsTr']) mkdirSync(join(folder, part));
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(dataset));
  const geometry = straight([SIDE, SIDE, SIDE]);
  for (let n = 0; n < cases; n++) {
    const random = seededRandom(n);
    const centre = [0, 1, 2].map(() => random.integer(6, 9));
    const radii = [random.integer(5, 6), 4, 2.5];
    const labelAt = (...place: number[]): number => {
      const distance = Math.hypot(...place.map((p, axis) => p - (centre[axis] ?? 0)));
      return radii.filter((radius) => distance <= radius).length;
    };
    const shown = (levels: readonly number[]): Volume =>
      volumeFrom(geometry, (...place) => 10 + (levels[labelAt(...place)] ?? 0) + random.normal());
    const id = `case${String(n)}`;
    await writeNifti(join(folder, 'imagesTr', `${id}_0000.nii.gz`), shown([0, 6, 6, 6]));
    await writeNifti(join(folder, 'imagesTr', `${id}_0001.nii.gz`), shown([0, 0, 6, 12]));
    await writeNifti(join(folder, 'labelsTr', `${id}.nii.gz`), volumeFrom(geometry, labelAt));
  }
  return folder;
}
