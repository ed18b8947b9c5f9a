import { readerAgreement, type NamedLabels } from '../../../evaluation/index.ts';
import type { Workspace } from '../../../workspace/index.ts';
import type { EngineHandler } from '../context.ts';

/** How far two layers of a scan agree, organ by organ. */
export const agreement: EngineHandler<'agreement'> = async ({ scan, first, second, tolerance }, { workspace, breathe }) => {
  const { geometry } = await workspace.scan(scan);
  const one = await namedLabels(workspace, scan, first);
  const other = await namedLabels(workspace, scan, second);
  await breathe();
  return { organs: readerAgreement(one, other, geometry, tolerance) };
};

/** A layer as it is now on the disk. */
export async function namedLabels(workspace: Workspace, scan: string, layer: string): Promise<NamedLabels> {
  const opened = await workspace.openLayer(scan, layer);
  try {
    return { labels: opened.labels.slice(), segments: opened.segments };
  } finally {
    await opened.close();
  }
}
