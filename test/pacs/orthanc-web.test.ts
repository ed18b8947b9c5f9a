import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentTask } from '../../core/base/task.ts';
import { Secret, seriesFolder, webEcho, webFind, webGet, webSend, webServerUrl, type WebServer } from '../../core/pacs/index.ts';
import { makeStudy, type MadeStudy } from './support/objects.ts';
import { describeWithOrthanc, startOrthanc, type Orthanc } from './support/orthanc.ts';
import { hashes } from './support/uids.ts';

const GIGABYTE = 1024 ** 3;

describeWithOrthanc('DICOMweb with Orthanc', () => {
  let orthanc: Orthanc;
  let server: WebServer;
  let made: MadeStudy;

  beforeAll(async () => {
    [orthanc, made] = await Promise.all([startOrthanc(), makeStudy()]);
    const { url, user, password } = orthanc;
    server = { url: webServerUrl(url), timeoutSeconds: 20, credentials: { kind: 'password', user, password: new Secret(password) } };
  });
  afterAll(() => orthanc.stop());

  it('stores CT, segmentation and report, finds them, and gives the same bytes back', async () => {
    expect(await webEcho(server, silentTask)).toBeGreaterThan(0);
    const { sent, failed } = await webSend(server, made.files, silentTask);
    expect(failed).toEqual([]);
    expect(sent.toSorted()).toEqual(made.files.map(({ path }) => path).toSorted());

    const filters = { StudyInstanceUID: made.study };
    const studies = await webFind(server, { level: 'study', filters: { PatientName: 'Secret*' }, limit: 5 }, silentTask);
    expect(studies).toEqual({
      more: false,
      matches: [
        expect.objectContaining({
          StudyInstanceUID: made.study,
          PatientName: 'Secret^Name',
          StudyDate: '20240102',
          NumberOfStudyRelatedInstances: '7',
        }),
      ],
    });
    const series = await webFind(server, { level: 'series', filters, limit: 5 }, silentTask);
    expect(series.matches.map(({ Modality }) => Modality).toSorted()).toEqual(['CT', 'SEG', 'SR']);
    expect(series.matches).toContainEqual(expect.objectContaining({ SeriesInstanceUID: made.series, NumberOfSeriesRelatedInstances: '5' }));
    const instances = await webFind(
      server,
      { level: 'instance', filters: { ...filters, SeriesInstanceUID: made.series }, limit: 3 },
      silentTask,
    );
    expect(instances).toMatchObject({ more: true, matches: { length: 3 } });

    const folder = await mkdtemp(join(tmpdir(), 'tessera-get-'));
    const { written } = await webGet(server, { study: made.study }, folder, GIGABYTE, silentTask);
    expect(hashes(written)).toEqual(hashes(made.files.map(({ path }) => path)));
    const ct = written.filter((path) => basename(dirname(path)) === seriesFolder(made.series));
    expect(ct).toHaveLength(5);

    // Again: nothing is written twice, nothing is left over.
    const again = await webGet(server, { study: made.study, series: made.series }, folder, GIGABYTE, silentTask);
    expect(again).toMatchObject({ written: [], differing: [], present: { length: 5 } });
    expect((await readdir(folder)).filter((name) => !name.startsWith('series-'))).toEqual([]);
  });

  it('says what is wrong with a password, an address, a UID', async () => {
    const find = (more: Partial<WebServer>, filters = {}): Promise<unknown> =>
      webFind({ ...server, ...more }, { level: 'study', filters, limit: 1 }, silentTask);
    const credentials = { kind: 'password', user: 'reader', password: new Secret('wrong') } as const;
    await expect(find({ credentials })).rejects.toMatchObject({ code: 'not-allowed', message: expect.stringContaining('does not accept') });
    await expect(find({ url: new URL(orthanc.url.replace('dicom-web', 'nothing')) })).rejects.toMatchObject({ code: 'not-found' });
    await expect(webGet(server, { study: '1.2.3' }, tmpdir(), GIGABYTE, silentTask)).rejects.toMatchObject({ code: 'not-found' });
    await expect(webGet(server, { study: '../studies' }, tmpdir(), GIGABYTE, silentTask)).rejects.toMatchObject({ code: 'bad-setting' });
  });
});
