import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCases, preparationSettings, writeNifti, type Dataset } from '../../core/imaging/index.ts';
import { ScanStore } from '../../core/learning/scan-store.ts';
import { straight, volumeFrom } from '../imaging/support/volumes.ts';
import { smallData } from './support/tiny.ts';

const preparation = preparationSettings.parse({ foreground: false });
let data: Dataset;
let own: string;

beforeAll(async () => {
  data = await findCases(smallData(4));
  own = mkdtempSync(join(tmpdir(), 'tessera-store-'));
});
afterAll(() => {
  rmSync(data.folder, { recursive: true });
  rmSync(own, { recursive: true });
});

describe('the store of prepared scans', () => {
  it('gives the same object again, until there is no room: then the least lately used goes', async () => {
    const all = new ScanStore(data.cases, preparation);
    const sizes = await Promise.all([0, 1, 2].map(async (i) => (await all.get(i)).scan.values.byteLength));
    const store = new ScanStore(data.cases, preparation, { maxBytes: sizes.reduce((a, b) => a + b, 0) });
    const [a, b] = [await store.get(0), await store.get(1)];
    await store.get(2);
    expect(await store.get(0)).toBe(a);
    await store.get(3);
    expect(await store.get(0)).toBe(a);
    expect(await store.get(1)).not.toBe(b);
    expect(await store.get(1)).toEqual(b);
  });

  it('works with room for none', async () => {
    const store = new ScanStore(data.cases, preparation, { maxBytes: 1 });
    const first = await store.get(0);
    expect(await store.get(0)).toBe(first);
    await store.get(1);
    const again = await store.get(0);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it('reads labels only when asked, as class indices', async () => {
    expect((await new ScanStore(data.cases, preparation).get(0)).labels).toBeUndefined();
    const both = (await new ScanStore(data.cases, preparation, { classes: [0, 1, 2] }).get(0)).labels ?? [];
    const swapped = (await new ScanStore(data.cases, preparation, { classes: [0, 2, 1] }).get(0)).labels ?? [];
    const one = (await new ScanStore(data.cases, preparation, { classes: [0, 2] }).get(0)).labels ?? [];
    expect([...new Set(both)].sort()).toEqual([0, 1, 2]);
    expect([...swapped]).toEqual([...both].map((v) => [0, 2, 1][v]));
    // What is no class counts as background.
    expect([...one]).toEqual([...both].map((v) => (v === 2 ? 1 : 0)));
  });

  it('names the file at fault', async () => {
    const path = (name: string): string => join(own, name);
    await writeNifti(
      path('scan.nii.gz'),
      volumeFrom(straight([4, 4, 4]), (i) => i),
    );
    await writeNifti(
      path('other-grid.nii.gz'),
      volumeFrom(straight([4, 4, 4], [1, 1, 2]), (i) => i),
    );
    await writeNifti(
      path('fractions.nii.gz'),
      volumeFrom(straight([4, 4, 4]), (i) => i / 2),
    );
    const get = (images: string[], label?: string): Promise<unknown> =>
      new ScanStore([{ id: 'x', images: images.map(path), ...(label === undefined ? {} : { label: path(label) }) }], preparation, {
        classes: [0, 1],
      }).get(0);
    await expect(get(['scan.nii.gz', 'other-grid.nii.gz'], 'scan.nii.gz')).rejects.toMatchObject({
      code: 'grid-mismatch',
      subject: path('other-grid.nii.gz'),
    });
    await expect(get(['scan.nii.gz'], 'other-grid.nii.gz')).rejects.toMatchObject({ subject: path('other-grid.nii.gz') });
    await expect(get(['scan.nii.gz'], 'fractions.nii.gz')).rejects.toMatchObject({ code: 'bad-labels', subject: path('fractions.nii.gz') });
    await expect(get(['scan.nii.gz'])).rejects.toMatchObject({ code: 'bad-labels', subject: 'x' });
    await expect(get(['gone.nii.gz'])).rejects.toMatchObject({ subject: path('gone.nii.gz') });
  });
});
