import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AuditTrail, CommentListing, TimesListing, WorkListing } from '../../core/service/api/work.ts';
import type { Host } from '../../core/service/host.ts';
import { clientOf, describeCompiled, openHost, smallVolume, temporaryFolder, type Client } from './support.ts';

const json = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const codeOf = async (answer: Promise<Response>): Promise<string> => (await json<{ error: { code: string } }>(answer)).error.code;

async function study(folder = temporaryFolder()): Promise<{ host: Host; client: Client; folder: string; scan: string }> {
  const host = await openHost(folder);
  const { scan } = await host.workspace.workspace.addScan({ volume: smallVolume() });
  host.workspace.library.scansChanged();
  return { host, client: clientOf(host), folder, scan: scan.id };
}

const pin = { id: 'aaaaaaaaaaaaaaaa', point: [1, -2.5, 30], segment: 3, text: ' Too far to the left. ', author: 'Lea' };

describeCompiled('comments on a scan', () => {
  it('are pinned, answered, resolved and reopened; and outlive the host', async () => {
    const { host, client, folder, scan } = await study();
    const path = `/scans/${scan}/comments`;
    expect(await json(client.get(path))).toEqual({ sequence: 0, items: [] });
    const before = host.events.last;
    expect(await json(client.post(path, pin))).toMatchObject({
      sequence: 1,
      items: [{ id: pin.id, point: pin.point, segment: 3, text: 'Too far to the left.', said: { by: 'Lea' }, replies: [] }],
    });
    expect(host.events.after(before)).toMatchObject([{ kind: 'comments-changed', data: { scan, sequence: 1 } }]);
    // Asked for again, because the answer got lost.
    expect(await json(client.post(path, pin))).toMatchObject({ sequence: 1, items: [{}] });
    await client.post(`${path}/${pin.id}/replies`, { id: 'bbbbbbbbbbbbbbbb', text: 'Done.', author: 'Anna' });
    const mark = (after: number, set: boolean): Promise<CommentListing> =>
      json(client.post(`${path}/${pin.id}/marks`, { after, author: 'Lea', mark: 'resolved', set }));
    expect(await mark(2, true)).toMatchObject({ items: [{ resolved: { by: 'Lea' }, replies: [{ text: 'Done.', said: { by: 'Anna' } }] }] });
    const open = await mark(3, false);
    expect(open.items[0]).not.toHaveProperty('resolved');
    await host.close();
    expect(await json(clientOf(await openHost(folder)).get(path))).toEqual(open);
  });

  it('come back after they were removed; a window that knows less is told', async () => {
    const { client, scan } = await study();
    const path = `/scans/${scan}/comments`;
    const made = await json<CommentListing>(client.post(path, pin));
    const mark = (after: number, set: boolean): Promise<Response> =>
      client.post(`${path}/${pin.id}/marks`, { after, mark: 'removed', set });
    expect(await json(mark(1, true))).toMatchObject({ items: [{ removed: {} }] });
    expect(await codeOf(mark(1, false))).toBe('conflict');
    expect((await json<CommentListing>(mark(2, false))).items).toEqual(made.items);
  });

  it('are counted in the work list while they are open, and go to the trash with their scan', async () => {
    const { client, scan } = await study();
    const path = `/scans/${scan}/comments`;
    await client.post('/work/assign', { after: 0, assignments: [{ scan, reader: 'Anna' }] });
    await client.post(path, pin);
    await client.post(path, { ...pin, id: 'cccccccccccccccc' });
    await client.post(`${path}/${pin.id}/marks`, { after: 2, mark: 'resolved', set: true });
    expect(await json(client.get('/work'))).toMatchObject({ items: [{ comments: 1 }] });
    await client.post(`/scans/${scan}/remove`);
    expect((await client.get(path)).status).toBe(404);
    expect((await client.post(path, { ...pin, id: 'dddddddddddddddd' })).status).toBe(404);
    await client.post(`/scans/${scan}/restore`);
    expect((await json<CommentListing>(client.get(path))).items).toHaveLength(2);
  });

  it.each([
    ['no text', { ...pin, text: '   ' }],
    ['too much text', { ...pin, text: 'x'.repeat(4001) }],
    ['no place', { ...pin, point: [1, 2] }],
    ['a place beyond any patient', { ...pin, point: [1e9, 0, 0] }],
    ['an id that is a path', { ...pin, id: '../../../x' }],
    ['a segment that is none', { ...pin, segment: -1 }],
  ])('are refused with %s', async (_, body) => {
    const { client, scan } = await study();
    expect((await client.post(`/scans/${scan}/comments`, body)).status).toBe(400);
    expect(await json(client.get(`/scans/${scan}/comments`))).toEqual({ sequence: 0, items: [] });
  });

  it('that are damaged say so, stay as they are, and cost the work list nothing', async () => {
    const { client, folder, scan } = await study();
    await client.post('/work/assign', { after: 0, assignments: [{ scan, reader: 'Anna' }] });
    for (const name of ['comments.json', 'reading-times.json']) writeFileSync(join(folder, 'scans', scan, name), '{"schema":');
    expect(await codeOf(client.get(`/scans/${scan}/comments`))).toBe('bad-file');
    expect(await codeOf(client.post(`/scans/${scan}/comments`, pin))).toBe('bad-file');
    expect(await codeOf(client.get(`/scans/${scan}/times`))).toBe('bad-file');
    expect(await json(client.get('/work'))).toMatchObject({ items: [{ comments: null, seconds: 0 }] });
    expect(readFileSync(join(folder, 'scans', scan, 'comments.json'), 'utf8')).toBe('{"schema":');
  });
});

