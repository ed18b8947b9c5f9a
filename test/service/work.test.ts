import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { TesseraError } from '../../core/base/errors.ts';
import type { LayerSummary } from '../../core/service/api/layers.ts';
import { paintedDelta } from '../../core/labelling/label-delta.ts';
import type { LabelVersion } from '../../core/service/api/labels.ts';
import type { StartedWork, WorkItem, WorkListing } from '../../core/service/api/work.ts';
import type { Host } from '../../core/service/host.ts';
import { openWorkspace } from '../../core/workspace/index.ts';
import { clientOf, describeCompiled, openHost, smallVolume, temporaryFolder, type Client } from './support.ts';

const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const codeOf = async (answer: Promise<Response>): Promise<string> => (await json<{ error: { code: string } }>(answer)).error.code;

/** A workspace with scans, told apart by their values. */
async function study(scans = 2, folder = temporaryFolder()): Promise<{ host: Host; client: Client; folder: string; scans: string[] }> {
  const host = await openHost(folder);
  const added = [];
  for (let seed = 0; seed < scans; seed++) added.push((await host.workspace.workspace.addScan({ volume: smallVolume(seed) })).scan.id);
  host.workspace.library.scansChanged();
  return { host, client: clientOf(host), folder, scans: added };
}

const work = (client: Client): Promise<WorkListing> => json(client.get('/work'));
const assign = (client: Client, after: number, ...pairs: readonly (readonly [string, string])[]): Promise<WorkListing> =>
  json(client.post('/work/assign', { after, author: 'Lea', assignments: pairs.map(([scan, reader]) => ({ scan, reader })) }));
const setState = (client: Client, after: number, item: string, state: string): Promise<Response> =>
  client.post('/work/state', { after, author: 'Lea', items: [item], state });
const first = ({ items }: WorkListing): WorkItem => {
  const [item] = items;
  if (!item) throw new Error('an empty work list');
  return item;
};

