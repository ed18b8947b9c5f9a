import { describe, expect, it } from 'vitest';
import { ChangeList } from '../../core/labelling/change-list.ts';

describe('a list of changed voxels', () => {
  it('gives them in order, neighbours with one value before as one run', () => {
    const list = new ChangeList();
    for (const [voxel, before] of [[9, 0], [2, 0], [3, 0], [10, 5], [1, 0], [8, 0]] as const) list.add(voxel, before); // prettier-ignore
    expect([...list.delta(7).runs]).toEqual([1, 3, 0, 7, 8, 2, 0, 7, 10, 1, 5, 7]);
  });

  it('restores what was there', () => {
    const labels = Uint16Array.from([0, 1, 300, 0, 2]);
    const list = new ChangeList();
    for (const voxel of [4, 1, 2]) {
      list.add(voxel, labels[voxel] ?? 0);
      labels[voxel] = 9;
    }
    list.restore(labels);
    expect([...labels]).toEqual([0, 1, 300, 0, 2]);
  });

  it('holds millions of pieces, and joins them on the way', () => {
    const list = new ChangeList();
    const voxels = 2_400_000;
    for (let voxel = 0; voxel < voxels; voxel += 2) list.add(voxel, 3);
    // From the end, so that none joins the one before it.
    for (let voxel = voxels - 1; voxel > 0; voxel -= 2) list.add(voxel, 3);
    expect([...list.delta(1).runs]).toEqual([0, voxels, 3, 1]);
  });
});
