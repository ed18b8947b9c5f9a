import type { Command } from 'commander';
import { describeError } from '../../base/errors.ts';
import type { DeidentificationReport } from '../../imaging/deidentify/index.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

interface DeidentifyCliOptions {
  readonly out: string;
  readonly key?: string;
  readonly keepDatesShifted: boolean;
  readonly keepPrivateSafe: boolean;
  readonly cleanDescriptors: boolean;
  readonly skipBurnedIn: boolean;
}

export const deidentifyVerb: Verb = {
  name: 'deidentify',
  summary: 'copies of DICOM files without what says whose they are (PS3.15 basic profile), checked byte for byte, with a report of counts',
  writes: '`DIR/<patient>/<study>/<series>/<object>.dcm`, `DIR/deidentification-report.json`',
  define: (command: Command) =>
    command
      .argument('<src>', 'a folder of DICOM files, with its subfolders, or one file')
      .requiredOption('--out <dir>', 'folder of the results, apart from the source')
      .option('--key <file>', 'secret that replacements follow from, made where there is none; keep it, and to yourself')
      .option('--keep-dates-shifted', 'keep dates, moved back by a number of days that is the same for all of a patient', false)
      .option('--keep-private-safe', 'keep private attributes that PS3.15 calls safe', false)
      .option('--clean-descriptors', 'keep descriptions, with the words that are known to be harmless', false)
      .option('--skip-burned-in', 'leave out pictures that may have text in them', false),
  run,
};

async function run(session: Session, args: readonly string[], options: DeidentifyCliOptions): Promise<void> {
  const { deidentifyFolder } = await import('../../imaging/deidentify/index.ts');
  const { out, key, ...chosen } = options;
  const { report, reportPath, failures } = await deidentifyFolder(
    args[0] ?? '',
    out,
    { ...chosen, ...(key === undefined ? {} : { keyFile: key }) },
    session.task,
  );
  for (const failure of failures.slice(0, 20)) session.note(describeError(failure));
  if (failures.length > 20) session.note(`… and ${failures.length - 20} more.`);
  if (failures.length > 0) session.status = 1;
  const failed = failures.map(({ code, subject, message }) => ({ code, subject, message }));
  session.answer({ ...report, report: reportPath, failed }, inWords(report, reportPath));
}

const RISKS: Readonly<Record<DeidentificationReport['risks'][number]['risk'], string>> = {
  'burned-in-text': 'pictures may have text in them',
  'overlay-in-pixels': 'pictures have drawings hidden in unused bits',
  face: 'scans of a head, from which a face can be made',
  'report-text': 'reports, whose coded content stays',
  mosaic: 'mosaics, which are no volumes any more without their private attributes; convert those before',
};

function inWords({ files, patients, studies, series, risks, verification, key, actions }: DeidentificationReport, path: string): string {
  const attributes = actions.reduce((sum, { count }) => sum + count, 0);
  const others: readonly (readonly [number, string])[] = [
    [files.alreadyThere, 'were there already, with the same content'],
    [files.duplicate, 'are objects that came twice'],
    [files.notDicom, 'are no DICOM files and were not copied'],
    [files.atRisk, 'may have text in their pictures and were left out'],
    [files.failed, 'were left out'],
  ];
  return [
    `${files.written} files written: ${patients} patients, ${studies} studies, ${series} series.`,
    ...others.filter(([count]) => count > 0).map(([count, what]) => `${count} files ${what}.`),
    `${attributes} attributes removed or replaced; ${verification.identifiers} identifiers searched for in the results, none found.`,
    ...risks.map(({ risk, files: found }) => `Look at ${found.length} files: ${RISKS[risk]}.`),
    ...(key === 'file' ? [] : ['The key is forgotten: another run gives other names. Use --key to keep it.']),
    `Report: ${path}`,
  ].join('\n');
}
