import { lockedTest, type LayerDocument, type ScanDocument, type Workspace } from '../../workspace/index.ts';

/** What of a workspace is labelled, and what may not be learned from. */
export interface LabelledScans {
  readonly scans: readonly ScanDocument[];
  /** Scans with labels that a person finished, or brought in from elsewhere. */
  readonly labelled: ReadonlySet<string>;
  /** Scans of the locked test part. */
  readonly locked: ReadonlySet<string>;
}

export async function labelledScans(workspace: Workspace): Promise<LabelledScans> {
  const [{ found: scans }, splits] = await Promise.all([workspace.scans(), workspace.splits()]);
  const labelled = new Set<string>();
  for (const { id } of scans) if ((await workspace.layers(id)).found.some(isLabelled)) labelled.add(id);
  return { scans, labelled, locked: new Set(lockedTest(splits.found)) };
}

/** A structure that is done, or labels from elsewhere; what a model drew is none. */
function isLabelled({ kind, labels }: LayerDocument): boolean {
  return kind === 'imported' || (kind !== 'proposal' && labels.some(({ state }) => state === 'done'));
}
