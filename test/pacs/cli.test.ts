import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeStudy, type MadeStudy } from './support/objects.ts';
import { describeWithOrthanc, freePort, startOrthanc, type Orthanc } from './support/orthanc.ts';
import { hashes } from './support/uids.ts';
import { cli, errorOf, json, temporaryFolder } from '../cli/support.ts';

describe('tessera pacs', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['an action that is none', ['delete'], /echo, find, get, send/],
    ['no server', ['echo'], /which PACS is not said\. Give --url/],
    ['two servers', ['echo', '--url', 'http://localhost', '--host', 'x'], /--url and --host cannot go together/],
    ['half a DIMSE server', ['echo', '--host', 'x', '--port', '104'], /--host needs --port and --called-aet/],
    ['options of the other protocol', ['echo', '--url', 'http://localhost', '--called-aet', 'X'], /--called-aet is for DIMSE/],
    ['a password over DIMSE', ['echo', '--host', 'x', '--port', '104', '--called-aet', 'X', '--user', 'ann'], /--user is for DICOMweb/],
    ['a password in the address', ['echo', '--url', 'https://ann:hunter2@x/'], /--url: holds a user or password/],
    ['a long AE title', ['echo', '--host', 'x', '--port', '104', '--called-aet', 'X'.repeat(17)], /--called-aet: is no AE title/],
    ['a user without a password', ['echo', '--url', 'https://localhost', '--user', 'ann'], /TESSERA_PACS_PASSWORD/],
    ['get without a study', ['get', '--url', 'http://localhost', '--out', 'x'], /needs --study and --out/],
    ['get with a wrong UID', ['get', '--url', 'http://localhost', '--out', 'x', '--study', '../..'], /--study: is no UID/],
    ['send without files', ['send', '--url', 'http://localhost'], /send needs files/],
    ['--move without a port', ['echo', '--host', 'x', '--port', '104', '--called-aet', 'X', '--move'], /--listen-port/],
    ['a certificate without its key', ['echo', '--url', 'https://localhost', '--cert', 'x.pem'], /--cert and --key go together/],
  ])('refuses %s as wrong usage', async (_, args, line) => {
    const { status, stderr, stdout } = await cli(['pacs', ...args]);
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(line) });
    expect(stderr).not.toContain('hunter2');
  });

  it('fails with one line for a server that is not there', async () => {
    const port = await freePort();
    const web = await cli(['pacs', 'find', '--url', `http://127.0.0.1:${port}/dicom-web`, '--patient-id', 'P-77', '--json']);
    expect(web.status).toBe(1);
    expect(errorOf(web)).toMatchObject({
      code: 'no-connection',
      message: 'nobody listens there.',
      subject: `http://127.0.0.1:${port}/dicom-web/studies`,
    });
    expect(web.stderr).not.toContain('P-77');
    const dimse = await cli(['pacs', 'echo', '--host', '127.0.0.1', '--port', String(port), '--called-aet', 'PACS', '--json']);
    expect(errorOf(dimse)).toMatchObject({ code: 'no-connection', advice: expect.stringContaining('Check host and port') });
  });
});

describeWithOrthanc('tessera pacs with Orthanc', () => {
  let orthanc: Orthanc;
  let made: MadeStudy;
  let dimse: readonly string[];
  let web: readonly string[];
  const before = process.env['TESSERA_PACS_PASSWORD'];

  beforeAll(async () => {
    [orthanc, made] = await Promise.all([startOrthanc(), makeStudy()]);
    dimse = ['--host', orthanc.host, '--port', String(orthanc.port), '--called-aet', orthanc.calledAet];
    web = ['--url', orthanc.url, '--user', orthanc.user];
    process.env['TESSERA_PACS_PASSWORD'] = orthanc.password;
  });
  afterAll(async () => {
    if (before === undefined) delete process.env['TESSERA_PACS_PASSWORD'];
    else process.env['TESSERA_PACS_PASSWORD'] = before;
    await orthanc.stop();
  });

  it('sends over DIMSE, finds and gets over both', async () => {
    expect(json(await cli(['pacs', 'send', made.folder, ...dimse, '--json']))).toMatchObject({
      protocol: 'dimse',
      sent: { length: 7 },
      failed: [],
    });
    for (const server of [web, dimse]) {
      expect((await cli(['pacs', 'echo', ...server])).stdout).toMatch(/^The PACS answers \(\d+ ms\)\.$/m);
      const found = await cli(['pacs', 'find', '--patient-id', 'ID-4711', '--modality', 'CT', ...server]);
      expect(found.stdout).toContain(made.study);
      expect(found.stdout.split('\n')[0]).toMatch(/^StudyDate +ModalitiesInStudy +PatientID/);
      const series = json(await cli(['pacs', 'find', '--study', made.study, '--json', ...server]));
      expect(series).toMatchObject({ level: 'series', more: false, matches: { length: 3 } });
      const out = temporaryFolder();
      const args = ['pacs', 'get', '--study', made.study, '--series', made.series, '--out', out, ...server];
      const { written } = json(await cli([...args, '--json'])) as { written: string[] };
      const ct = made.files.filter(({ path }) => path.startsWith(join(made.folder, 'ct'))).map(({ path }) => path);
      expect(Object.keys(hashes(written))).toEqual(Object.keys(hashes(ct)));
      expect((await cli(args)).stdout).toBe(`0 files written to ${out}, 5 were there already.\n`);
      expect(readdirSync(out)).toHaveLength(1);
    }
  });

  it('tells of a wrong password and a wrong AE title', async () => {
    process.env['TESSERA_PACS_PASSWORD'] = 'hunter2';
    const { status, stderr } = await cli(['pacs', 'echo', ...web]);
    process.env['TESSERA_PACS_PASSWORD'] = orthanc.password;
    expect(status).toBe(1);
    expect(stderr).toMatch(/does not accept the user and password, or the token \(401\)/);
    expect(stderr).not.toContain('hunter2');
    const wrong = await cli(['pacs', 'echo', ...dimse.slice(0, 4), '--called-aet', 'WRONG']);
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringMatching(/is not called WRONG\. Give its AE title with --called-aet/) });
  });
});
