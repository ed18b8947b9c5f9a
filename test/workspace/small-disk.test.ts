import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { paintedDelta } from '../../core/labelling/index.ts';
import { diskTrouble, openWorkspace, type LabelLayer } from '../../core/workspace/index.ts';
import { quick, temporary, withLayer } from './support/small.ts';

const disk = join(temporary(), 'disk');
const mount = (...args: string[]): boolean => spawnSync('mount', args, { stdio: 'ignore' }).status === 0;
const mounted =
  process.platform === 'linux' && process.getuid?.() === 0 && (mkdirSync(disk), mount('-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk));
const reason = mounted ? '' : ' (skipped: needs root on Linux, to mount a small disk)';

afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
});

describe.skipIf(!mounted)(`a disk of 512 KB${reason}`, () => {
  const folder = join(disk, 'work');
  const options = { who: 'tester', lockTimes: quick };
  const ballast = join(disk, 'ballast');
  const fill = (): void => {
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  };
  /** A change of some kilobytes: every second voxel has a run of its own. */
  const scatter = (layer: LabelLayer, value: number): Promise<number> => {
    const runs = Array.from({ length: layer.labels.length >> 1 }, (_, n): [number, number] => [2 * n, 1]);
    return layer.apply(paintedDelta(layer.labels, runs, value));
  };

  it('that runs full loses nothing, says so, and goes on when there is room; made read-only it is opened for reading', async () => {
    const { workspace, layer, scanId, layerId } = await withLayer(folder);
    let kept = 0;
    await scatter(layer, ++kept);
    fill();
    let failure: unknown;
    while (failure === undefined) {
      await scatter(layer, kept + 1).then(
        () => kept++,
        (error: unknown) => (failure = error),
      );
    }
    expect(diskTrouble(failure)).toBe('full');
    expect(layer.labels[0]).toBe(kept);
    await expect(layer.compact()).rejects.toMatchObject({ code: 'write-failed' });
    await expect(layer.version('x', 'tester')).rejects.toMatchObject({ code: 'write-failed' });
    writeFileSync(ballast, '');
    await scatter(layer, ++kept);
    await layer.compact();
    await workspace.close();

    fill();
    const full = await openWorkspace(folder, options);
    const state = (await full.openLayer(scanId, layerId)).labels;
    expect(state).toEqual(layer.labels);
    await full.close();

    expect(mount('-o', 'remount,ro', disk)).toBe(true);
    const opened = await openWorkspace(folder, options);
    expect(opened.access).toEqual({ mode: 'read', reason: 'It lies where nothing may be written.' });
    const view = await opened.openLayer(scanId, layerId);
    expect(view.labels[0]).toBe(kept);
    await expect(scatter(view, 9)).rejects.toMatchObject({ code: 'read-only' });
    await opened.close();
  });
});
