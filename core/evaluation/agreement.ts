import { voxelVolume } from '../imaging/geometry.ts';
import type { Geometry } from '../imaging/volume.ts';
import { measureOverlaps } from './dice.ts';
import { defaultTolerance } from './evaluate-case.ts';
import type { LabelVoxels } from './labelmap.ts';
import { orNull } from './metrics.ts';
import { surfaceDice } from './surface-dice.ts';
import { hausdorff95, surfaceDistances } from './surface.ts';

/** A label map with what its values mean. */
export interface NamedLabels {
  readonly labels: LabelVoxels;
  readonly segments: readonly { readonly value: number; readonly name: string }[];
}

/** How far two readers agree on one organ. Neither is the truth, so all of it is the same with the readers exchanged, but for signs. */
export interface OrganAgreement {
  readonly name: string;
  /** 0 where only one has drawn it, null where nobody has. */
  readonly dice: number | null;
  readonly surfaceDice: number | null;
  /** Millimetres; null unless both have drawn it. */
  readonly hd95: number | null;
  readonly firstMl: number;
  readonly secondMl: number;
  /** Second minus first in per cent of their mean; null where nobody has drawn it. */
  readonly volumeDifference: number | null;
}

/**
 * Organs of several label maps by their names, whatever their numbers: capitals and spaces at the ends make no difference. Several segments of
 * one name are one organ.
 * @returns names in the order in which they first occur, and for each map which organ (from 1) each value is; 0 where none
 */
export function organsByName(maps: readonly NamedLabels['segments'][]): {
  readonly names: readonly string[];
  readonly tables: Uint16Array[];
} {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  const tables = maps.map((segments) => {
    const table = new Uint16Array(65536);
    for (const { value, name } of segments) {
      if (value === 0) continue;
      const key = name.trim().toLowerCase();
      const known = numbers.get(key) ?? names.push(name.trim());
      numbers.set(key, known);
      table[value] = known;
    }
    return table;
  });
  return { names, tables };
}

/** The map with other numbers. */
export function renumbered(labels: LabelVoxels, table: Uint16Array): Uint16Array {
  const result = new Uint16Array(labels.length);
  for (let v = 0; v < labels.length; v++) result[v] = table[labels[v] as number] as number;
  return result;
}

/**
 * Agreement of two label maps of one grid, organ by organ, matched by name. Nothing is scored of organs that nobody has drawn.
 * @param tolerance of the surface Dice in mm, 1 unless given
 * @throws TesseraError `grid-mismatch` when a map does not fill the grid
 */
export function readerAgreement(
  first: NamedLabels,
  second: NamedLabels,
  geometry: Geometry,
  tolerance = defaultTolerance,
): OrganAgreement[] {
  const { names, tables } = organsByName([first.segments, second.segments]);
  const [one, other] = [first.labels, second.labels].map((labels, at) => renumbered(labels, tables[at] as Uint16Array)) as [
    Uint16Array,
    Uint16Array,
  ];
  const organs = names.map((_, at) => at + 1);
  const ml = voxelVolume(geometry) / 1000;
  return measureOverlaps(one, other, geometry.dims, organs).map(({ label, referenceVoxels, predictionVoxels, sharedVoxels, box }) => {
    const [firstMl, secondMl] = [referenceVoxels * ml, predictionVoxels * ml];
    const drawn = firstMl + secondMl > 0;
    const both = referenceVoxels > 0 && predictionVoxels > 0 ? box : undefined;
    return {
      name: names[label - 1] as string,
      dice: drawn ? (2 * sharedVoxels) / (referenceVoxels + predictionVoxels) : null,
      surfaceDice: both === undefined ? (drawn ? 0 : null) : surfaceDice(one, other, label, geometry, both, tolerance),
      hd95: both === undefined ? null : orNull(hausdorff95(surfaceDistances(one, other, label, geometry, both))),
      firstMl,
      secondMl,
      volumeDifference: drawn ? (200 * (secondMl - firstMl)) / (firstMl + secondMl) : null,
    };
  });
}
