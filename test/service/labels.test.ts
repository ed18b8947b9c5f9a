import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../core/service/app.ts';
import { readNifti } from '../../core/imaging/index.ts';
import { deltaBetween, paintedDelta, type LabelArray } from '../../core/labelling/index.ts';
import { EDIT_TYPE, encodeEdit, MOST_EDIT_BYTES } from '../../core/labelling/edit-frame.ts';
import { openWorkspace } from '../../core/workspace/index.ts';
import type { LabelState, LabelVersion, RemovedLayer } from '../../core/service/api/labels.ts';
import type { LayerSummary, Segment, SegmentStatistics } from '../../core/service/api/layers.ts';
import type { ScanSummary } from '../../core/service/api/scans.ts';
import { layerStatistics } from '../../core/service/engine/handlers/layer-statistics.ts';
import type { Host } from '../../core/service/host.ts';
import { contextOf, sample } from './engine/support.ts';
import { LabelClient, type Ask } from './label-client.ts';
import { clientOf, describeCompiled, openHost, smallVolume, temporaryFolder } from './support.ts';

const segments: Segment[] = [
  { value: 1, name: 'anterior', colour: '#e69f00', state: 'todo', locked: false },
  {
    value: 2,
    name: 'posterior',
    colour: '#102030',
    code: { value: '62872008', scheme: 'SCT', meaning: 'Hippocampus' },
    state: 'working',
    locked: true,
  },
];

interface Opened {
  readonly host: Host;
  readonly folder: string;
  readonly scan: string;
  readonly layer: string;
  readonly ask: Ask;
  window(name?: string): Promise<LabelClient>;
}

/** A host whose workspace has a scan of a hippocampus with one empty layer. */
async function openWithLayer(volume = readNifti(sample('hippocampus_025')).then((read) => read.volume)): Promise<Opened> {
  const folder = temporaryFolder();
  const host = await openHost(folder);
  const { scan } = await host.workspace.workspace.addScan({ volume: await volume });
  const client = clientOf(host);
  const { id: layer } = await json<LayerSummary>(client.post(`/scans/${scan.id}/layers`, { name: 'mine', segments }));
  return { ...opened(host, scan.id, layer), folder };
}

function opened(host: Host, scan: string, layer: string): Omit<Opened, 'folder'> {
  const app = createApp(host);
  const ask: Ask = async (path, init) => app.request(`/api${path}`, init);
  return { host, scan, layer, ask, window: (name = 'a') => LabelClient.open(ask, scan, layer, name) };
}

