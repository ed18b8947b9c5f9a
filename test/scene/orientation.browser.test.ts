import { afterAll, beforeAll, expect, it } from 'vitest';
import { readNifti } from '../../core/imaging/nifti/read.ts';
import { indexToPoint, pointLPS, pointToIndex } from '../../renderer/scene/grid.ts';
import { describeInChromium } from '../support/chromium.ts';
import { describeWithSharedData, sharedData } from '../support/shared-data.ts';
import { HarnessPage } from './browser/harness-page.ts';
import type { PlainGeometry } from './browser/plain-grid.ts';
import { orientations } from './orientations.ts';

const files = orientations.map((code) => `nifti_edge/orientation/${code}.nii.gz`);

describeInChromium('the 12 orientations in Chromium', () => {
  describeWithSharedData('one head, 12 files', files, () => {
    let harness: HarnessPage;
    const heads = new Map<string, { readonly grid: PlainGeometry; readonly voxels: Uint8Array }>();
    beforeAll(async () => {
      for (const code of orientations) {
        const { geometry, voxels } = (await readNifti(sharedData(`nifti_edge/orientation/${code}.nii.gz`) ?? '')).volume;
        if (!(voxels instanceof Uint8Array)) throw new Error('bytes are expected');
        const { dims, spacing, origin, direction } = geometry;
        heads.set(code, { grid: { dims, spacing, origin: [origin[0], origin[1], origin[2]], direction }, voxels });
      }
      harness = await HarnessPage.open();
    });
    afterAll(async () => {
      await harness.close();
      expect(harness.complaints).toEqual([]);
    });

    const head = (code: string): { readonly grid: PlainGeometry; readonly voxels: Uint8Array } => {
      const found = heads.get(code);
      if (found === undefined) throw new Error(`${code} was not read`);
      return found;
    };

    it.each(orientations)('%s: a voxel lies where the view says, and the letters are right', async (code) => {
      const seen = await harness.run('findVoxel', head(code).grid, [31, -58, 40]);
      for (const { plane, letters, computed, found, world, centre } of seen) {
        expect(letters).toEqual(
          {
            axial: { left: 'R', right: 'L', top: 'A', bottom: 'P' },
            coronal: { left: 'R', right: 'L', top: 'S', bottom: 'I' },
            sagittal: { left: 'A', right: 'P', top: 'S', bottom: 'I' },
          }[plane],
        );
        expect(found.pixels, plane).toBeGreaterThan(1);
        // A voxel is 4 pixels wide here.
        expect(Math.hypot(found.x - computed.x, found.y - computed.y), plane).toBeLessThan(1);
        expect(Math.abs(computed.depth)).toBeLessThan(1e-6);
        world.forEach((value, axis) => expect(value).toBeCloseTo(centre[axis] ?? NaN, 6));
        // Left of the patient is right of the middle, anterior is above it (axial) or left of it (sagittal), superior is above it.
        if (plane !== 'sagittal') expect(found.x).toBeGreaterThan(160);
        if (plane === 'axial') expect(found.y).toBeLessThan(160);
        if (plane === 'sagittal') expect(found.x).toBeLessThan(160);
        if (plane !== 'axial') expect(found.y).toBeLessThan(160);
      }
    });

    it('all show the same pictures', async () => {
      const pictures = new Map<string, number[][]>();
      // The centre of one voxel, which is the centre of a voxel in all twelve.
      const first = head('RAS').grid;
      const geometry = { ...first, origin: pointLPS(...first.origin) };
      const [i, j, k] = pointToIndex(geometry, [8, 10, 20]).map(Math.round) as [number, number, number];
      const through = indexToPoint(geometry, [i, j, k]);
      for (const code of orientations) {
        const { grid, voxels } = head(code);
        pictures.set(
          code,
          await harness.run(
            'picturesThrough',
            grid,
            Buffer.from(voxels).toString('base64'),
            [0, 255],
            [through[0], through[1], through[2]],
          ),
        );
      }
      const reference = pictures.get('RAS') ?? [];
      for (const picture of reference) expect(new Set(picture).size).toBeGreaterThan(30);
      for (const [code, others] of pictures)
        others.forEach((picture, plane) => {
          const unlike = picture.filter((grey, at) => Math.abs(grey - (reference[plane]?.[at] ?? NaN)) > 2).length;
          // Sampling at the border of two voxels may fall to either side.
          expect(unlike / picture.length, `${code}, view ${String(plane)}`).toBeLessThan(0.02);
        });
    });
  });
});
