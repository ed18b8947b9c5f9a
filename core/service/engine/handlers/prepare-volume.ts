import { join } from 'node:path';
import { volumeLevels } from '../../../imaging/volume-levels.ts';
import { preparedVolume, type PreparedVolume } from '../../api/engine.ts';
import type { EngineHandler } from '../context.ts';
import { cached, writeRaw, type CacheKind } from './cache.ts';
import { tripleDocument } from './geometry-document.ts';

const levelsKind: CacheKind<PreparedVolume> = { name: 'levels', document: preparedVolume, maxBytes: 8e9 };

/** Range of a scan's stored values and where its levels lie, the scan itself as level 0. */
export const prepareVolume: EngineHandler<'prepare-volume'> = async ({ scan }, { workspace, task, breathe }) => {
  const { content, geometry, voxels } = await workspace.scan(scan);
  const entry = await cached(workspace, levelsKind, { levels: 1, content }, async (folder): Promise<PreparedVolume> => {
    const { range, levels } = await volumeLevels(await workspace.readScan(scan), task);
    await breathe();
    for (const [i, { voxels: coarse }] of levels.entries()) await writeRaw(join(folder, fileOf(i + 1)), [coarse]);
    const coarser = levels.map(({ geometry: { dims, spacing }, voxels: { byteLength } }, i) => ({
      level: i + 1,
      dims: tripleDocument(dims),
      spacing: tripleDocument(spacing),
      bytes: byteLength,
      file: fileOf(i + 1),
    }));
    return { range: [...range], levels: coarser };
  });
  const { range, levels } = entry.document;
  const whole = {
    level: 0,
    dims: tripleDocument(geometry.dims),
    spacing: tripleDocument(geometry.spacing),
    bytes: voxels.bytes,
    file: `scans/${scan}/${voxels.file}`,
  };
  return { range, levels: [whole, ...levels.map((level) => ({ ...level, file: entry.file(level.file) }))] };
};

const fileOf = (level: number): string => `level-${level}.raw`;