describeCompiled('the time on a scan', () => {
  it('is summed over sittings, each of which only grows, and stands in the work list', async () => {
    const { client, scan } = await study();
    const path = `/scans/${scan}/times`;
    await client.post('/work/assign', { after: 0, assignments: [{ scan, reader: 'Anna' }] });
    const note = (id: string, seconds: number, reader = 'Anna'): Promise<Response> => client.post(path, { id, reader, seconds });
    await note('aaaaaaaa', 30);
    await note('aaaaaaaa', 61);
    // Late on its way.
    await note('aaaaaaaa', 30);
    await note('bbbbbbbb', 9);
    await note('cccccccc', 500, 'Ben');
    expect((await json<TimesListing>(client.get(path))).sittings.map(({ reader, seconds }) => [reader, seconds])).toEqual([
      ['Anna', 61],
      ['Anna', 9],
      ['Ben', 500],
    ]);
    expect((await json<WorkListing>(client.get('/work'))).items[0]?.seconds).toBe(70);
    expect(await codeOf(note('aaaaaaaa', 70, 'Ben'))).toBe('bad-setting');
    expect((await note('dddddddd', 1e9)).status).toBe(400);
    expect((await note('dddddddd', -1)).status).toBe(400);
    expect((await client.post('/scans/0123456789abcdef01234567/times', { id: 'dddddddd', reader: 'Anna', seconds: 1 })).status).toBe(404);
  });
});

describeCompiled('the audit trail', () => {
  it('tells who did what with a scan, the latest first, without what was said; and is a table, too', async () => {
    const { client, scan } = await study();
    await client.post('/work/assign', { after: 0, author: 'Lea', assignments: [{ scan, reader: 'Anna, MD' }] });
    await client.post(`/scans/${scan}/comments`, pin);
    const trail = await json<AuditTrail>(client.get(`/audit?scan=${scan}`));
    expect(trail).toMatchObject({ more: false, broken: null });
    expect(trail.entries.map(({ what, about }) => [what, about['by'], about['reader']])).toEqual([
      ['comment-made', 'Lea', undefined],
      ['work-assigned', 'Lea', 'Anna, MD'],
      ['scan-added', undefined, undefined],
    ]);
    expect((await json<AuditTrail>(client.get('/audit'))).entries.at(-1)?.what).toBe('workspace-created');
    expect((await json<AuditTrail>(client.get('/audit?before=2'))).entries.map(({ n }) => n)).toEqual([1]);
    const csv = await client.get(`/audit.csv?scan=${scan}`);
    expect(csv.headers.get('Content-Disposition')).toContain('audit.csv');
    const lines = (await csv.text()).split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('n,time,account,what,by,reader,scan,layer,model,details,hash');
    expect(lines[2]).toContain(',work-assigned,Lea,"Anna, MD",');
    expect(lines.join()).not.toContain('left');
  });

  it('shows what can be read of a broken file, and says where it is broken', async () => {
    const { client, folder } = await study();
    const path = join(folder, 'audit.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, ['nonsense', ...lines.slice(1)].join('\n'));
    const trail = await json<AuditTrail>(client.get('/audit'));
    expect(trail.broken).toMatchObject({ line: 1 });
    expect(trail.entries.map(({ what }) => what)).toEqual(['scan-added']);
    expect((await client.get('/audit?scan=../x')).status).toBe(400);
  });
});
