import type { Task } from '../../../base/task.ts';
import { throwIfCancelled } from '../../../base/task.ts';
import type { PreparationSettings, Triple } from '../../../imaging/index.ts';
import type { ScanDocument, Workspace } from '../../../workspace/index.ts';
import type { PreflightFinding, PreflightRepair } from '../../api/preflight.ts';
import type { FinetuningRequest } from '../../api/training.ts';
import type { LeftOutReason } from './layer-choice.ts';
import { preparationFindings } from './encoder-preparation.ts';
import { countNotFinite } from './finite-values.ts';
import { missingSegmentFindings } from './missing-segments.ts';
import { finetuneSize } from './plan-size.ts';
import type { FinetuningPlan, PretrainingPlan } from './training-plan.ts';

/** Fewer slices are no volume to learn from. */
const FEWEST_VOXELS = 3;
/** Voxels so many times as long in one scan as in another show other things to a network that takes them as they are. */
const MOST_SPACING_RATIO = 2;

/** What speaks against learning from scans, whatever is learned. */
export async function scanFindings(
  workspace: Workspace,
  { scans, patients }: Pick<PretrainingPlan, 'scans' | 'patients'>,
  task: Task,
): Promise<PreflightFinding[]> {
  const findings: PreflightFinding[] = [];
  const tested = scans.map(({ id }) => id).filter((id) => patients.test.has(id));
  if (tested.length > 0)
    findings.push({
      code: 'test-scan',
      severity: 'refusal',
      message: `${counted(tested.length, 'scan')} of the locked test set, or of a patient in it: what learns from them cannot be tested with them.`,
      ...only(tested),
      repair: leaveOut(tested),
    });
  for (const [done, scan] of scans.entries()) {
    throwIfCancelled(task);
    task.progress({ stage: 'look at scans', done, total: scans.length });
    await task.breathe?.();
    const notFinite = await countNotFinite(workspace, scan);
    if (notFinite > 0)
      findings.push({
        code: 'not-finite',
        severity: 'refusal',
        message: `${counted(notFinite, 'voxel')} ${notFinite === 1 ? 'is' : 'are'} NaN or infinite.`,
        scan: scan.id,
        repair: leaveOut([scan.id]),
      });
    const { dims } = scan.geometry;
    if (dims.some((n) => n < FEWEST_VOXELS))
      findings.push({
        code: 'geometry',
        severity: 'refusal',
        message: `It has ${dims.join(' × ')} voxels, which is no volume to learn from.`,
        scan: scan.id,
        repair: leaveOut([scan.id]),
      });
    for (const { severity, message, repair } of scan.findings)
      if (severity === 'warning' && repair !== undefined)
        findings.push({ code: 'geometry', severity: 'warning', message, scan: scan.id, repair: leaveOut([scan.id]) });
  }
  return findings;
}

export function pretrainFindings({ scans, settings }: PretrainingPlan): PreflightFinding[] {
  const few = 'Pre-training needs two scans or more; what it learns gets better with hundreds.';
  return [
    ...(scans.length < 2 ? [{ code: 'too-few-scans', severity: 'refusal', message: few } as const] : []),
    ...(scans.length >= 2 && scans.length < 20
      ? [
          {
            code: 'too-few-scans',
            severity: 'note',
            message: `${scans.length} scans are few to pre-train on: the more, the better.`,
          } as const,
        ]
      : []),
    ...(settings.method === 'gl-mae' ? [] : spacingFindings(scans, settings.preparation, 'warning')),
  ];
}

