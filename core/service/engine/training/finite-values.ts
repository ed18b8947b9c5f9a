import * as z from 'zod';
import type { ScanDocument, Workspace } from '../../../workspace/index.ts';
import { cached, type CacheKind } from '../handlers/cache.ts';

const counted = z.object({ notFinite: z.number() });
const finiteKind: CacheKind<z.infer<typeof counted>> = { name: 'finite', document: counted, maxBytes: 1e7 };

/** Voxels of a scan that are NaN or infinite. Integers cannot be; others are counted once. */
export async function countNotFinite(workspace: Workspace, { id, content, voxels }: ScanDocument): Promise<number> {
  if (!voxels.type.startsWith('float')) return 0;
  const { document } = await cached(workspace, finiteKind, { finite: 1, content }, async () => {
    const { voxels: values } = await workspace.readScan(id);
    let notFinite = 0;
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) notFinite++;
    return { notFinite };
  });
  return document.notFinite;
}
