import { scansByPatient, type Workspace } from '../../../workspace/index.ts';
import { findModels, type FoundModel } from '../handlers/find-models.ts';
import { ancestryOf } from './ancestry.ts';

/** What the weights of a model saw of some scans, while it was trained or any of those that it was begun with. */
export interface SeenScans {
  /** Scans of patients whose labels were learned from, or chosen by: scores on them say nothing. */
  readonly withLabels: readonly string[];
  /** Scans of patients who were pre-trained on without labels, and no more: a weaker leak. */
  readonly withoutLabels: readonly string[];
  /** Some of the weights came from elsewhere, or from runs or scans that are no longer there: nobody here knows what they saw. */
  readonly unknown: boolean;
}

/**
 * Goes back from model to model to where the weights began, and says which of the scans, or other scans of their patients, were seen on the way.
 * @throws TesseraError `bad-checkpoint` for a run on the way that cannot be read
 */
export async function seenScans(workspace: Workspace, model: FoundModel, scans: readonly string[]): Promise<SeenScans> {
  const patients = await patientsEver(workspace);
  const patientOf = (scan: string): string => patients.get(scan) ?? scan;
  const labelled = new Set<string>();
  const unlabelled = new Set<string>();
  const { runs, unknown } = await ancestryOf(model, await findModels(workspace));
  for (const { kind, data } of runs)
    for (const { id, patient } of data.cases)
      for (const scan of patient === undefined ? [id] : [id, patient]) (kind === 'pretrain' ? unlabelled : labelled).add(patientOf(scan));
  const withLabels = scans.filter((scan) => labelled.has(patientOf(scan)));
  const withoutLabels = scans.filter((scan) => unlabelled.has(patientOf(scan)) && !labelled.has(patientOf(scan)));
  // Of a scan that is gone, or has its name from another place, nobody knows which others are of the same patient.
  const strange = runs.some(({ data }) => data.cases.some(({ id }) => !patients.has(id)));
  return { withLabels, withoutLabels, unknown: unknown || strange };
}

/** A scan's patient, by one of the patient's scans, those in the trash among them: a model may have learned from a scan that was removed. */
async function patientsEver(workspace: Workspace): Promise<ReadonlyMap<string, string>> {
  const [present, removed] = await Promise.all([workspace.scans(), workspace.removedScans()]);
  const groups = scansByPatient([...present.found, ...removed.found.map(({ document }) => document)]);
  return new Map(groups.flatMap((group) => group.map((id) => [id, group[0] ?? id] as const)));
}