const json = async <T>(answer: Response | Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const codeOf = async (answer: Response | Promise<Response>): Promise<string> =>
  `${(await answer).status} ${(await json<{ error: { code: string } }>(answer)).error.code}`;
const painted = (labels: LabelArray, start: number, length: number, value: number): LabelArray =>
  labels.slice().fill(value, start, start + length);
/** Voxel for voxel; comparing large arrays otherwise takes long. */
function expectSame(page: LabelClient, { labels, segments }: { labels: LabelArray; segments: readonly Segment[] }): void {
  expect(deltaBetween(page.labels, labels).runs).toEqual(new Uint32Array());
  expect(page.state.segments).toEqual(segments);
}

describe('drawing in a layer', () => {
  it('is answered when it is on the disk, told to all windows, and seen by whoever reads the workspace', async () => {
    const { host, folder, scan, layer, window } = await openWithLayer();
    const [one, other] = [await window('one'), await window('other')];
    const start = host.events.last;
    expect(await one.draw(painted(one.labels, 100, 40, 1), { title: 'Brush' })).toBe(200);
    expect(one.state).toEqual({ sequence: 1, undo: 1, redo: 0, undoTitle: 'Brush', redoTitle: null, segments });
    expect(host.events.after(start)).toMatchObject([{ kind: 'layer-edited', data: { scan, layer, sequence: 1, client: 'one' } }]);
    expect(await other.catchUp()).toBe(200);
    expect(other.labels).toEqual(painted(new Uint8Array(one.labels.length), 100, 40, 1));
    const reader = await openWorkspace(folder, { readOnly: true });
    expect((await reader.openLayer(scan, layer)).labels).toEqual(one.labels);
    await reader.close();
  });

  it('is refused when another window was faster, and nothing is overwritten', async () => {
    const { window } = await openWithLayer();
    const [one, other] = [await window('one'), await window('other')];
    await one.draw(painted(one.labels, 0, 10, 1));
    expect(await other.draw(painted(other.labels, 5, 10, 2))).toBe(409);
    expect(await other.step('undo')).toBe(409);
    await other.catchUp();
    expect(await other.draw(painted(other.labels, 5, 10, 2))).toBe(200);
    expect((await window()).labels.slice(0, 16)).toEqual(Uint8Array.of(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0));
  });

  it('undoes everything: strokes, names, colours, states, locks, and a segment deleted with its voxels', async () => {
    const { window, ask, scan } = await openWithLayer();
    const page = await window();
    const { path } = page;
    const [first = segments[0] as Segment, second = first] = segments;
    const seen = [{ labels: page.labels, segments: page.state.segments }];
    const edit = async (labels: LabelArray, table: Segment[], title: string): Promise<void> => {
      expect(await page.draw(labels, { segments: table, title })).toBe(200);
      seen.push({ labels: page.labels, segments: page.state.segments });
    };
    await edit(painted(page.labels, 10, 50, 2), segments, 'Brush');
    await edit(page.labels, [{ ...first, name: 'head' }, second], 'Rename');
    await edit(page.labels, [{ ...first, colour: '#ff0000', code: { value: '1', scheme: 'SCT', meaning: 'x' } }, second], 'Colour');
    await edit(
      page.labels,
      [
        { ...first, state: 'flagged' },
        { ...second, locked: false },
      ],
      'State',
    );
    await edit(painted(page.labels, 10, 50, 0), [first], 'Delete');
    await edit(painted(page.labels, 200, 9, 3), [{ value: 3, name: 'new', colour: '#00ff00', state: 'done', locked: true }, first], 'Add');
    expect((await json<LayerSummary[]>(ask(`/scans/${scan}/layers`)))[0]?.segments).toEqual(page.state.segments);
    const titles = [];
    for (const before of [...seen].reverse().slice(1)) {
      titles.push(page.state.undoTitle);
      expect(await page.step('undo')).toBe(200);
      expectSame(page, before);
      // Lists of layers say the same.
      expect((await json<LayerSummary[]>(ask(`/scans/${scan}/layers`)))[0]?.segments).toEqual(before.segments);
    }
    expect(titles).toEqual(['Add', 'Delete', 'State', 'Colour', 'Rename', 'Brush']);
    expect(page.state).toMatchObject({ undo: 0, redo: 6, redoTitle: 'Brush', undoTitle: null });
    // Nothing is left to undo: nothing happens.
    const { sequence } = page.state;
    expect(await page.step('undo')).toBe(200);
    expect(page.state.sequence).toBe(sequence);
    for (const after of seen.slice(1)) {
      await page.step('redo');
      expectSame(page, after);
    }
    const voxels = await ask(`${path}/voxels`);
    expect(new Uint8Array(await voxels.arrayBuffer())).toEqual(page.labels);
    expect(voxels.headers.get('Tessera-Sequence')).toBe('18');
  });

  it('goes on in a new host: 200 steps back, with what changed since and whoever comes too late refused', async () => {
    const { folder, host, scan, layer, window } = await openWithLayer(Promise.resolve(smallVolume()));
    const page = await window();
    for (let n = 1; n <= 210; n++) await page.draw(painted(page.labels, n % 120, 1, 1 + (n % 9)), { title: `Step ${n}` });
    const stale = await window('stale');
    await page.step('undo');
    await host.close();
    const again = opened(await openHost(folder), scan, layer);
    const late = await again.window('late');
    expect(late.state).toMatchObject({ sequence: 211, undo: 199, redo: 1, undoTitle: 'Step 209', redoTitle: 'Step 210' });
    const reopened = await again.window('reopened');
    expect(reopened.labels).toEqual(page.labels);
    // A page that was open all the time asks the new host.
    const path = `/scans/${scan}/layers/${layer}`;
    expect(await codeOf(again.ask(`${path}/undo`, post({ after: stale.state.sequence, client: 'stale' })))).toBe('409 conflict');
    while (reopened.state.undo > 0) expect(await reopened.step('undo')).toBe(200);
    expect(reopened.state).toMatchObject({ redo: 200, redoTitle: 'Step 11' });
    expect(await late.catchUp()).toBe(200);
    expect(late.labels).toEqual(reopened.labels);
  });

  it('is done once, however often it is asked for under one name', async () => {
    const { folder, host, scan, layer, window } = await openWithLayer(Promise.resolve(smallVolume()));
    const page = await window();
    const request = { after: 0, client: 'a', title: 'Brush', edit: 'a1b2c3d4' };
    const delta = paintedDelta(page.labels, [[0, 5]], 1);
    const other = await window('other');
    expect(await page.send(request, delta)).toBe(200);
    expect(await page.send(request, delta)).toBe(200);
    expect(page.state.sequence).toBe(1);
    await host.close();
    const again = opened(await openHost(folder), scan, layer);
    const later = await again.window();
    await later.draw(painted(later.labels, 50, 3, 2));
    const answer = await again.ask(`${later.path}/edits`, {
      method: 'POST',
      headers: { 'Content-Type': EDIT_TYPE },
      body: encodeEdit(request, delta),
    });
    expect(await json<LabelState>(answer)).toMatchObject({ sequence: 2, undo: 2 });
    expect(await codeOf(again.ask(`${other.path}/undo`, post({ after: 0, client: 'other', edit: 'ffffffff' })))).toBe('409 conflict');
    const undo = { after: 2, client: 'a', edit: 'eeeeeeee' };
    const undone = { sequence: 3, undo: 1, redo: 1 };
    expect(await json(again.ask(`${later.path}/undo`, post(undo)))).toMatchObject(undone);
    expect(await json(again.ask(`${later.path}/undo`, post(undo)))).toMatchObject(undone);
  });

  it('in two windows at once never overwrites what the other did', async () => {
    const { window } = await openWithLayer(Promise.resolve(smallVolume()));
    const act = fc.record({
      who: fc.constantFrom(0, 1),
      what: fc.constantFrom('draw', 'draw', 'draw', 'undo', 'redo', 'look', 'both'),
      start: fc.nat(110),
      value: fc.integer({ min: 0, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const windows = [await window('one'), await window('two')] as const;
        let truth = { labels: windows[0].labels, sequence: windows[0].state.sequence };
        const did = (page: LabelClient, status: number, before: number): void => {
          // Only who knows the present state may change it.
          expect(status).toBe(before === truth.sequence ? 200 : 409);
          if (status === 200) truth = { labels: page.labels, sequence: page.state.sequence };
        };
        for (const { who, what, start, value } of acts) {
          const [page, other] = [windows[who === 0 ? 0 : 1], windows[who === 0 ? 1 : 0]];
          const before = page.state.sequence;
          const drawn = (window: LabelClient, at: number): Promise<number> => window.draw(painted(window.labels, at, 9, value));
          if (what === 'look') expect(await page.catchUp()).toBe(200);
          else if (what === 'both') {
            await Promise.all([page.catchUp(), other.catchUp()]);
            const statuses = await Promise.all([drawn(page, start), drawn(other, 110 - start)]);
            // A change of nothing takes nobody's place.
            const changed = [page, other].filter(({ state }) => state.sequence > truth.sequence);
            expect(changed.length).toBeLessThanOrEqual(1);
            expect(statuses.filter((status) => status === 409).length).toBeLessThanOrEqual(changed.length);
            for (const { labels, state } of changed) truth = { labels, sequence: state.sequence };
          } else if (what === 'draw') did(page, await drawn(page, start), before);
          else did(page, await page.step(what), before);
          expect((await window()).labels).toEqual(truth.labels);
        }
        for (const page of windows) await page.catchUp();
        for (const { labels } of windows) expect(labels).toEqual(truth.labels);
      }),
      { numRuns: 25 },
    );
  });

  it('keeps versions, which are compared and brought back as a step', async () => {
    const { window, ask } = await openWithLayer();
    const page = await window();
    await page.draw(painted(page.labels, 5, 60, 2));
    const first = await json<LabelVersion>(ask(`${page.path}/versions`, post({ name: 'first look' })));
    const kept = page.labels;
    await page.draw(painted(page.labels, 0, 90, 1), { segments: [], title: 'Clear' });
    expect(await json(ask(`${page.path}/versions`))).toEqual([first]);
    expect(first).toMatchObject({ name: 'first look', sequence: 1 });
    const voxels = await ask(`${page.path}/versions/${first.id}/voxels`);
    expect(new Uint8Array(await voxels.arrayBuffer())).toEqual(kept);
    const before = page.labels;
    expect(await page.step(`versions/${first.id}/restore`)).toBe(200);
    expectSame(page, { labels: kept, segments });
    expect(page.state.undoTitle).toBe('first look');
    await page.step('undo');
    expectSame(page, { labels: before, segments: [] });
    expect(await codeOf(ask(`${page.path}/versions/0123456789abcdef/voxels`))).toBe('404 not-found');
    expect(await codeOf(ask(`${page.path}/versions/0123456789abcdef/restore`, post({ after: 4, client: 'a' })))).toBe('404 not-found');
  });

  it('shows in the statistics of the engine, which only reads', async () => {
    const { folder, window, scan, layer, host } = await openWithLayer();
    const page = await window();
    await page.draw(painted(page.labels, 1000, 250, 2), { segments: [{ ...(segments[1] as Segment), name: 'renamed' }] });
    const { loan } = host.workspace.workspace;
    expect(loan).toBeDefined();
    const lent = await openWorkspace(folder, { readOnly: true });
    const statistics: SegmentStatistics[] = await layerStatistics({ scan, layer }, contextOf(lent));
    expect(statistics).toMatchObject([{ value: 2, name: 'renamed', voxels: 250, millilitres: 0.25 }]);
    await lent.close();
  });
});

describeCompiled('layers of a scan', () => {
  it('are made, copied from a proposal, removed, and taken back with all that was drawn', async () => {
    const { host, ask, scan, layer, window } = await openWithLayer();
    const page = await window();
    await page.draw(painted(page.labels, 7, 30, 2));
    const listed = await json<LayerSummary[]>(ask(`/scans/${scan}/layers`));
    const copy = await json<LayerSummary>(ask(`/scans/${scan}/layers`, post({ name: 'taken over', from: layer, storedType: 'uint16' })));
    expect(copy).toMatchObject({ name: 'taken over', kind: 'label', storedType: 'uint16', segments });
    const voxels = await ask(`/scans/${scan}/layers/${copy.id}/voxels`);
    expect(new Uint16Array(await voxels.arrayBuffer())).toEqual(Uint16Array.from(page.labels));
    expect((await json<ScanSummary>(ask(`/scans/${scan}`))).layers).toBe(2);
    const start = host.events.last;
    expect(await json<LayerSummary>(ask(`${page.path}/remove`, { method: 'POST' }))).toEqual(listed[0]);
    expect(await codeOf(ask(`${page.path}/state`))).toBe('404 not-found');
    expect(await page.draw(painted(page.labels, 0, 3, 1))).toBe(404);
    expect((await json<ScanSummary>(ask(`/scans/${scan}`))).layers).toBe(1);
    expect(await json<RemovedLayer[]>(ask(`/scans/${scan}/layers/removed`))).toMatchObject([{ layer: { id: layer, name: 'mine' } }]);
    expect(await json<LayerSummary>(ask(`${page.path}/restore`, { method: 'POST' }))).toMatchObject({ id: layer, segments });
    expect(host.events.after(start)).toMatchObject([1, 2].map(() => ({ kind: 'layer-changed', data: { scan, layer } })));
    const back = await window();
    expectSame(back, { labels: page.labels, segments });
    expect(back.state.undo).toBe(1);
    expect(await back.step('undo')).toBe(200);
    expect(await codeOf(ask(`${page.path}/restore`, { method: 'POST' }))).toBe('404 not-found');
  });

  it('remember what was rejected in them, undoably, and give none of it to a copy', async () => {
    const { ask, scan, layer, window } = await openWithLayer();
    const page = await window();
    const isEdited = async (): Promise<unknown> =>
      (await json<LayerSummary[]>(ask(`/scans/${scan}/layers`))).map(({ id, edited }) => [id === layer, edited]);
    expect(await isEdited()).toEqual([[true, undefined]]);
    await page.draw(painted(painted(page.labels, 7, 30, 2), 50, 5, 1));
    expect(await isEdited()).toEqual([[true, true]]);
    const rejected = segments.map((segment) => (segment.value === 2 ? { ...segment, hidden: true } : segment));
    expect(await page.draw(page.labels, { segments: rejected, title: 'Rejected' })).toBe(200);
    expect((await json<LayerSummary[]>(ask(`/scans/${scan}/layers`)))[0]?.segments).toEqual(rejected);
    expectSame(await window('b'), { labels: page.labels, segments: rejected });
    const copy = await json<LayerSummary>(ask(`/scans/${scan}/layers`, post({ name: 'taken over', from: layer })));
    expect(copy.segments).toEqual(segments.slice(0, 1));
    expect(await isEdited()).toEqual(
      expect.arrayContaining([
        [true, true],
        [false, undefined],
      ]),
    );
    const voxels = new Uint8Array(await (await ask(`/scans/${scan}/layers/${copy.id}/voxels`)).arrayBuffer());
    expect(voxels).toEqual(page.labels.map((value) => (value === 2 ? 0 : value)));
    await page.step('undo');
    expectSame(page, { labels: page.labels, segments });
  });

  it('take another name, which stays while they are drawn in and when they are opened anew', async () => {
    const { host, ask, scan, layer, window } = await openWithLayer();
    const page = await window();
    await page.draw(painted(page.labels, 7, 30, 2));
    const start = host.events.last;
    expect(await json<LayerSummary>(ask(`${page.path}/rename`, post({ name: 'second reading' })))).toMatchObject({
      id: layer,
      name: 'second reading',
      segments,
    });
    expect(host.events.after(start)).toMatchObject([{ kind: 'layer-changed', data: { scan, layer } }]);
    await page.draw(painted(page.labels, 60, 5, 1));
    await host.workspace.labels.closeAll();
    expect(await json<LayerSummary[]>(ask(`/scans/${scan}/layers`))).toMatchObject([{ name: 'second reading', segments }]);
    const again = await window();
    expectSame(again, { labels: page.labels, segments });
    expect(again.state.undo).toBe(2);
    expect(await codeOf(ask(`${page.path}/rename`, post({ name: '' })))).toBe('400 bad-setting');
    expect(await codeOf(ask(`/scans/${scan}/layers/00000000/rename`, post({ name: 'x' })))).toBe('404 not-found');
  });

  it('are changed in their time of change by every stroke', async () => {
    const { ask, scan, window } = await openWithLayer();
    const changed = async (): Promise<number> => (await json<LayerSummary[]>(ask(`/scans/${scan}/layers`)))[0]?.changed ?? 0;
    const page = await window();
    const before = await changed();
    await page.draw(painted(page.labels, 7, 30, 2));
    expect(await changed()).toBeGreaterThanOrEqual(before);
    const etag = (await ask(`${page.path}/voxels`)).headers.get('ETag');
    await page.step('undo');
    expect((await ask(`${page.path}/voxels`)).headers.get('ETag')).not.toBe(etag);
  });
});

describe('what no page would send', () => {
  const frame = (json: unknown, runs: number[] = []): Uint8Array<ArrayBuffer> => encodeEdit(json, { runs: Uint32Array.from(runs) });
  const good = { after: 0, client: 'a', title: 'x' };
  const segment = { value: 1, name: 'a', colour: '#000000' };
  const cases: readonly (readonly [string, string, string | Uint8Array<ArrayBuffer>, string])[] = [
    ['nothing', '400 bad-setting', new Uint8Array(), EDIT_TYPE],
    ['a length beyond the end', '400 bad-setting', Uint8Array.of(255, 0, 0, 0, 123, 125), EDIT_TYPE],
    ['a length of four gigabytes', '413 too-large', Uint8Array.of(255, 255, 255, 255, 123, 125), EDIT_TYPE],
    ['no JSON', '400 bad-setting', Uint8Array.of(1, 0, 0, 0, 123), EDIT_TYPE],
    ['a frame of another type', '400 bad-setting', frame(good, [0, 1, 0, 1]), 'text/plain'],
    ['JSON in its place', '400 bad-setting', JSON.stringify(good), 'application/json'],
    ['a delta that is none', '422 bad-labels', Uint8Array.from([...frame(good), 255]), EDIT_TYPE],
    ['a delta of another state', '422 bad-labels', frame(good, [0, 1, 3, 1]), EDIT_TYPE],
    ['a delta beyond the map', '422 bad-labels', frame(good, [119, 2, 0, 1]), EDIT_TYPE],
    ['a delta far beyond the map', '422 bad-labels', frame(good, [4294967290, 5, 0, 1]), EDIT_TYPE],
    ['runs of nothing', '422 bad-labels', frame(good, [5, 0, 0, 1]), EDIT_TYPE],
    ['a value too large for the layer', '422 bad-labels', frame(good, [0, 1, 0, 256]), EDIT_TYPE],
    ['a number of 17 digits', '400 bad-setting', frame({ ...good, after: 12345678901234568 }), EDIT_TYPE],
    ['half a change', '400 bad-setting', frame({ ...good, after: 0.5 }), EDIT_TYPE],
    ['no title', '400 bad-setting', frame({ after: 0, client: 'a' }), EDIT_TYPE],
    ['a title without end', '400 bad-setting', frame({ ...good, title: 'x'.repeat(201) }), EDIT_TYPE],
    ['a list', '400 bad-setting', frame([]), EDIT_TYPE],
    ['nothing said', '400 bad-setting', frame(null), EDIT_TYPE],
    ['a value twice', '400 bad-setting', frame({ ...good, segments: [segment, segment] }), EDIT_TYPE],
    ['the background as a segment', '400 bad-setting', frame({ ...good, segments: [{ ...segment, value: 0 }] }), EDIT_TYPE],
    ['a segment of 17 digits', '400 bad-setting', frame({ ...good, segments: [{ ...segment, value: 12345678901234568 }] }), EDIT_TYPE],
    ['a segment too large for any layer', '400 bad-setting', frame({ ...good, segments: [{ ...segment, value: 65536 }] }), EDIT_TYPE],
    ['a colour that is a script', '400 bad-setting', frame({ ...good, segments: [{ ...segment, colour: 'url(x)' }] }), EDIT_TYPE],
    ['an unknown state', '400 bad-setting', frame({ ...good, segments: [{ ...segment, state: 'x' }] }), EDIT_TYPE],
  ];

  it('is refused in words, and changes nothing', async () => {
    const { window, folder, scan, layer } = await openWithLayer(Promise.resolve(smallVolume()));
    const page = await window();
    const files = (): string[] => readdirSync(join(folder, 'labels', scan, layer)).sort();
    const before = files();
    for (const [name, expected, body, type] of cases)
      expect([name, await codeOf(page.post('edits', body, type))]).toEqual([name, expected]);
    expect((await window()).state).toEqual(page.state);
    expect(files()).toEqual(before);
    // And who behaves goes on.
    expect(await page.draw(painted(page.labels, 0, 5, 1))).toBe(200);
  });

  it('is not even read when it is too long', async () => {
    const { window } = await openWithLayer(Promise.resolve(smallVolume()));
    expect(await codeOf((await window()).post('edits', new Uint8Array(MOST_EDIT_BYTES + 1), EDIT_TYPE))).toBe('413 too-large');
  });

  it('gets no answer of voxels or changes that there are not', async () => {
    const { window, ask, scan } = await openWithLayer(Promise.resolve(smallVolume()));
    const { path } = await window();
    expect(await codeOf(ask(`${path}/changes?after=1`))).toBe('409 conflict');
    for (const after of ['-1', '1.5', '12345678901234568', 'x'])
      expect(await codeOf(ask(`${path}/changes?after=${after}`))).toBe('400 bad-setting');
    for (const what of ['undo', 'redo']) expect(await codeOf(ask(`${path}/${what}`, post({ after: 7, client: 'a' })))).toBe('409 conflict');
    expect(await codeOf(ask(`/scans/${scan}/layers/0123456789abcdef/state`))).toBe('404 not-found');
    expect(await codeOf(ask(`/scans/${scan}/layers/..%2f..%2fx/state`))).toBe('400 bad-setting');
    expect(await codeOf(ask(`/scans/0123456789abcdef/layers`, post({ name: 'x' })))).toBe('404 not-found');
    expect(await codeOf(ask(`/scans/${scan}/layers`, post({ name: '' })))).toBe('400 bad-setting');
    expect(await codeOf(ask(`/scans/${scan}/layers`, post({ name: 'x', from: '0123456789abcdef' })))).toBe('404 not-found');
  });

  it('in a workspace that another process writes in is refused; reading is not', async () => {
    const folder = temporaryFolder();
    const first = await openHost(folder);
    const { scan } = await first.workspace.workspace.addScan({ volume: smallVolume() });
    const { id } = await json<LayerSummary>(clientOf(first).post(`/scans/${scan.id}/layers`, { name: 'mine' }));
    const writer = await opened(first, scan.id, id).window();
    const reader = opened(await openHost(folder), scan.id, id);
    const page = await reader.window();
    expect(await page.draw(painted(page.labels, 0, 5, 1))).toBe(409);
    for (const what of ['undo', 'redo', 'versions', 'remove', 'restore'])
      expect(await codeOf(page.post(what, JSON.stringify({ after: 0, client: 'a', name: 'x' }), 'application/json'))).toBe('409 read-only');
    expect(await codeOf(reader.ask(`/scans/${scan.id}/layers`, post({ name: 'x' })))).toBe('409 read-only');
    await writer.draw(painted(writer.labels, 0, 5, 1));
    expect((await reader.window()).labels).toEqual(writer.labels);
  });
});

function post(body: object): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
