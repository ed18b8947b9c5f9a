import { Argument, Option, type Command } from 'commander';
import { TesseraError } from '../../base/errors.ts';
import type { FilterKeyword, PacsAnswer, PacsTarget, QueryLevel } from '../../pacs/index.ts';
import { numberBetween, wholeNumber } from '../arguments.ts';
import type { Pacs, ServerOptions } from '../pacs/pacs-server.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

interface PacsCliOptions extends ServerOptions {
  readonly level?: QueryLevel;
  readonly patientId?: string;
  readonly patientName?: string;
  readonly accession?: string;
  readonly date?: string;
  readonly modality?: string;
  readonly description?: string;
  readonly study?: string;
  readonly series?: string;
  readonly instance?: string;
  readonly limit: number;
  readonly out?: string;
  readonly maxSize: number;
}

export const pacsVerb: Verb = {
  name: 'pacs',
  summary: 'query, retrieve and store on a PACS, over DICOMweb or DIMSE; scans cross a network only with this verb',
  writes: '`DIR/series-<hash>/<SOP instance UID>.dcm` (get)',
  define: (command: Command) =>
    command
      .addArgument(new Argument('<action>', 'what to do').choices(['echo', 'find', 'get', 'send']))
      .argument('[path...]', 'send: DICOM files, or folders of them')
      .option('--url <url>', 'DICOMweb: root of the server, such as https://pacs.example/dicom-web')
      .option('--host <name>', 'DIMSE: host of the PACS')
      .option('--port <n>', 'DIMSE: its port', wholeNumber(1, 65535))
      .option('--called-aet <title>', 'DIMSE: its AE title')
      .option('--aet <title>', 'DIMSE: AE title of this program', 'TESSERA')
      .option('--timeout <s>', 'seconds without an answer or progress after which it is given up', numberBetween(0.1, 3600), 30)
      .option('--user <name>', 'DICOMweb: who asks; the password comes from TESSERA_PACS_PASSWORD, --password-fd, or is asked for')
      .option('--password-fd <n>', 'DICOMweb: file descriptor whose first line is the password', wholeNumber(0))
      .option('--token-fd <n>', 'DICOMweb: file descriptor whose first line is a bearer token; or set TESSERA_PACS_TOKEN', wholeNumber(0))
      .option('--plain-http', 'DICOMweb: send the password to an http:// address of another machine all the same', false)
      .option('--ca <file>', 'DICOMweb: PEM file of the authorities to trust instead of the system’s')
      .option('--cert <file>', 'DICOMweb: PEM file of the certificate of this client')
      .option('--key <file>', 'DICOMweb: PEM file of its key; its passphrase comes from TESSERA_PACS_KEY_PASSPHRASE')
      .addOption(
        new Option('--level <name>', 'find: what to list; study, or what --study and --series hold').choices([
          'study',
          'series',
          'instance',
        ]),
      )
      .option('--patient-id <id>', 'find: number of the patient')
      .option('--patient-name <name>', 'find: name of the patient, as Family^Given; * stands for anything')
      .option('--accession <number>', 'find: accession number')
      .option('--date <date>', 'find: date of the study, YYYYMMDD, or a range YYYYMMDD-YYYYMMDD')
      .option('--modality <code>', 'find: such as CT or MR')
      .option('--description <text>', 'find: description of study or series; * stands for anything')
      .option('--study <uid>', 'find, get: study instance UID')
      .option('--series <uid>', 'find, get: series instance UID')
      .option('--instance <uid>', 'get: SOP instance UID')
      .option('--limit <n>', 'find: at most so many', wholeNumber(1, 100_000), 100)
      .option('--out <dir>', 'get: folder for the files')
      .option('--max-size <gb>', 'get: gigabytes that may come at most', numberBetween(0.001, 100_000), 20)
      .option('--move', 'get over DIMSE: C-MOVE instead of C-GET; the PACS connects to --listen-port', false)
      .option('--listen-port <n>', 'get --move: port that the PACS knows for --aet', wholeNumber(1, 65535))
      .option('--listen-host <address>', 'get --move: address to listen at; all unless given'),
  run,
};