describeCompiled('the work list', () => {
  it('is empty at first; what is assigned is kept, told to all windows, and there when the workspace is opened again', async () => {
    const { host, client, folder, scans } = await study();
    const [one = '', other = ''] = scans;
    expect(await work(client)).toEqual({ sequence: 0, items: [] });
    const before = host.events.last;
    const made = await assign(client, 0, [one, 'Anna'], [one, 'Ben'], [other, 'Anna']);
    expect(made).toMatchObject({ sequence: 1 });
    expect(made.items.map(({ scan, reader, state, next }) => [scan, reader, state, next])).toEqual([
      [one, 'Anna', 'todo', ['working']],
      [one, 'Ben', 'todo', ['working']],
      [other, 'Anna', 'todo', ['working']],
    ]);
    expect(first(made).assigned.by).toBe('Lea');
    expect(host.events.after(before)).toMatchObject([{ kind: 'work-changed', data: { sequence: 1 } }]);
    // The same again is no change.
    expect(await assign(client, 1, [one, 'Anna'])).toEqual(made);
    await host.close();
    expect(await work(clientOf(await openHost(folder)))).toEqual(made);
    const document = JSON.parse(readFileSync(join(folder, 'work.json'), 'utf8')) as object;
    expect(document).toMatchObject({ schema: 'tessera-work/1', sequence: 1 });
  });

  it('goes from state to state as people work, and no other way', async () => {
    const { client, scans } = await study(1);
    const { id } = first(await assign(client, 0, [scans[0] ?? '', 'Anna']));
    const steps = ['working', 'submitted', 'returned', 'working', 'submitted', 'approved', 'submitted'];
    for (const [at, state] of steps.entries()) {
      const now = await json<WorkListing>(setState(client, at + 1, id, state));
      expect([now.sequence, first(now).state, first(now).changed.by]).toEqual([at + 2, state, 'Lea']);
    }
    const refused = await setState(client, steps.length + 1, id, 'todo');
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      {
        error: {
          code: 'bad-setting',
          message: 'What is submitted cannot become todo.',
          advice: 'It can become working or returned or approved.',
        },
      },
    ]);
    expect((await work(client)).sequence).toBe(steps.length + 1);
  });

  it('is not written over by a window that knows less: it is told, and nothing changes', async () => {
    const { client, scans } = await study(1);
    const made = await assign(client, 0, [scans[0] ?? '', 'Anna']);
    const { id } = first(made);
    const answers = await Promise.all(['working', 'working'].map((state) => setState(client, 1, id, state)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await codeOf(setState(client, 1, id, 'submitted'))).toBe('conflict');
    expect(await work(client)).toMatchObject({ sequence: 2, items: [{ state: 'working' }] });
  });

  it('gives back what was removed, as it was', async () => {
    const { client, scans } = await study(1);
    const [scan = ''] = scans;
    const { id } = first(await assign(client, 0, [scan, 'Anna']));
    const working = await json<WorkListing>(setState(client, 1, id, 'working'));
    const gone = await json<WorkListing>(client.post('/work/remove', { after: 2, items: [id] }));
    expect(gone.items).toEqual([]);
    const back = await json<WorkListing>(client.post('/work/restore', { after: 3, items: [id] }));
    expect(back.items).toEqual(working.items);
    await client.post('/work/remove', { after: 4, items: [id] });
    // Assigned anew it is the same piece of work.
    expect((await assign(client, 5, [scan, 'Anna'])).items).toEqual(working.items);
  });

  it("finds or makes the reader's own layer, with the segments of another and nothing drawn", async () => {
    const { host, client, scans } = await study(1);
    const [scan = ''] = scans;
    const segments = [{ value: 3, name: 'liver', colour: '#aa3300', state: 'done', locked: true }];
    const imported = await json<LayerSummary>(client.post(`/scans/${scan}/layers`, { name: 'reference', segments }));
    const { items } = await assign(client, 0, [scan, 'Anna'], [scan, 'Ben']);
    const [anna, ben] = items.map(({ id }) => id);
    const start = (id: string | undefined): Promise<StartedWork> => json(client.post(`/work/${id ?? ''}/start`, { author: 'Anna' }));
    const answers = await Promise.all([start(anna), start(anna)]);
    const [started] = answers;
    expect(new Set(answers.map(({ layer }) => layer.id)).size).toBe(1);
    expect(started.layer).toMatchObject({
      name: 'Anna',
      kind: 'label',
      segments: [{ value: 3, name: 'liver', state: 'todo', locked: false }],
    });
    expect(started.work.items.map(({ state, layer }) => [state, layer])).toEqual([
      ['working', started.layer.id],
      ['todo', undefined],
    ]);
    const others = await start(ben);
    expect(new Set([others.layer.id, started.layer.id, imported.id]).size).toBe(3);
    expect((await host.workspace.library.layers(scan)).map(({ name }) => name).sort()).toEqual(['Anna', 'Ben', 'reference']);
    expect(await codeOf(client.post('/work/0123456789abcdef/start', {}))).toBe('not-found');
  });

  it('keeps what was submitted as a version', async () => {
    const { client, scans } = await study(1);
    const [scan = ''] = scans;
    const { id } = first(await assign(client, 0, [scan, 'Anna']));
    const { layer, work: now } = await json<StartedWork>(client.post(`/work/${id}/start`, { author: 'Anna' }));
    expect((await setState(client, now.sequence, id, 'submitted')).status).toBe(200);
    expect(await json(client.get(`/scans/${scan}/layers/${layer.id}/versions`))).toMatchObject([{ name: 'Submitted by Anna' }]);
  });

  it('keeps one version of each submission: none when an approval is taken back, none where nothing was drawn since', async () => {
    const { host, client, scans } = await study(1);
    const [scan = ''] = scans;
    const { id } = first(await assign(client, 0, [scan, 'Anna']));
    const { layer } = await json<StartedWork>(client.post(`/work/${id}/start`, { author: 'Anna' }));
    const names = async (): Promise<string[]> =>
      (await json<LabelVersion[]>(client.get(`/scans/${scan}/layers/${layer.id}/versions`))).map(({ name }) => name);
    const goTo = async (...states: readonly string[]): Promise<void> => {
      for (const state of states) expect((await setState(client, (await work(client)).sequence, id, state)).status, state).toBe(200);
    };
    await goTo('submitted', 'approved', 'submitted', 'working', 'submitted', 'returned', 'submitted');
    expect(await names()).toEqual(['Submitted by Anna']);
    await host.workspace.labels.use(scan, layer.id, (labels) =>
      labels.edit({ delta: paintedDelta(labels.labels, [[0, 3]], 1), segments: [{ value: 1, name: 'liver' }], title: 'brush' }),
    );
    await goTo('working', 'submitted', 'approved', 'submitted');
    expect(await names()).toEqual(['Submitted by Anna', 'Submitted by Anna']);
    const whats = (await host.workspace.workspace.auditEntries()).map(({ what }) => what).filter((what) => what.startsWith('work-'));
    expect(whats.slice(-4)).toEqual(['work-working', 'work-submitted', 'work-approved', 'work-reopened']);
  });

  it('keeps what is submitted, and who did it, before it says so: where that cannot be written nothing changes', async () => {
    const { host, client, scans } = await study(1);
    const [scan = ''] = scans;
    const { id } = first(await assign(client, 0, [scan, 'Anna']));
    const { work: begun } = await json<StartedWork>(client.post(`/work/${id}/start`, { author: 'Anna' }));
    const noVersion = vi.spyOn(host.workspace.labels, 'use').mockRejectedValue(new TesseraError('write-failed', 'The disk is full.'));
    expect(await codeOf(setState(client, begun.sequence, id, 'submitted'))).toBe('write-failed');
    noVersion.mockRestore();
    const noEntry = vi.spyOn(host.workspace.workspace, 'audit').mockRejectedValue(new TesseraError('write-failed', 'The disk is full.'));
    expect(await codeOf(setState(client, begun.sequence, id, 'submitted'))).toBe('write-failed');
    const comment = { id: 'aaaaaaaaaaaaaaaa', point: [1, 2, 3], text: 'Too far.' };
    expect(await codeOf(client.post(`/scans/${scan}/comments`, comment))).toBe('write-failed');
    noEntry.mockRestore();
    expect(await work(client)).toEqual(begun);
    expect(await json(client.get(`/scans/${scan}/comments`))).toEqual({ sequence: 0, items: [] });
  });

  it('says in the audit file what a start did, and names itself in a conflict by its file alone', async () => {
    const { host, client, scans } = await study(1);
    const { id } = first(await assign(client, 0, [scans[0] ?? '', 'Anna']));
    const start = (): Promise<StartedWork> => json(client.post(`/work/${id}/start`, { author: 'Anna' }));
    const done = async (): Promise<string[]> =>
      (await host.workspace.workspace.auditEntries()).map(({ what }) => what).filter((what) => what.startsWith('work-'));
    expect((await setState(client, 1, id, 'working')).status).toBe(200);
    await start();
    expect(await done()).toEqual(['work-assigned', 'work-working', 'work-layer']);
    await start();
    expect(await done()).toHaveLength(3);
    const { error } = await json<{ error: { subject: string } }>(setState(client, 1, id, 'submitted'));
    expect(error.subject).toBe('work.json');
  });

  it('leaves out scans in the trash, and has them again when they come back', async () => {
    const { client, scans } = await study(2);
    const [one = '', other = ''] = scans;
    await assign(client, 0, [one, 'Anna'], [other, 'Anna']);
    await client.post(`/scans/${one}/remove`);
    expect((await work(client)).items.map(({ scan }) => scan)).toEqual([other]);
    await client.post(`/scans/${one}/restore`);
    expect((await work(client)).items).toHaveLength(2);
  });

  it.each([
    ['a scan that is not there', [{ scan: '0123456789abcdef01234567', reader: 'Anna' }], 404],
    ['no id', [{ scan: '../../etc', reader: 'Anna' }], 400],
    ['nobody', [{ scan: '', reader: '  ' }], 400],
    ['a name of several lines', [{ scan: 'SCAN', reader: 'Anna\nBen' }], 400],
    ['a name that is too long', [{ scan: 'SCAN', reader: 'x'.repeat(101) }], 400],
    ['nothing', [], 400],
    ['a name that is no text', [{ scan: 'SCAN', reader: { name: 'Anna' } }], 400],
  ])('refuses %s', async (_, assignments, status) => {
    const { client, scans } = await study(1);
    const given = assignments.map((pair) => ({ ...pair, scan: pair.scan === 'SCAN' ? scans[0] : pair.scan }));
    expect((await client.post('/work/assign', { after: 0, assignments: given })).status).toBe(status);
    expect(await work(client)).toEqual({ sequence: 0, items: [] });
  });

  it('takes names as text, whatever they look like', async () => {
    const { client, scans } = await study(1);
    const names = ['__proto__', '<img src=x onerror=alert(1)>', '=cmd|1', 'Zoë Łukasz 李'];
    const now = await assign(client, 0, ...names.map((name) => [scans[0] ?? '', name] as const));
    expect(now.items.map(({ reader }) => reader)).toEqual(names);
    const csv = await (await client.get('/audit.csv')).text();
    expect(csv).toContain(",'=cmd|1,");
  });

  it('is not changed where nothing may be written, and can be read there', async () => {
    const { host, client, folder, scans } = await study(1);
    const made = await assign(client, 0, [scans[0] ?? '', 'Anna']);
    await host.close();
    const other = await openWorkspace(folder);
    const reading = clientOf(await openHost(folder));
    expect(await work(reading)).toEqual(made);
    expect(await codeOf(setState(reading, 1, first(made).id, 'working'))).toBe('read-only');
    expect(await codeOf(reading.post(`/work/${first(made).id}/start`, {}))).toBe('read-only');
    await other.close();
  });

  it.each(['', 'no JSON', '{"schema":"tessera-work/1","sequence":1,"items":[{"id":"x"}]}', '{"schema":"tessera-work/9"}'])(
    'that is damaged (%s) says so, is left as it is, and costs nothing else',
    async (text) => {
      const { client, folder, scans } = await study(1);
      const path = join(folder, 'work.json');
      writeFileSync(path, text);
      expect(['bad-file', 'unsupported-file']).toContain(await codeOf(client.get('/work')));
      const answer = client.post('/work/assign', { after: 0, assignments: [{ scan: scans[0], reader: 'Anna' }] });
      expect(['bad-file', 'unsupported-file']).toContain(await codeOf(answer));
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect((await client.get('/scans')).status).toBe(200);
      expect((await client.post(`/scans/${scans[0] ?? ''}/layers`, { name: 'mine' })).status).toBe(200);
    },
  );
});
