import { isTesseraError, type TesseraError } from '../../../base/errors.ts';
import type { LabelArray } from '../../../labelling/index.ts';
import type { LayerDocument, LayerSegment, Workspace } from '../../../workspace/index.ts';
import type { LabelChoice } from '../../api/training.ts';

/** Why a scan is not learned from. */
export type LeftOutReason = 'no-layer' | 'no-segment' | 'not-ready' | 'empty' | 'damaged';

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

/** A layer as its document tells it: its map is read only when it is its turn. */
interface Candidate {
  readonly id: string;
  readonly isConsensus: boolean;
  readonly isApproved: boolean;
  readonly isDone: boolean;
  /** When somebody last drew in it or changed its segments, in milliseconds since 1970. */
  readonly changed: number;
  readonly created: string;
}

/** Layers that a reviewer approved, or why nobody can tell. */
export type ApprovedLayers = ReadonlySet<string> | TesseraError;

/** A work list that cannot be read is an error only where it would decide (`chooseLayer`). */
export async function approvedLayers({ readerWork }: Workspace): Promise<ApprovedLayers> {
  const list = await unlessDamaged(readerWork.list.read());
  if (isTesseraError(list)) return list;
  const approved = list.items.filter(({ state, removed }) => state === 'approved' && removed === undefined);
  return new Set(approved.flatMap(({ layer }) => layer ?? []));
}

/**
 * The layer of a scan that counts among those of several readers. What has none of the wanted segments, not the wanted states or no voxels is
 * passed over; then a consensus goes before what was approved, that before what is done, and that before what was changed last. A layer that
 * cannot be read is passed over, too, unless it is a consensus, approved or the only one.
 * @returns why there is none: what the best of them lacks
 * @throws TesseraError as `Workspace.openLayer` for a damaged layer that counts; that of `approved` where several layers depend on it
 */
export async function chooseLayer(
  workspace: Workspace,
  scan: string,
  choice: LabelChoice,
  approved: ApprovedLayers,
): Promise<UsableLayer | LeftOutReason> {
  const reasons = new Set<LeftOutReason>();
  const { found, problems } = await workspace.layers(scan);
  for (const { id, error } of problems) {
    if (isApproved(id, approved)) throw error;
    reasons.add('damaged');
  }
  const named = found.filter((document) => isDrawn(document) && isNamed(document, choice));
  const candidates: Candidate[] = [];
  for (const { id } of named) {
    const candidate = await readCandidate(workspace, scan, id, choice, approved);
    if (typeof candidate === 'string') reasons.add(candidate);
    else candidates.push(candidate);
  }
  candidates.sort(byStanding);
  if (isTesseraError(approved) && candidates.length > 1 && candidates[0]?.isConsensus !== true) throw approved;
  for (const { id, isConsensus, isApproved: counts } of candidates) {
    const layer = await unlessDamaged(readUsable(workspace, scan, id, choice));
    if (isTesseraError(layer)) {
      if (isConsensus || counts || named.length === 1) throw layer;
      reasons.add('damaged');
    } else if (typeof layer === 'string') reasons.add(layer);
    else return layer;
  }
  return (['damaged', 'not-ready', 'empty', 'no-segment'] as const).find((each) => reasons.has(each)) ?? 'no-layer';
}

async function readCandidate(
  workspace: Workspace,
  scan: string,
  id: string,
  choice: LabelChoice,
  approved: ApprovedLayers,
): Promise<Candidate | LeftOutReason> {
  const { document, changed } = await workspace.layerTable(scan, id);
  const { labels, consensus, created } = document;
  const wanted = labels.filter(({ name }) => isWanted(name, choice));
  return (
    reasonAgainst(wanted, choice) ?? {
      id,
      isConsensus: consensus === true,
      isApproved: isApproved(id, approved),
      isDone: wanted.every(({ state }) => state === 'done'),
      changed,
      created,
    }
  );
}

async function readUsable(workspace: Workspace, scan: string, id: string, choice: LabelChoice): Promise<UsableLayer | LeftOutReason> {
  const layer = await workspace.openLayer(scan, id);
  try {
    const wanted = layer.segments.filter(({ name }) => isWanted(name, choice));
    const counts = countValues(layer.labels);
    const segments = wanted.filter(({ value }) => (counts.get(value) ?? 0) > 0);
    // Somebody may have changed it since its document was read.
    const reason = reasonAgainst(wanted, choice) ?? (segments.length === 0 ? 'empty' : undefined);
    if (reason !== undefined) return reason;
    return {
      layer: id,
      sequence: layer.sequence,
      segments,
      doneWithout: wanted.filter((one) => one.state === 'done' && !segments.includes(one)).map(({ name }) => name),
      counts,
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

const damage: ReadonlySet<string> = new Set(['bad-file', 'unsupported-file', 'bad-labels', 'grid-mismatch']);

/** What is read, or that it is damaged. @throws any other error */
function unlessDamaged<T>(reading: Promise<T>): Promise<T | TesseraError> {
  return reading.catch((error: unknown) => {
    if (isTesseraError(error) && damage.has(error.code)) return error;
    throw error;
  });
}

const isApproved = (id: string, approved: ApprovedLayers): boolean => !isTesseraError(approved) && approved.has(id);

const isDrawn = ({ kind, model }: LayerDocument): boolean => (kind ?? (model === undefined ? 'label' : 'proposal')) !== 'proposal';

const isNamed = ({ name }: LayerDocument, { layer }: LabelChoice): boolean => layer === 'newest' || spelled(name) === spelled(layer.name);

/** The same name means the same, however it is written. */
export const spelled = (name: string): string => name.trim().toLowerCase();

function isWanted(name: string, { segments }: LabelChoice): boolean {
  return segments === undefined || segments.some((wanted) => spelled(wanted) === spelled(name));
}

/** As far as the segments tell, whatever is drawn. */
function reasonAgainst(wanted: readonly LayerSegment[], { states }: LabelChoice): LeftOutReason | undefined {
  if (wanted.length === 0) return 'no-segment';
  return states !== undefined && wanted.some(({ state = 'todo' }) => !states.includes(state)) ? 'not-ready' : undefined;
}

function countValues(labels: LabelArray): ReadonlyMap<number, number> {
  const counts = new Float64Array(65_536);
  for (let i = 0; i < labels.length; i++) (counts[labels[i] as number] as number)++;
  return new Map([...counts.entries()].filter(([value, count]) => value > 0 && count > 0));
}
