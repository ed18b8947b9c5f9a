import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { TesseraError } from '../../../base/errors.ts';
import type { TrainingDataset } from '../../../imaging/index.ts';
import { lockedTest, scansByPatient, type ScanDocument, type SplitDocument, type Workspace } from '../../../workspace/index.ts';

/** The document of a scan, which readers of scans take with the voxels beside it: nothing is copied. */
export function storedScanPath(workspace: Workspace, id: string): string {
  return join(workspace.folder, 'scans', id, 'scan.json');
}

/** Who is who among the scans of a workspace, and which of them are locked away for testing. */
export interface Patients {
  /** A scan's patient: the id of one of the patient's scans. */
  readonly of: (scan: string) => string;
  /** The locked test part, with all scans of the patients in it. */
  readonly test: ReadonlySet<string>;
  readonly splits: readonly SplitDocument[];
}

/** @throws TesseraError `bad-file` for a split that cannot be read, which might hold the lock */
export async function patientsOf(workspace: Workspace, scans: readonly ScanDocument[]): Promise<Patients> {
  const { found: splits, problems } = await workspace.splits();
  const [unreadable] = problems;
  if (unreadable !== undefined) throw unreadable.error;
  const patient = new Map<string, string>();
  const locked = new Set(lockedTest(splits));
  const test = new Set<string>();
  for (const group of scansByPatient(scans)) {
    for (const id of group) patient.set(id, group[0] ?? id);
    if (group.some((id) => locked.has(id))) for (const id of group) test.add(id);
  }
  return { of: (scan) => patient.get(scan) ?? scan, test, splits };
}

/**
 * Scans of a workspace as a data set for training.
 * @param labels file of the label map of each scan that has one
 * @throws TesseraError `test-case` for a scan that is locked away for testing, or another one of its patient
 */
export function workspaceCases(
  workspace: Workspace,
  scans: readonly string[],
  patients: Patients,
  labels: { readonly files: ReadonlyMap<string, string>; readonly names: Readonly<Record<number, string>> } = {
    files: new Map(),
    names: {},
  },
): TrainingDataset {
  const tested = scans.filter((id) => patients.test.has(id));
  if (tested.length > 0)
    throw new TesseraError('test-case', `${tested.length} of the scans are locked away for testing, or are of a patient who is.`, {
      subject: tested[0] ?? '',
      advice: 'Leave them out: what was trained with them cannot be tested with them.',
    });
  const cases = [...new Set(scans)].sort().map((id) => {
    const label = labels.files.get(id);
    return { id, images: [storedScanPath(workspace, id)], ...(label === undefined ? {} : { label }), patient: patients.of(id) };
  });
  const test = [...patients.test].sort();
  const sha256 = createHash('sha256').update(test.join('\n')).digest('hex');
  return {
    folder: join(workspace.folder, 'scans'),
    layout: 'pairs',
    cases,
    labelNames: labels.names,
    regions: [],
    channelNames: {},
    problems: [],
    ...(test.length === 0 ? {} : { lock: { file: join(workspace.folder, 'splits'), sha256, test } }),
  };
}
