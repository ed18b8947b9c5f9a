import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { thumbnailPicture } from '../../../report/thumbnail.ts';
import { encodePng } from '../../../report/index.ts';
import type { EngineHandler } from '../context.ts';
import { cached, type CacheKind } from './cache.ts';

const FILE = 'thumbnail.png';
const thumbnailKind: CacheKind<object> = { name: 'thumbnails', document: z.object({}), maxBytes: 1e9 };

export const thumbnail: EngineHandler<'thumbnail'> = async ({ scan }, { workspace }) => {
  const { content, modality } = await workspace.scan(scan);
  const entry = await cached(workspace, thumbnailKind, { thumbnail: 1, content, modality }, async (folder) => {
    await writeFile(join(folder, FILE), encodePng(thumbnailPicture(await workspace.readScan(scan), modality)));
    return {};
  });
  return { file: entry.file(FILE) };
};
