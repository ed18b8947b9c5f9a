import { TesseraError } from '../../../base/errors.ts';
import type { LabelLayer, LayerSegment, Workspace } from '../../../workspace/index.ts';
import type { LabelChoice } from '../../api/training.ts';
import { approvedLayers, chooseLayer, spelled, type LeftOutReason, type UsableLayer } from './layer-choice.ts';

/** The label map of one scan, as it will be learned from. */
export interface ChosenLayer {
  readonly scan: string;
  readonly layer: string;
  /** Number of its last change. */
  readonly sequence: number;
  /** Value in the layer → value that is learned; what is not in it is background. */
  readonly values: ReadonlyMap<number, number>;
  /** Names of segments that other layers have and this one has not, and of which nobody said that they are absent: background is taught there. */
  readonly missing: readonly string[];
}

/** What would be learned from a set of scans. */
export interface ChosenLabels {
  /** Of background and every segment that occurs, by the value that is learned. */
  readonly names: Readonly<Record<number, string>>;
  readonly layers: readonly ChosenLayer[];
  readonly leftOut: readonly { readonly scan: string; readonly reason: LeftOutReason }[];
  /** Voxels of each segment over all scans, by its name. */
  readonly voxels: Readonly<Record<string, number>>;
}

/** The most segments that a label map of 8 bits tells apart. */
const MOST_SEGMENTS = 255;

/**
 * Chooses the label map of each scan (`chooseLayer`). Segments of the same name mean the same in all of them, whatever their values; they keep
 * their value where all scans agree on it.
 * @throws TesseraError `bad-labels` for more segments than 255, `bad-file`, and as `Workspace.openLayer`
 */
export async function chooseLabels(workspace: Workspace, scans: readonly string[], choice: LabelChoice): Promise<ChosenLabels> {
  const approved = await approvedLayers(workspace);
  const leftOut: { scan: string; reason: LeftOutReason }[] = [];
  const found: ({ scan: string } & UsableLayer)[] = [];
  const voxels = new Map<string, number>();
  for (const scan of [...new Set(scans)].sort()) {
    const layer = await chooseLayer(workspace, scan, choice, approved);
    if (typeof layer === 'string') {
      leftOut.push({ scan, reason: layer });
      continue;
    }
    for (const { name, value } of layer.segments)
      voxels.set(spelled(name), (voxels.get(spelled(name)) ?? 0) + (layer.counts.get(value) ?? 0));
    found.push({ scan, ...layer });
  }
  const segments = found.flatMap((one) => one.segments);
  const learned = learnedValues(segments);
  const nameOf = new Map(segments.map(({ name }) => [spelled(name), name.trim()]).reverse() as [string, string][]);
  const missingOf = ({ scan, segments: own, doneWithout }: (typeof found)[number]): string[] => {
    const said = (choice.absent ?? []).filter((absent) => absent.scan === scan).flatMap((absent) => absent.segments);
    const known = new Set([...own.map(({ name }) => name), ...doneWithout, ...said].map(spelled));
    return [...learned.keys()].filter((name) => !known.has(name)).map((name) => nameOf.get(name) ?? name);
  };
  return {
    names: Object.fromEntries([...learned].map(([name, value]) => [value, nameOf.get(name) ?? name])),
    layers: found.map((one) => ({
      scan: one.scan,
      layer: one.layer,
      sequence: one.sequence,
      values: new Map(one.segments.map(({ value, name }) => [value, learned.get(spelled(name)) ?? 0])),
      missing: missingOf(one),
    })),
    leftOut,
    voxels: Object.fromEntries([...voxels].map(([name, count]) => [nameOf.get(name) ?? name, count])),
  };
}

/** The label map with the values that are learned. @throws TesseraError `conflict` when somebody drew since it was chosen */
export function learnedMap(layer: LabelLayer, { values, sequence }: ChosenLayer): Uint8Array {
  if (layer.sequence !== sequence)
    throw new TesseraError('conflict', 'The labels were changed while the run was being prepared.', {
      subject: 'labels',
      advice: 'Start it again.',
    });
  const table = new Uint8Array(65_536);
  for (const [from, to] of values) table[from] = to;
  const { labels } = layer;
  const map = new Uint8Array(labels.length);
  for (let i = 0; i < map.length; i++) map[i] = table[labels[i] as number] as number;
  return map;
}

/** Value of each name: its own where there is one and nobody else has it, else 1, 2, 3 … in the order of the names. */
function learnedValues(segments: readonly LayerSegment[]): ReadonlyMap<string, number> {
  const own = new Map<string, Set<number>>();
  for (const { name, value } of segments) own.set(spelled(name), (own.get(spelled(name)) ?? new Set()).add(value));
  if (own.size > MOST_SEGMENTS)
    throw new TesseraError('bad-labels', `There are ${own.size} segments of different names; ${MOST_SEGMENTS} can be learned.`, {
      subject: 'segments',
      advice: 'Choose the segments to learn.',
    });
  const values = [...own.values()].flatMap((each) => [...each]);
  const isClear = values.length === own.size && new Set(values).size === own.size && values.every((value) => value <= MOST_SEGMENTS);
  const names = [...own.keys()].sort();
  return new Map(names.map((name, at) => [name, isClear ? ([...(own.get(name) ?? [])][0] ?? at + 1) : at + 1]));
}