async function run(session: Session, [action = '', ...paths]: readonly string[], options: PacsCliOptions): Promise<void> {
  if (action !== 'send' && paths.length > 0)
    throw new TesseraError('usage', `${action} takes no files.`, { advice: 'See: tessera pacs --help' });
  const { pacsOf } = await import('../pacs/pacs-server.ts');
  const connect = (): Promise<Pacs> => pacsOf(options, session.task.signal);
  if (action === 'echo') await echo(session, await connect());
  else if (action === 'find') await find(session, connect, options);
  else if (action === 'get') await get(session, connect, options);
  else await send(session, connect, paths);
}

async function echo(session: Session, pacs: Pacs): Promise<void> {
  const milliseconds = Math.round(await pacs.echo(session.task));
  session.answer({ protocol: pacs.protocol, milliseconds }, `The PACS answers (${milliseconds} ms).`);
}

async function find(session: Session, connect: () => Promise<Pacs>, options: PacsCliOptions): Promise<void> {
  const { study, series, limit } = options;
  const level = options.level ?? (series !== undefined ? 'instance' : study !== undefined ? 'series' : 'study');
  const given: Partial<Record<FilterKeyword, string | undefined>> = {
    PatientID: options.patientId,
    PatientName: options.patientName,
    AccessionNumber: options.accession,
    StudyDate: options.date,
    [level === 'study' ? 'ModalitiesInStudy' : 'Modality']: options.modality,
    [level === 'study' ? 'StudyDescription' : 'SeriesDescription']: options.description,
    StudyInstanceUID: study,
    SeriesInstanceUID: series,
  };
  const filters = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const pacs = await connect();
  const answer = await pacs.find({ level, filters, limit }, session.task);
  if (answer.more) session.note(`tessera: there are more than ${limit}; narrow the search, or give a higher --limit.`);
  session.answer({ protocol: pacs.protocol, level, ...answer }, await inWords(answer, level));
}

async function inWords({ matches }: PacsAnswer, level: QueryLevel): Promise<string> {
  if (matches.length === 0) return 'Nothing found.';
  const { answeredTags } = await import('../../pacs/index.ts');
  // Columns that nobody filled would only make lines long.
  const keywords = Object.keys(answeredTags[level]).filter((keyword) => matches.some((match) => match[keyword] !== undefined));
  const rows = [keywords, ...matches.map((match) => keywords.map((keyword) => match[keyword] ?? ''))];
  const widths = keywords.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

async function get(session: Session, connect: () => Promise<Pacs>, options: PacsCliOptions): Promise<void> {
  const { study, series, instance, out } = options;
  if (study === undefined || out === undefined)
    throw new TesseraError('usage', 'get needs --study and --out.', { advice: 'tessera pacs find shows the UIDs of studies.' });
  const { checkTarget } = await import('../../pacs/index.ts');
  const target: PacsTarget = { study, ...(series === undefined ? {} : { series }), ...(instance === undefined ? {} : { instance }) };
  checkTarget(target);
  const pacs = await connect();
  const { written, present, differing } = await pacs.get(target, out, options.maxSize * 1e9, session.task);
  if (differing.length > 0)
    session.note(`tessera: ${differing.length} files are there already with other content, and were left as they were.`);
  const there = present.length === 0 ? '' : `, ${present.length} were there already`;
  session.answer({ protocol: pacs.protocol, out, written, present, differing }, `${written.length} files written to ${out}${there}.`);
}

async function send(session: Session, connect: () => Promise<Pacs>, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) throw new TesseraError('usage', 'send needs files or folders.', { advice: 'See: tessera pacs --help' });
  const { outgoingFiles } = await import('../../pacs/index.ts');
  const outgoing = await outgoingFiles(paths);
  const pacs = await connect();
  const result = await pacs.send(outgoing.files, session.task);
  const failed = [...outgoing.failed, ...result.failed];
  for (const { path, reason } of failed) session.note(`tessera: ${path}: not sent. ${reason}`);
  if (failed.length > 0) session.status = 1;
  session.answer(
    { protocol: pacs.protocol, sent: result.sent, failed },
    `${result.sent.length} files sent${failed.length === 0 ? '' : `, ${failed.length} not`}.`,
  );
}
