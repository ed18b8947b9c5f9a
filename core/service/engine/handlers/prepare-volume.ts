import { join } from 'node:path';
import type { ScanDocument, Workspace } from '../../../workspace/index.ts';
import { preparedVolume, type PreparedVolume } from '../../api/engine.ts';
import type { EngineHandler } from '../context.ts';
import { cached, knownEntry, writeRaw, type CacheEntry, type CacheKind } from './cache.ts';
import { tripleDocument } from './geometry-document.ts';

const levelsKind: CacheKind<PreparedVolume> = { name: 'levels', document: preparedVolume, maxBytes: 8e9 };

/** Range of a scan's stored values and where its levels lie, the scan itself as level 0. */
export const prepareVolume: EngineHandler<'prepare-volume'> = async ({ scan: id }, { workspace, task, breathe }) => {
  const scan = await workspace.scan(id);
  const entry = await cached(workspace, levelsKind, keyOf(scan), async (folder): Promise<PreparedVolume> => {
    const { volumeLevels } = await import('../../../imaging/volume-levels.ts');
    const { range, levels } = await volumeLevels(await workspace.readScan(id), task);
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
  return withWhole(scan, entry);
};

/** What `prepareVolume` answers, where it was made before. The host looks itself, so that a scan opens without waiting for an engine. */
export async function preparedBefore(workspace: Workspace, scan: ScanDocument): Promise<PreparedVolume | undefined> {
  const entry = await knownEntry(workspace, levelsKind, keyOf(scan));
  return entry === undefined ? undefined : withWhole(scan, entry);
}

function withWhole({ id, geometry, voxels }: ScanDocument, { document, file }: CacheEntry<PreparedVolume>): PreparedVolume {
  const whole = {
    level: 0,
    dims: tripleDocument(geometry.dims),
    spacing: tripleDocument(geometry.spacing),
    bytes: voxels.bytes,
    file: `scans/${id}/${voxels.file}`,
  };
  const { range, levels } = document;
  return { range, levels: [whole, ...levels.map((level) => ({ ...level, file: file(level.file) }))] };
}

const keyOf = ({ content }: ScanDocument): object => ({ levels: 1, content });
const fileOf = (level: number): string => `level-${level}.raw`;
