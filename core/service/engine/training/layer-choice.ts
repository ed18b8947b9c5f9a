import { join } from 'node:path';
import type { LabelArray } from '../../../labelling/index.ts';
import type { LayerDocument, LayerSegment, Workspace } from '../../../workspace/index.ts';
import type { LabelChoice } from '../../api/training.ts';
import { newestChange } from '../../library/newest-change.ts';

/** Why a scan is not learned from. */
export type LeftOutReason = 'no-layer' | 'no-segment' | 'not-ready' | 'empty';

/** A layer that can be learned from, or held against a model. */
export interface UsableLayer {
  readonly layer: string;
  /** Number of its last change. */
  readonly sequence: number;
  /** Wanted ones that have voxels. */
  readonly segments: readonly LayerSegment[];
  /** Names of wanted ones that have none and are done: a person looked, and they are absent. */
  readonly doneWithout: readonly string[];
  /** Voxels of each value. */
  readonly counts: ReadonlyMap<number, number>;
}

interface Candidate extends UsableLayer {
  readonly isConsensus: boolean;
  readonly isApproved: boolean;
  readonly isDone: boolean;
  /** Milliseconds since 1970. */
  readonly changed: number;
  readonly created: string;
}

/** Layers that a reviewer approved. @throws TesseraError `bad-file` for a work list that cannot be read */
export async function approvedLayers({ readerWork }: Workspace): Promise<ReadonlySet<string>> {
  const { items } = await readerWork.list.read();
  const approved = items.filter(({ state, removed }) => state === 'approved' && removed === undefined);
  return new Set(approved.flatMap(({ layer }) => layer ?? []));
}

/**
 * The layer of a scan that counts among those of several readers. What has none of the wanted segments, not the wanted states or no voxels is
 * passed over; then a consensus goes before what was approved, that before what is done, and that before what was changed last.
 * @returns why there is none: what the best of them lacks
 * @throws TesseraError as `Workspace.openLayer`
 */
export async function chooseLayer(
  workspace: Workspace,
  scan: string,
  choice: LabelChoice,
  approved: ReadonlySet<string>,
): Promise<UsableLayer | LeftOutReason> {
  const candidates: Candidate[] = [];
  const reasons = new Set<LeftOutReason>();
  for (const document of (await workspace.layers(scan)).found) {
    if (!isDrawn(document) || !isNamed(document, choice)) continue;
    const read = await readCandidate(workspace, document, choice, approved);
    if (typeof read === 'string') reasons.add(read);
    else candidates.push(read);
  }
  return candidates.sort(byStanding)[0] ?? (['not-ready', 'empty', 'no-segment'] as const).find((each) => reasons.has(each)) ?? 'no-layer';
}

async function readCandidate(
  workspace: Workspace,
  { id, scan, created, consensus }: LayerDocument,
  choice: LabelChoice,
  approved: ReadonlySet<string>,
): Promise<Candidate | LeftOutReason> {
  const layer = await workspace.openLayer(scan, id);
  try {
    const wanted = layer.document.labels.filter(({ name }) => isWanted(name, choice));
    const counts = countValues(layer.labels);
    const segments = wanted.filter(({ value }) => (counts.get(value) ?? 0) > 0);
    const reason = reasonAgainst(wanted, segments, choice);
    if (reason !== undefined) return reason;
    return {
      layer: id,
      sequence: layer.sequence,
      segments,
      doneWithout: wanted.filter((one) => one.state === 'done' && !segments.includes(one)).map(({ name }) => name),
      counts,
      isConsensus: consensus === true,
      isApproved: approved.has(id),
      isDone: wanted.every(({ state }) => state === 'done'),
      changed: await newestChange(join(workspace.folder, 'labels', scan, id)),
      created,
    };
  } finally {
    await layer.close();
  }
}

function byStanding(a: Candidate, b: Candidate): number {
  return (
    Number(b.isConsensus) - Number(a.isConsensus) ||
    Number(b.isApproved) - Number(a.isApproved) ||
    Number(b.isDone) - Number(a.isDone) ||
    b.changed - a.changed ||
    b.created.localeCompare(a.created)
  );
}

const isDrawn = ({ kind, model }: LayerDocument): boolean => (kind ?? (model === undefined ? 'label' : 'proposal')) !== 'proposal';

const isNamed = ({ name }: LayerDocument, { layer }: LabelChoice): boolean => layer === 'newest' || spelled(name) === spelled(layer.name);

/** The same name means the same, however it is written. */
export const spelled = (name: string): string => name.trim().toLowerCase();

function isWanted(name: string, { segments }: LabelChoice): boolean {
  return segments === undefined || segments.some((wanted) => spelled(wanted) === spelled(name));
}

function reasonAgainst(
  wanted: readonly LayerSegment[],
  filled: readonly LayerSegment[],
  { states }: LabelChoice,
): LeftOutReason | undefined {
  if (wanted.length === 0) return 'no-segment';
  if (states !== undefined && wanted.some(({ state = 'todo' }) => !states.includes(state))) return 'not-ready';
  return filled.length === 0 ? 'empty' : undefined;
}

function countValues(labels: LabelArray): ReadonlyMap<number, number> {
  const counts = new Float64Array(65_536);
  for (let i = 0; i < labels.length; i++) (counts[labels[i] as number] as number)++;
  return new Map([...counts.entries()].filter(([value, count]) => value > 0 && count > 0));
}
