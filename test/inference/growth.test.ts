import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { startBackend } from '../../core/compute/index.ts';
import type { Box, Volume } from '../../core/imaging/index.ts';
import { prepareToSegment, segmentPrepared } from '../../core/inference/segment.ts';
import { closeModel, type SavedModel } from '../../core/model/saved-model.ts';
import { turnedGeometry, volumeFrom } from '../imaging/support/volumes.ts';
import { balanced } from './support/balanced.ts';
import { randomModel } from './support/random-model.ts';

const volume: Volume = volumeFrom(turnedGeometry([30, 41, 26], [1.3, 0.9, 1.1], [0.2, 0.1, -0.4], [5, 6, 7]), (i, j, k) =>
  Math.round(100 + 80 * Math.sin(i / 3) * Math.cos(j / 4) + 60 * Math.sin((j + k) / 5)),
);
let unbalanced: SavedModel;
let model: SavedModel;

beforeAll(async () => {
  await startBackend();
  unbalanced = randomModel({}, { spacing: [1, 1, 1] });
  model = await balanced(unbalanced, volume);
}, 180_000);
afterAll(() => {
  closeModel(model);
  closeModel(unbalanced);
});

/** Voxels at which two label maps differ. */
function differences(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return Array.from({ length: a.length }, (_, v) => v).filter((v) => a[v] !== b[v]);
}

function isIn({ start, size }: Box, v: number): boolean {
  const [nx, ny] = volume.geometry.dims;
  const at = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))];
  return at.every((c, axis) => c >= (start[axis] ?? 0) && c < (start[axis] ?? 0) + (size[axis] ?? 0));
}

describe('a segmentation that grows', () => {
  it('tells of every voxel that changes, and ends as it would have without being watched', async () => {
    // Every look at the clock finds that it is time to tell.
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (clock += 10_000));
    let before = new Uint8Array(volume.voxels.length);
    let tellings = 0;
    let breaths = 0;
    const grown = (labels: ArrayLike<number>, box: Box): void => {
      expect(differences(labels, before).filter((v) => !isIn(box, v))).toEqual([]);
      before = Uint8Array.from(labels);
      tellings++;
    };
    const breathe = (): Promise<void> => {
      breaths++;
      return Promise.resolve();
    };
    const options = { overlap: 0.5, blend: 'gaussian' } as const;
    const watched = await segmentPrepared(
      prepareToSegment([{ name: 'scan', volume }], model),
      model,
      { ...options, grown, breathe },
      silentTask,
    );
    vi.restoreAllMocks();
    const plain = await segmentPrepared(prepareToSegment([{ name: 'scan', volume }], model), model, options, silentTask);
    expect(watched.labels).toEqual(plain.labels);
    expect(new Set(plain.labels.voxels).size).toBeGreaterThan(1);
    expect(before).toEqual(plain.labels.voxels);
    expect(tellings).toBeGreaterThan(breaths);
    expect(breaths).toBeGreaterThan(8);
  });

  it('is cancelled where it breathes', async () => {
    const breathe = (): Promise<void> => Promise.reject(new Error('stop'));
    const work = segmentPrepared(prepareToSegment([{ name: 'scan', volume }], model), model, { breathe }, silentTask);
    await expect(work).rejects.toThrow('stop');
  });
});
