import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { runDimse, type DimseServer } from '../../core/pacs/index.ts';
import { makeStudy, type MadeStudy } from './support/objects.ts';
import { describeWithOrthanc, startOrthanc, type Orthanc } from './support/orthanc.ts';
import { elementsOf, headerUids } from './support/uids.ts';

const GIGABYTE = 1024 ** 3;

/** What files hold by SOP instance UID. Orthanc writes the lengths of sequences anew, so bytes may differ where there are some. */
function contents(paths: readonly string[]): Record<string, object> {
  return Object.fromEntries(paths.map((path): [string, object] => [headerUids(path).instance, elementsOf(path)]));
}

describeWithOrthanc('DIMSE with Orthanc', () => {
  let orthanc: Orthanc;
  let server: DimseServer;
  let made: MadeStudy;

  beforeAll(async () => {
    [orthanc, made] = await Promise.all([startOrthanc(), makeStudy()]);
    const { host, port, calledAet } = orthanc;
    server = { host, port, calledAet, aet: 'TESSERA', timeoutSeconds: 20 };
  });
  afterAll(() => orthanc.stop());

  it('stores CT, segmentation and report, finds them, and brings the same data sets back by C-GET and C-MOVE', async () => {
    expect(await runDimse({ kind: 'echo', server }, silentTask)).toBeGreaterThan(0);
    const { sent, failed } = await runDimse({ kind: 'send', server, files: made.files }, silentTask);
    expect(failed).toEqual([]);
    expect(sent).toHaveLength(7);

    const find = (level: 'study' | 'series' | 'instance', filters: object, limit = 10): ReturnType<typeof runDimse<'find'>> =>
      runDimse({ kind: 'find', server, query: { level, filters, limit } }, silentTask);
    expect(await find('study', { PatientName: 'Secret*' })).toEqual({
      more: false,
      matches: [
        expect.objectContaining({
          StudyInstanceUID: made.study,
          PatientName: 'Secret^Name',
          PatientID: 'ID-4711',
          NumberOfStudyRelatedInstances: '7',
        }),
      ],
    });
    const series = await find('series', { StudyInstanceUID: made.study });
    expect(series.matches.map(({ Modality }) => Modality).toSorted()).toEqual(['CT', 'SEG', 'SR']);
    expect(await find('instance', { StudyInstanceUID: made.study, SeriesInstanceUID: made.series }, 3)).toMatchObject({
      more: true,
      matches: { length: 3 },
    });
    expect(await find('study', { PatientName: 'Nobody' })).toEqual({ more: false, matches: [] });

    const original = contents(made.files.map(({ path }) => path));
    const target = { study: made.study };
    const got = mkdtempSync(join(tmpdir(), 'tessera-get-'));
    const byGet = await runDimse({ kind: 'get', server, target, folder: got, mostBytes: GIGABYTE }, silentTask);
    expect(contents(byGet.written)).toEqual(original);
    const listen = { port: orthanc.movePort, host: '127.0.0.1' };
    const moved = mkdtempSync(join(tmpdir(), 'tessera-move-'));
    const byMove = await runDimse({ kind: 'get', server, target, folder: moved, mostBytes: GIGABYTE, listen }, silentTask);
    expect(contents(byMove.written)).toEqual(original);
    // One series, into the same folder: it is there.
    const again = await runDimse(
      { kind: 'get', server, target: { ...target, series: made.series }, folder: got, mostBytes: GIGABYTE },
      silentTask,
    );
    expect(again).toMatchObject({ written: [], differing: [], present: { length: 5 } });
    expect([...readdirSync(got), ...readdirSync(moved)].filter((name) => !name.startsWith('series-'))).toEqual([]);
  });

  it('says which AE title is wrong, and what was not found', async () => {
    const echo = (more: Partial<DimseServer>): Promise<unknown> => runDimse({ kind: 'echo', server: { ...server, ...more } }, silentTask);
    await expect(echo({ calledAet: 'OTHER' })).rejects.toMatchObject({
      code: 'not-allowed',
      message: 'is not called OTHER.',
      advice: expect.stringContaining('--called-aet'),
    });
    const stranger = { ...server, aet: 'STRANGER' };
    const query = { level: 'study', filters: {}, limit: 1 } as const;
    await expect(runDimse({ kind: 'find', server: stranger, query }, silentTask)).rejects.toMatchObject({
      code: expect.stringMatching(/not-allowed|no-connection/),
      advice: expect.stringContaining('--aet (STRANGER)'),
    });
    const folder = mkdtempSync(join(tmpdir(), 'tessera-get-'));
    const get = { kind: 'get', server, target: { study: '1.2.3' }, folder, mostBytes: GIGABYTE } as const;
    await expect(runDimse(get, silentTask)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('stops at the size allowed, and leaves nothing unfinished', async () => {
    await runDimse({ kind: 'send', server, files: made.files }, silentTask);
    const folder = mkdtempSync(join(tmpdir(), 'tessera-get-'));
    const job = { kind: 'get', server, target: { study: made.study }, folder, mostBytes: 3000 } as const;
    await expect(runDimse(job, silentTask)).rejects.toMatchObject({ code: 'too-large' });
    const listen = { port: orthanc.movePort, host: '127.0.0.1' };
    await expect(runDimse({ ...job, listen }, silentTask)).rejects.toMatchObject({ code: 'too-large' });
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
