import { join } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import type { ImportProblem } from '../../imaging/index.ts';
import type { Imported, ImportedScan, Workspace } from '../../workspace/index.ts';
import { readable } from '../info/rows.ts';
import { repairsOf, withRepair } from '../repair-option.ts';
import { errorDocument } from '../run.ts';
import type { Session } from '../session.ts';
import type { ImportCliOptions } from '../verbs/import.ts';
import { inOneLine, inWorkspace, refuseOwnFolder } from './workspace.ts';

/** Stores every scan in files, folders and archives; what fails is told, the rest is stored. */
export async function importPaths(session: Session, paths: readonly string[], options: ImportCliOptions): Promise<void> {
  refuseOwnFolder(paths, options.workspace);
  await inWorkspace(options.workspace, options.name, async (workspace) => {
    const { scans, problems } = await importInto(workspace, session, paths, options);
    if (scans.length === 0 && problems.length === 0)
      throw new TesseraError('no-data', 'There is no scan among the files.', {
        advice: 'Give DICOM, NIfTI, NRRD or MetaImage files, folders of them, or zip archives.',
      });
    if (problems.some(({ leftOut }) => leftOut !== true)) session.status = 1;
    session.answer(
      { workspace: workspace.folder, scans: scans.map(document), problems: problems.map(problemDocument) },
      [...scans.flatMap(inWords), summary({ scans, problems })].join('\n'),
    );
  });
}

async function importInto(workspace: Workspace, session: Session, paths: readonly string[], options: ImportCliOptions): Promise<Imported> {
  const { DicomHeaderFile, findScans } = await import('../../imaging/index.ts');
  const { importScans } = await import('../../workspace/index.ts');
  const headers = await DicomHeaderFile.open(join(workspace.cachePath, 'dicom-headers.json'));
  const found = await findScans(paths, session.task, headers);
  try {
    await headers.save();
    for (const { name, error } of found.problems) session.note(`tessera: ${inOneLine(name, error)}`);
    const imported = await importScans(
      workspace,
      found.scans,
      { repairs: repairsOf(options.repair), labels: options.withLabels, keepNames: options.keepNames },
      session.task,
    );
    for (const { name, error } of imported.problems) session.note(`tessera: ${inOneLine(name, error)}`);
    return { scans: imported.scans, problems: [...found.problems, ...imported.problems] };
  } finally {
    await found.close();
  }
}

function document({ name, scan, state, layers }: ImportedScan): object {
  const { id, title, modality, format, geometry, voxels, volume, findings } = scan;
  return {
    id,
    name,
    state,
    title: title ?? null,
    format,
    modality: modality ?? null,
    dims: geometry.dims,
    spacing: geometry.spacing,
    storedType: voxels.type,
    volume: volume ?? null,
    findings,
    layers: layers.map((layer) => ({ id: layer.id, name: layer.name, labels: layer.labels })),
  };
}

const problemDocument = ({ name, error, leftOut }: ImportProblem): object => ({
  name,
  leftOut: leftOut === true,
  error: { ...errorDocument(error), subject: null },
});

const states = { added: 'added', restored: 'restored from the trash', known: 'there already' } as const;

function inWords({ name, scan, state, layers }: ImportedScan): string[] {
  const { id, geometry, modality, findings } = scan;
  const size = `${geometry.dims.join(' × ')} voxels of ${geometry.spacing.map(readable).join(' × ')} mm`;
  return [
    `${id}  ${name}: ${modality === undefined ? '' : `${modality}, `}${size}, ${states[state]}`,
    ...findings.map((finding) => `  ${finding.severity}: ${withRepair(finding)}`),
    ...layers.map((layer) => `  layer ${layer.id}: ${layer.labels.map((label) => label.name).join(', ')}`),
  ];
}

function summary({ scans, problems }: Imported): string {
  const count = (state: ImportedScan['state']): number => scans.filter((one) => one.state === state).length;
  const leftOut = problems.filter((problem) => problem.leftOut === true).length;
  const parts = [
    [count('added'), 'added'],
    [count('restored'), 'restored from the trash'],
    [count('known'), 'there already'],
    [leftOut, 'left out'],
    [problems.length - leftOut, 'could not be imported'],
  ] as const;
  return `Scans: ${parts
    .filter(([n]) => n > 0)
    .map(([n, what]) => `${n} ${what}`)
    .join(', ')}.`;
}
