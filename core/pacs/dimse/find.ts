import dimse from 'dcmjs-dimse';
import type { Task } from '../../base/task.ts';
import { IMPLICIT_LITTLE } from '../../imaging/dicom/transfer-syntax.ts';
import { answeredTags, printable, type PacsAnswer, type PacsMatch, type PacsQuery } from '../query.ts';
import { associate, type Association } from './associate.ts';
import { failedStatus, notOffered } from './dimse-errors.ts';
import type { DimseServer } from './server.ts';

const { SopClass, Status } = dimse.constants;
/** Pending, with or without all keys matched. */
const isPending = (status: number): boolean => status === Status.Pending || status === 0xff01;

/** C-ECHO: the PACS is there and knows both AE titles. @returns milliseconds */
export async function echo(server: DimseServer, task: Task): Promise<number> {
  const started = performance.now();
  const request = new dimse.requests.CEchoRequest();
  let status: number | undefined;
  request.on('response', (response: dimse.responses.Response) => (status = response.getStatus()));
  await associate(server, [{ abstractSyntax: SopClass.Verification, transferSyntaxes: [IMPLICIT_LITTLE] }], [request], task);
  if (status === undefined) throw notOffered(server, 'C-ECHO');
  if (status !== Status.Success) throw failedStatus(server, 'C-ECHO', status);
  return performance.now() - started;
}

/** C-FIND in the study root (PS3.4 C.4.1). */
export async function find(server: DimseServer, query: PacsQuery, task: Task): Promise<PacsAnswer> {
  const request = new dimse.requests.CFindRequest();
  const keys = Object.fromEntries(Object.keys(answeredTags[query.level]).map((keyword) => [keyword, '']));
  const plain = Object.values(query.filters).every((value) => /^[\x20-\x7e]*$/.test(value));
  request.setDataset(
    new dimse.Dataset({
      ...(plain ? {} : { SpecificCharacterSet: 'ISO_IR 192' }),
      ...keys,
      ...query.filters,
      QueryRetrieveLevel: { study: 'STUDY', series: 'SERIES', instance: 'IMAGE' }[query.level],
    }),
  );
  const matches: PacsMatch[] = [];
  const state: { more: boolean; status?: number; control?: Association } = { more: false };
  request.on('response', (response: dimse.responses.Response) => {
    const status = (state.status = response.getStatus());
    const found = response.getDataset()?.getElements();
    if (!isPending(status) || found === undefined) return;
    if (matches.length < query.limit) {
      matches.push(matchOf(found, query));
      return;
    }
    // Enough: no need to hear the rest.
    state.more = true;
    state.control?.end();
  });
  const contexts = [{ abstractSyntax: SopClass.StudyRootQueryRetrieveInformationModelFind, transferSyntaxes: [IMPLICIT_LITTLE] }];
  await associate(server, contexts, [request], task, undefined, (control) => (state.control = control));
  const { more, status } = state;
  if (status === undefined) throw notOffered(server, 'C-FIND');
  if (!more && status !== Status.Success) throw failedStatus(server, 'C-FIND', status);
  return { matches, more };
}

function matchOf(found: Record<string, unknown>, { level }: PacsQuery): PacsMatch {
  return Object.fromEntries(
    Object.keys(answeredTags[level]).flatMap((keyword): [string, string][] => {
      const text = printable(textOf(found[keyword]));
      return text === '' ? [] : [[keyword, text]];
    }),
  );
}

/** A value as dcmjs gives it: a text, a number, several of them, or a person's name. */
function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(textOf).join('\\');
  if (typeof value === 'object' && value !== null && 'Alphabetic' in value) return textOf(value.Alphabetic);
  return '';
}
