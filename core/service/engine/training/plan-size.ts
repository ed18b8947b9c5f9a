import type { Triple } from '../../../imaging/index.ts';
import type { FinetuneDryRunData } from '../../../learning/finetune-dry-run.ts';
import type { ScanDocument } from '../../../workspace/index.ts';
import type { FinetuningPlan, PretrainingPlan } from './training-plan.ts';

/** Grids of scans when they are resampled; cropping to the foreground makes them smaller. */
export function preparedGrids(scans: readonly ScanDocument[], spacing: Triple | null): Triple[] {
  return scans.map(({ geometry: { dims, spacing: own } }) =>
    spacing === null
      ? dims
      : [scaled(dims[0], own[0], spacing[0]), scaled(dims[1], own[1], spacing[1]), scaled(dims[2], own[2], spacing[2])],
  );
}

/** Along the scan's own axes: for a scan that lies across, good enough to count voxels. */
function scaled(n: number, from: number, to: number): number {
  return Math.max(1, Math.round((n * from) / to));
}

export function pretrainSize({ scans, settings }: PretrainingPlan): { readonly cases: number; readonly grids: readonly Triple[] } {
  return { cases: scans.length, grids: preparedGrids(scans, settings.preparation.spacing) };
}

/** How many scans train and validate; a draw is of patients and may come out a little different. */
export function finetuneSize(
  { scans, settings, labels, parts, weights }: FinetuningPlan,
  fold: { readonly of: number } | undefined,
): FinetuneDryRunData {
  const labelled = new Set(parts === undefined ? labels.layers.map(({ scan }) => scan) : [...parts.training, ...parts.validation]);
  const used = scans.filter(({ id }) => labelled.has(id));
  const share = fold === undefined ? settings.validationShare : 1 / fold.of;
  const validation = parts?.validation.length ?? (used.length < 2 ? 0 : Math.min(used.length - 1, Math.round(share * used.length)));
  return {
    training: used.length - validation,
    validation,
    grids: preparedGrids(used, settings.preparation.spacing),
    classes: Object.keys(labels.names).length + 1,
    pretrained: weights !== undefined,
  };
}
