import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orderScans, type MeasuredScan } from '../../../inference/ranking/order-scans.ts';
import type { Workspace } from '../../../workspace/index.ts';
import { rankingFile, type RankingFile } from '../../api/ranking.ts';
import { labelledScans } from '../../library/labelled-scans.ts';
import type { EngineHandler } from '../context.ts';

/** In the workspace's cache: it can be measured again. */
export const RANKING_FILE = 'ranking.json';

/** The order of the scans as they were measured last, for what is labelled now: labelling one moves the others at once. */
export const ranking: EngineHandler<'ranking'> = async (_, { workspace }) => {
  const { scans, labelled, locked } = await labelledScans(workspace);
  const open = scans.filter(({ id }) => !labelled.has(id) && !locked.has(id)).map(({ id }) => id);
  const counts = { labelled: scans.filter(({ id }) => labelled.has(id)).length, locked: scans.filter(({ id }) => locked.has(id)).length };
  const file = await readRanking(workspace);
  if (file === undefined) return { scans: [], ...counts, unmeasured: open.length };
  const known = new Map(file.scans.map((scan) => [scan.scan, measuredScan(scan)]));
  const measured = open.flatMap((id) => known.get(id) ?? []);
  const embeddings = [...labelled].flatMap((id) => known.get(id)?.embedding ?? []);
  const { model, encoder } = file;
  return {
    measured: file.measured,
    ...(model === undefined ? {} : { model }),
    ...(encoder === undefined ? {} : { encoder }),
    scans: orderScans(measured, embeddings),
    ...counts,
    unmeasured: open.length - measured.length,
  };
};

function measuredScan({ embedding, ...numbers }: RankingFile['scans'][number]): MeasuredScan {
  if (embedding === undefined) return numbers;
  const bytes = Uint8Array.from(Buffer.from(embedding, 'base64'));
  return { ...numbers, embedding: new Float32Array(bytes.buffer) };
}

/** @returns undefined when there is none, or none that can be read: it can be measured again */
async function readRanking(workspace: Workspace): Promise<RankingFile | undefined> {
  try {
    return rankingFile.parse(JSON.parse(await readFile(join(workspace.cachePath, RANKING_FILE), 'utf8')));
  } catch {
    return undefined;
  }
}
