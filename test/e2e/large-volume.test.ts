import { afterAll, beforeAll, expect, it } from 'vitest';
import { pointLPS } from '../../core/imaging/index.ts';
import { createWorkspace } from '../../core/workspace/index.ts';
import { describeStory, keepFailures, VERY_LONG, Workstation } from './support/workstation.ts';

const DIMS = [512, 512, 300] as const;
/** A slanted ramp, no two voxels in a row alike; told by the numbers alone. */
const value = (i: number, j: number, k: number): number => -1000 + ((3 * i + 5 * j + 7 * k) % 2000);

/** 157 MB, as a CT of the trunk has. */
function trunk(): Int16Array {
  const [nx, ny, nz] = DIMS;
  const voxels = new Int16Array(nx * ny * nz);
  let at = 0;
  for (let k = 0; k < nz; k++) for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) voxels[at++] = value(i, j, k);
  return voxels;
}

describeStory('a volume of 512 × 512 × 300', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await Workstation.open(async (folder) => {
      const workspace = await createWorkspace(folder, { name: 'large' });
      const geometry = {
        dims: DIMS,
        spacing: [0.8, 0.8, 1.5],
        origin: pointLPS(-200, -200, -220),
        direction: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      } as const;
      await workspace.addScan({ volume: { geometry, voxels: trunk(), slope: 1, intercept: 0 }, title: 'trunk', modality: 'CT' });
      await workspace.close();
    });
  }, VERY_LONG);
  afterAll(() => station.close(), VERY_LONG);
  keepFailures(() => station);

  const press = (keys: string): Promise<void> => station.page.keyboard.press(keys);
  const probed = async (): Promise<void> => {
    const [i = 0, j = 0, k = 0] = (await station.probe('Voxel').innerText()).split(', ').map(Number);
    expect(await station.probe('Value').innerText()).toBe(`${value(i, j, k)} HU`);
  };

  it(
    'opens whole, and is scrolled through',
    async () => {
      await station.read('trunk');
      const axial = station.pane('axial');
      await axial.getByText('151 / 300').waitFor();
      await probed();
      await station.view('Axial').focus();
      for (let n = 0; n < 20; n++) await press('ArrowUp');
      await axial.getByText('171 / 300').waitFor();
      await probed();
      await press('End');
      await axial.getByText('300 / 300').waitFor();
      await probed();
      await press('Home');
      await axial.getByText(/(^|\D)1 \/ 300/).waitFor();
      await probed();
      await station.view('Sagittal').focus();
      await press('PageUp');
      await press('PageUp');
      await station
        .pane('sagittal')
        .getByText(/27[67] \/ 512|23[67] \/ 512/)
        .waitFor();
      await probed();
    },
    VERY_LONG,
  );

  it(
    'is drawn in 3D as large as the graphics can, and says when that is smaller',
    async () => {
      const { page } = station;
      await page.getByLabel('Volume', { exact: true }).selectOption({ label: 'CT bone' });
      await page.getByText('The volume is drawn smaller than it is').or(page.getByText('There is no graphics card')).first().waitFor();
      await page.getByLabel('Volume', { exact: true }).selectOption({ label: 'No volume' });
      await press('Escape');
    },
    VERY_LONG,
  );
});
