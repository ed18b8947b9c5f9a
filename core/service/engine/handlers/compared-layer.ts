import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerDocument, Workspace } from '../../../workspace/index.ts';

/** The layer of a scan whose segments errors are told for. */
export interface ComparedLayer {
  readonly document: LayerDocument;
  /** Changes when the layer does. */
  readonly state: string;
}

/** The newest layer that a person drew or brought in, else the newest proposal of a model. */
export async function comparedLayer(workspace: Workspace, scan: string): Promise<ComparedLayer | undefined> {
  const { found } = await workspace.layers(scan);
  const isProposal = ({ kind, model }: LayerDocument): number =>
    kind === 'proposal' || (kind === undefined && model !== undefined) ? 1 : 0;
  const [document] = [...found].sort((a, b) => isProposal(a) - isProposal(b) || b.created.localeCompare(a.created));
  if (document === undefined) return undefined;
  return { document, state: await filesState(join(workspace.folder, 'labels', scan, document.id)) };
}

/** Names, sizes and times of change: every stroke adds to a journal. */
async function filesState(folder: string): Promise<string> {
  const states = (await readdir(folder)).sort().map(async (name) => {
    const status = await stat(join(folder, name)).catch(() => undefined);
    return `${name} ${status?.size ?? -1} ${status?.mtimeMs ?? -1}`;
  });
  return [folder, ...(await Promise.all(states))].join('\n');
}