export function finetuneFindings(plan: FinetuningPlan, job: FinetuningRequest): PreflightFinding[] {
  const { labels, scans, settings, parts, patients } = plan;
  const findings: PreflightFinding[] = [];
  for (const { scan, reason } of labels.leftOut)
    findings.push({ code: 'no-labels', severity: 'note', message: `It is left out: ${reasons[reason]}.`, scan });
  const { training, validation } = finetuneSize(plan, job.fold);
  if (labels.layers.length === 0)
    findings.push({
      code: 'no-labels',
      severity: 'refusal',
      message: 'None of the scans has labels to learn from. Label one or more, or import their labels.',
      repair: labelRepair(plan, job),
    });
  else if (training === 0)
    findings.push({
      code: 'too-few-scans',
      severity: 'refusal',
      message: 'No scan is left to train on: all labelled ones validate, or are in no part of the split.',
    });
  else if (validation === 0)
    findings.push({
      code: 'no-validation',
      severity: 'warning',
      message: 'No scan is kept for validation: the last state of the network is kept, and nothing says how good it is.',
    });
  if (job.fold !== undefined && job.fold.index >= job.fold.of)
    findings.push({ code: 'setting', severity: 'refusal', message: `There is no fold ${job.fold.index} of ${job.fold.of}.` });
  const labelledPatients = new Set(labels.layers.map(({ scan }) => patients.of(scan))).size;
  if (job.fold !== undefined && parts === undefined && labels.layers.length > 0 && job.fold.of > labelledPatients)
    findings.push({
      code: 'too-few-scans',
      severity: 'refusal',
      message: `${counted(job.fold.of, 'fold')} need labelled scans of so many patients; there are ${labelledPatients}.`,
    });
  if (parts !== undefined) {
    const trained = new Set(parts.training.map(patients.of));
    const leaking = parts.validation.filter((id) => trained.has(patients.of(id)));
    if (leaking.length > 0)
      findings.push({
        code: 'leak',
        severity: 'refusal',
        message: `${counted(leaking.length, 'scan')} for validation ${leaking.length === 1 ? 'is' : 'are'} of a patient who is trained on: the same file, or the same DICOM frame of reference.`,
        ...only(leaking),
        repair: leaveOut(leaking),
      });
  }
  const used = new Set(labels.layers.map(({ scan }) => scan));
  return [
    ...findings,
    ...spacingFindings(
      scans.filter(({ id }) => used.has(id)),
      settings.preparation,
      'refusal',
    ),
    ...missingSegmentFindings(plan),
    ...preparationFindings(settings.preparation, plan.encoderPreparation),
  ];
}

/** Labels that are there but were not chosen are taken; where there are none, the first scan is to be labelled. */
function labelRepair({ scans, labels }: FinetuningPlan, { labels: { segments, states } }: FinetuningRequest): PreflightRepair {
  const unchosen = labels.leftOut.some(({ reason }) => reason === 'no-segment' || reason === 'not-ready');
  if (unchosen && (segments !== undefined || states !== undefined))
    return { title: 'Take all segments, whatever their state', allLabels: true };
  const [first] = scans;
  return { title: 'Label the first scan', ...(first === undefined ? {} : { label: first.id }) };
}

const reasons: Readonly<Record<LeftOutReason, string>> = {
  'no-layer': 'it has no such labels',
  'no-segment': 'its labels have none of the chosen segments',
  'not-ready': 'its segments are not in a chosen state',
  empty: 'its segments have no voxels',
  damaged: 'its labels cannot be read',
};

function spacingFindings(
  scans: readonly ScanDocument[],
  { spacing }: PreparationSettings,
  severity: 'refusal' | 'warning',
): PreflightFinding[] {
  if (spacing !== null || scans.length < 2) return [];
  const along = ([0, 1, 2] as const).map((axis) => scans.map(({ geometry }) => geometry.spacing[axis]).sort((a, b) => a - b));
  const worst = Math.max(...along.map((sorted) => (sorted.at(-1) ?? 1) / (sorted[0] ?? 1)));
  if (worst <= MOST_SPACING_RATIO) return [];
  const usual = along.map((sorted) => Number((sorted[sorted.length >> 1] ?? 1).toPrecision(3))) as unknown as Triple;
  return [
    {
      code: 'spacing',
      severity,
      message: `Voxels of some scans are ${worst.toPrecision(2)} times as long as those of others, and scans are taken as they are.`,
      repair: { title: `Resample all to ${usual.join(' × ')} mm`, settings: { preparation: { spacing: usual } } },
    },
  ];
}

function leaveOut(scans: readonly string[]): NonNullable<PreflightFinding['repair']> {
  return { title: scans.length === 1 ? 'Leave it out' : 'Leave them out', leaveOut: [...scans] };
}

/** The one scan that it is about. */
const only = ([first, ...others]: readonly string[]): { scan?: string } =>
  first === undefined || others.length > 0 ? {} : { scan: first };

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
