import type { Command } from 'commander';
import { repeated } from '../arguments.ts';
import { repairOption, type RepairChoice } from '../repair-option.ts';
import type { Verb } from '../verb.ts';

export interface ImportCliOptions {
  readonly workspace: string;
  readonly name?: string;
  readonly repair?: readonly RepairChoice[];
  readonly withLabels: boolean;
  readonly labelsFor?: readonly string[];
  readonly resample: boolean;
  readonly keepNames: boolean;
}

export const importVerb: Verb = {
  name: 'import',
  summary: 'scans in files, folders and zip archives, mixed and nested, into a workspace; tells what is unusual and mends it when asked',
  writes: 'the workspace: `scans/<id>/`, `labels/<id>/<layer>/`',
  define: (command: Command) =>
    command
      .argument('<path...>', 'files, folders and zip archives with DICOM, NIfTI, NRRD or MetaImage')
      .requiredOption('--workspace <dir>', 'folder of the workspace; made where there is none')
      .option('--name <text>', 'name of a new workspace; that of its folder unless given')
      .addOption(repairOption())
      .option('--with-labels', 'also label maps in labels/ beside images/, and DICOM labels that point at a series, as layers', false)
      .option('--labels-for <id>', 'the paths are labels of this scan of the workspace; once, or once for each path', repeated)
      .option('--resample', 'of --labels-for: allow labels on another grid to be brought onto the scan by the nearest voxel', false)
      .option('--keep-names', 'keep the names of series and files as titles; they may tell who the patient is', false),
  run: async (session, paths, options: ImportCliOptions) => {
    const { importLabelFiles } = await import('../import/labels.ts');
    const { importPaths } = await import('../import/scans.ts');
    const { labelsFor } = options;
    if (labelsFor === undefined) await importPaths(session, paths, options);
    else await importLabelFiles(session, paths, labelsFor, options);
  },
};
