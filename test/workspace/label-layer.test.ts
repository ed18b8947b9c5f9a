import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNifti, voxelCount } from '../../core/imaging/index.ts';
import { deltaBetween, paintedDelta } from '../../core/labelling/index.ts';
import { openWorkspace, type LabelLayer } from '../../core/workspace/index.ts';
import { readJournal } from '../../core/workspace/journal.ts';
import { listLayers } from '../../core/workspace/layers.ts';
import { changeLayer, Reference } from './support/changes.ts';
import { firstFormat } from './support/first-format.ts';
import { quick, smallDims, smallScan, temporaryInMemory, withLayer } from './support/small.ts';

const voxels = voxelCount(smallDims);
const root = temporaryInMemory();
let folders = 0;
const newFolder = (): string => join(root, String(folders++));
const filesOf = (path: string, start: string): string[] => readdirSync(path).filter((name) => name.startsWith(start));
const paint = (layer: LabelLayer, start: number, length: number, value: number): Promise<number> =>
  layer.apply(paintedDelta(layer.labels, [[start, length]], value));

async function reopened(folder: string, scanId: string, layerId: string): Promise<{ layer: LabelLayer; close: () => Promise<void> }> {
  const workspace = await openWorkspace(folder, { who: 'tester', lockTimes: quick });
  return { layer: await workspace.openLayer(scanId, layerId), close: () => workspace.close() };
}

type Command =
  | { readonly kind: 'paint'; readonly start: number; readonly length: number; readonly value: number }
  | { readonly kind: 'undo' | 'redo' | 'compact' | 'reopen' | 'keep' }
  | { readonly kind: 'restore'; readonly which: number }
  | { readonly kind: 'long'; readonly start: number; readonly pieces: number; readonly value: number; readonly givenUp: boolean }
  | { readonly kind: 'beyond'; readonly start: number }
  | { readonly kind: 'table'; readonly segments: readonly Segment[]; readonly erase: boolean };

type Segment = LabelLayer['segments'][number];
/** Tables of up to four of five segments, so that they come, go, change places and are changed. */
const table: fc.Arbitrary<readonly Segment[]> = fc.uniqueArray(
  fc.record(
    {
      value: fc.integer({ min: 1, max: 5 }),
      name: fc.constantFrom('liver', 'Läsion', 'x'),
      colour: fc.constantFrom('#102030', '#a0b0c0'),
      code: fc.constant({ value: '10200004', scheme: 'SCT', meaning: 'Liver' }),
      state: fc.constantFrom('todo' as const, 'done' as const),
      locked: fc.boolean(),
    },
    { requiredKeys: ['value', 'name'] },
  ),
  { maxLength: 4, selector: ({ value }) => value },
);
/** A segment that is not locked, and one of which nothing is said, are the same. */
const plain = (segments: readonly Segment[]): unknown => segments.map((one) => ({ state: 'todo', locked: false, ...one }));

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('paint' as const),
      start: fc.integer({ min: 0, max: voxels - 1 }),
      length: fc.integer({ min: 0, max: 60 }),
      value: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('undo' as const, 'undo' as const, 'redo' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('compact' as const, 'reopen' as const, 'keep' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), which: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('long' as const),
      start: fc.nat(voxels - 60),
      pieces: fc.integer({ min: 1, max: 4 }),
      value: fc.integer({ min: 1, max: 3 }),
      givenUp: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('beyond' as const), start: fc.nat(voxels - 60) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('table' as const), segments: table, erase: fc.boolean() }) },
);

describe('a label layer', () => {
  it('is after any commands, also when opened anew, what copies of it say', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 30 }), async (commands) => {
        const folder = newFolder();
        const made = await withLayer(folder);
        let { layer } = made;
        let close = (): Promise<void> => made.workspace.close();
        interface State {
          readonly labels: Uint16Array<ArrayBuffer>;
          readonly segments: readonly Segment[];
          readonly title: string;
        }
        let now: State = { labels: new Uint16Array(voxels), segments: layer.segments, title: '' };
        let [undo, redo]: [State[], State[]] = [[], []];
        const kept: { id: string; state: State }[] = [];
        const seen: { sequence: number; labels: Uint16Array<ArrayBuffer> }[] = [];
        const did = (next: State): void => {
          const same = deltaBetween(now.labels, next.labels).runs.length === 0;
          if (same && JSON.stringify(plain(now.segments)) === JSON.stringify(plain(next.segments))) return;
          undo.push(now);
          redo = [];
          now = next;
        };
        for (const one of commands) {
          if (one.kind === 'paint') {
            const length = Math.min(one.length, voxels - one.start);
            await paint(layer, one.start, length, one.value);
            did({ ...now, labels: now.labels.slice().fill(one.value, one.start, one.start + length), title: '' });
          } else if (one.kind === 'long') {
            // Kept piece by piece, with one name each, and one step in the end.
            let { labels } = now;
            let joins: { joins?: string } = {};
            for (let piece = 0; piece < one.pieces; piece++) {
              const next = labels.slice().fill(one.value, one.start + 9 * piece, one.start + 9 * piece + 15);
              const edit = `${layer.sequence}-${one.start}`;
              const before = layer.sequence;
              await layer.edit({ delta: deltaBetween(labels, next), title: 'long', edit, ...joins });
              labels = next;
              if (layer.sequence > before) joins = { joins: edit };
            }
            if (one.givenUp && labels !== now.labels) {
              // What takes all of it back leaves no step, and nothing to redo.
              const before = layer.sequence;
              await layer.edit({ delta: deltaBetween(labels, now.labels), title: 'long', ...joins });
              if (layer.sequence > before) redo = [];
            } else did({ ...now, labels, title: 'long' });
          } else if (one.kind === 'beyond') {
            // More than 8 bits hold: the layer gets 16.
            const labels = now.labels.slice().fill(300, one.start, one.start + 50);
            const segments = [...now.segments.filter(({ value }) => value !== 300), { value: 300, name: 'lesion' }];
            await layer.edit({ delta: deltaBetween(now.labels, labels), segments, title: 'beyond' });
            expect(layer.labels).toBeInstanceOf(Uint16Array);
            did({ labels, segments, title: 'beyond' });
          } else if (one.kind === 'table') {
            // Segments go with their voxels, in one step.
            const [{ labels }, { segments }] = [now, one];
            const gone = labels.map((value) => (one.erase && !segments.some((segment) => segment.value === value) ? 0 : value));
            await layer.edit({ delta: deltaBetween(labels, gone), segments, title: 'table' });
            did({ labels: gone, segments, title: 'table' });
          } else if (one.kind === 'undo') {
            expect((await layer.undo()) !== undefined).toBe(undo.length > 0);
            const before = undo.pop();
            if (before !== undefined) [redo, now] = [[...redo, now], before];
          } else if (one.kind === 'redo') {
            expect((await layer.redo()) !== undefined).toBe(redo.length > 0);
            const again = redo.pop();
            if (again !== undefined) [undo, now] = [[...undo, now], again];
          } else if (one.kind === 'compact') await layer.compact();
          else if (one.kind === 'keep') kept.push({ id: (await layer.version('state', 'tester')).id, state: now });
          else if (one.kind === 'restore') {
            const version = kept[one.which % Math.max(1, kept.length)];
            if (version === undefined) continue;
            await layer.restore(version.id);
            did({ ...version.state, title: 'state' });
          } else {
            await close();
            ({ layer, close } = await reopened(folder, made.scanId, made.layerId));
            expect(layer.findings).toEqual([]);
          }
          expect(new Uint16Array(layer.labels)).toEqual(now.labels);
          expect(plain(layer.segments)).toEqual(plain(now.segments));
          expect([layer.undoSteps, layer.redoSteps]).toEqual([undo.length, redo.length]);
          expect([layer.undoTitle, layer.redoTitle]).toEqual([undo.length > 0 ? now.title : undefined, redo.at(-1)?.title]);
          // Who lists layers without opening them sees the same segments.
          const [listed] = (await listLayers(join(folder, 'labels'), made.scanId)).found;
          expect(plain(listed?.labels ?? [])).toEqual(plain(now.segments));
          // Whoever knows an earlier state is told how it became this one.
          for (const { sequence, labels } of seen) {
            const delta = layer.changesSince(sequence);
            if (delta === undefined) continue;
            expect(delta).toEqual(deltaBetween(labels, now.labels));
          }
          expect(layer.changesSince(layer.sequence - 1) === undefined).toBe(layer.sequence === 0);
          seen.push({ sequence: layer.sequence, labels: now.labels });
        }
        await close();
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 30 },
    );
  });

  it('of 8 bits gets 16 with the first segment above 255, with all steps of undo and all versions from before', async () => {
    const folder = newFolder();
    const { workspace, layer, scanId, layerId } = await withLayer(folder);
    const { segments } = layer;
    await paint(layer, 0, 40, 1);
    const { id } = await layer.version('before');
    await expect(layer.edit({ delta: paintedDelta(new Uint16Array(voxels), [[0, 9]], 256) })).rejects.toMatchObject({ code: 'bad-labels' });
    expect(layer.document.type).toBe('uint8');
    const lesions = Array.from({ length: 1000 }, (_, n) => ({ value: n + 1, name: `lesion ${n + 1}` }));
    await layer.edit({ segments: lesions, title: 'lesions' });
    await paint(layer, 20, 40, 1000);
    expect([layer.document.type, layer.labels[59]]).toEqual(['uint16', 1000]);
    await workspace.close();

    const { layer: again, close } = await reopened(folder, scanId, layerId);
    expect([again.document.type, again.findings, again.labels[59], again.segments.length]).toEqual(['uint16', [], 1000, 1000]);
    for (let step = 0; step < 3; step++) await again.undo();
    expect([again.undoSteps, again.segments, again.labels.every((value) => value === 0)]).toEqual([0, segments, true]);
    for (let step = 0; step < 3; step++) await again.redo();
    expect([again.labels[19], again.labels[59]]).toEqual([1, 1000]);
    await again.compact();
    await again.restore(id);
    expect([again.labels[39], again.labels[59]]).toEqual([1, 0]);
    await close();
  });

  it('whose journal is cut at any byte opens with every change that lies whole before the cut', async () => {
    const folder = newFolder();
    const { workspace, layer, path, scanId, layerId } = await withLayer(folder);
    for (let i = 0; i < 7; i++) await changeLayer(layer);
    await workspace.close();
    const [name = ''] = filesOf(path, 'journal-');
    const whole = readFileSync(join(path, name));
    const ends = readJournal(whole)?.ends ?? [];
    for (let length = ends[0] ?? 0; length <= whole.length; length++) {
      writeFileSync(join(path, name), whole.subarray(0, length));
      const open = await reopened(folder, scanId, layerId);
      const expected = ends.filter((end) => end <= length).length - 1;
      expect(open.layer.sequence).toBe(expected);
      expect(open.layer.labels).toEqual(new Reference(voxels).upTo(expected));
      expect(open.layer.findings.map(({ code }) => code)).toEqual(ends.includes(length) ? [] : ['journal-torn']);
      // What follows joins the last whole change.
      if (length % 7 === 0) {
        await paint(open.layer, 3, 2, 77);
        await open.close();
        const again = await reopened(folder, scanId, layerId);
        expect(again.layer.sequence).toBe(expected + 1);
        expect(again.layer.findings).toEqual([]);
        await again.close();
      } else await open.close();
    }
  });

  it('whose journal is damaged within opens with what came before, says so, and keeps the rest aside', async () => {
    const folder = newFolder();
    const { workspace, layer, path, scanId, layerId } = await withLayer(folder);
    for (let i = 0; i < 8; i++) await changeLayer(layer);
    await workspace.close();
    const [name = ''] = filesOf(path, 'journal-');
    const whole = readFileSync(join(path, name));
    const ends = readJournal(whole)?.ends ?? [];
    const damaged = Buffer.from(whole).fill(0xaa, (ends[4] ?? 0) + 9, (ends[4] ?? 0) + 12);
    writeFileSync(join(path, name), damaged);
    const { layer: opened, close } = await reopened(folder, scanId, layerId);
    expect(opened.labels).toEqual(new Reference(voxels).upTo(4));
    expect(opened.findings).toMatchObject([{ code: 'journal-damaged', severity: 'warning' }]);
    expect(readFileSync(join(path, filesOf(path, 'set-aside-')[0] ?? ''))).toEqual(damaged);
    await paint(opened, 0, 5, 9);
    await close();
    const again = await reopened(folder, scanId, layerId);
    expect(again.layer.sequence).toBe(5);
    expect(again.layer.findings).toEqual([]);
    await again.close();
  });

  it('whose newest snapshot is damaged opens from the one before, with nothing lost', async () => {
    const folder = newFolder();
    const { workspace, layer, path, scanId, layerId } = await withLayer(folder);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++) await changeLayer(layer);
      await layer.compact();
    }
    await changeLayer(layer);
    await workspace.close();
    expect(filesOf(path, 'snapshot-')).toEqual(['snapshot-000000000008.nii.gz', 'snapshot-000000000012.nii.gz']);
    const newest = join(path, 'snapshot-000000000012.nii.gz');
    truncateSync(newest, readFileSync(newest).length - 9);
    const { layer: opened, close } = await reopened(folder, scanId, layerId);
    expect(opened.labels).toEqual(new Reference(voxels).upTo(13));
    expect(opened.findings.map(({ code }) => code)).toEqual(['snapshot-damaged']);
    await close();
  });

  it('takes many changes at once and acknowledges them in order', async () => {
    const folder = newFolder();
    const { workspace, layer, scanId, layerId } = await withLayer(folder);
    const acknowledged: number[] = [];
    await Promise.all(Array.from({ length: 300 }, (_, i) => paint(layer, i, 1, 1).then((n) => acknowledged.push(n))));
    expect(acknowledged).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    await workspace.close();
    const { layer: opened, close } = await reopened(folder, scanId, layerId);
    expect(opened.labels).toEqual(new Uint8Array(voxels).fill(1, 0, 300));
    await close();
  });

  it('undoes 200 steps after it was compacted and opened anew, and forgets older ones', async () => {
    const folder = newFolder();
    const { workspace, layer, path, scanId, layerId } = await withLayer(folder);
    for (let i = 0; i < 260; i++) {
      await paint(layer, i, 1, 1);
      if (i % 50 === 49) await layer.compact();
    }
    expect(layer.undoSteps).toBe(200);
    await workspace.close();
    expect(filesOf(path, 'journal-')[0]).not.toBe('journal-000000000000.bin');
    const { layer: opened, close } = await reopened(folder, scanId, layerId);
    expect(opened.undoSteps).toBe(200);
    while ((await opened.undo()) !== undefined);
    expect(opened.labels).toEqual(new Uint8Array(voxels).fill(1, 0, 60));
    for (let i = 0; i < 200; i++) await opened.redo();
    expect(opened.labels).toEqual(new Uint8Array(voxels).fill(1, 0, 260));
    await close();
  });

  it('knows steps again that were done long ago, however often later ones were undone and done again', async () => {
    const { workspace, layer, path, scanId, layerId } = await withLayer(newFolder());
    for (let i = 0; i < 200; i++) await paint(layer, i, 1, 1);
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 30; i++) await layer.undo();
      await layer.edit({ segments: [{ value: 1, name: `round ${round}` }], title: 'rename' });
      await layer.undo();
      for (let i = 0; i < 30; i++) await layer.redo();
      await layer.compact();
    }
    const steps = [layer.undoSteps, layer.redoSteps, layer.undoTitle, layer.redoTitle];
    await workspace.close();
    const { layer: opened, close } = await reopened(join(path, '..', '..', '..'), scanId, layerId);
    expect([opened.undoSteps, opened.redoSteps, opened.undoTitle, opened.redoTitle]).toEqual(steps);
    while ((await opened.undo()) !== undefined);
    expect(opened.labels).toEqual(new Uint8Array(voxels));
    await close();
  });

  it('of an earlier Tessera goes on, and an earlier Tessera then leaves it alone', async () => {
    const folder = newFolder();
    const { workspace, layer, path, scanId, layerId } = await withLayer(folder);
    for (let i = 0; i < 5; i++) await paint(layer, 3 * i, 2, i + 1);
    await layer.undo();
    await workspace.close();
    const [name = ''] = filesOf(path, 'journal-');
    const { records = [] } = readJournal(readFileSync(join(path, name))) ?? {};
    const early = Buffer.concat([Buffer.from('{"schema":"tessera-journal/1","after":0}\n'), ...records.map(firstFormat), Buffer.of(9, 9)]);
    writeFileSync(join(path, name), early);
    const document = JSON.parse(readFileSync(join(path, 'layer.json'), 'utf8')) as Record<string, unknown>;
    delete document['labelsAfter'];
    writeFileSync(join(path, 'layer.json'), JSON.stringify({ ...document, schema: 'tessera-layer/1' }));

    // Who only reads leaves it as it is.
    const reader = await openWorkspace(folder, { readOnly: true });
    expect((await reader.openLayer(scanId, layerId)).sequence).toBe(6);
    await reader.close();
    expect(readFileSync(join(path, name))).toEqual(early);

    const { layer: opened, close } = await reopened(folder, scanId, layerId);
    expect([opened.sequence, opened.undoSteps, opened.redoSteps, opened.undoTitle]).toEqual([6, 4, 1, '']);
    await opened.redo();
    await opened.edit({ segments: [{ value: 1, name: 'renamed' }], title: 'Rename' });
    expect(readFileSync(join(path, 'layer.json'), 'utf8')).toContain('tessera-layer/2');
    await close();
    const again = await reopened(folder, scanId, layerId);
    expect(again.layer.findings).toEqual([]);
    expect(again.layer.segments).toEqual([{ value: 1, name: 'renamed' }]);
    while ((await again.layer.undo()) !== undefined);
    expect(again.layer.labels).toEqual(new Uint8Array(voxels));
    expect(again.layer.segments).toEqual([{ value: 1, name: 'liver' }]);
    await again.close();
  });

  it('keeps versions with name, author and time, and brings them back as a step that can be undone', async () => {
    const { workspace, layer, path } = await withLayer(newFolder());
    await paint(layer, 5, 9, 1);
    const first = await layer.version('after the first look', 'Dr. A');
    await paint(layer, 7, 20, 2);
    const before = layer.labels.slice();
    await layer.restore(first.id);
    expect(layer.labels).toEqual(new Uint8Array(voxels).fill(1, 5, 14));
    await layer.undo();
    expect(layer.labels).toEqual(before);
    expect(await layer.versions()).toMatchObject([{ id: first.id, name: 'after the first look', author: 'Dr. A', sequence: 1 }]);
    expect(filesOf(join(path, 'versions'), '').sort()).toEqual([`${first.id}.json`, `${first.id}.nii.gz`]);
    await expect(layer.restore('../../x')).rejects.toMatchObject({ code: 'not-found' });
    await workspace.close();
  });

  it('leaves label maps that any program reads: NIfTI on the grid of the scan', async () => {
    const { workspace, layer, path } = await withLayer(newFolder());
    await paint(layer, 40, 30, 1);
    await layer.compact();
    await workspace.close();
    const { volume, header } = await readNifti(join(path, 'snapshot-000000000001.nii.gz'));
    expect(volume.voxels).toEqual(new Uint8Array(voxels).fill(1, 40, 70));
    expect(header.details).toMatchObject({ intentCode: 1002 });
    const { spacing, origin } = smallScan().geometry;
    spacing.forEach((s, axis) => expect(volume.geometry.spacing[axis]).toBeCloseTo(s, 5));
    origin.forEach((x, axis) => expect(volume.geometry.origin[axis]).toBeCloseTo(x, 4));
  });

  it('refuses changes made for another state or of values too large, and stays as it was', async () => {
    const { workspace, layer } = await withLayer(newFolder());
    const stale = paintedDelta(layer.labels, [[0, 4]], 1);
    await paint(layer, 2, 1, 5);
    const before = layer.labels.slice();
    await expect(layer.apply(stale)).rejects.toMatchObject({ code: 'bad-labels' });
    await expect(layer.apply({ runs: Uint32Array.of(0, 1, 0, 300) })).rejects.toMatchObject({ code: 'bad-labels' });
    expect(layer.labels).toEqual(before);
    expect(layer.sequence).toBe(1);
    await workspace.close();
    await expect(paint(layer, 0, 1, 1)).rejects.toMatchObject({ code: 'read-only' });
  });

  it('is opened for reading beside the process that writes, at any moment of its compaction', async () => {
    const folder = newFolder();
    const { workspace, layer, scanId, layerId } = await withLayer(folder);
    const reader = await openWorkspace(folder, { lockTimes: quick });
    expect(reader.access.mode).toBe('read');
    const state = { writing: true };
    const writer = (async () => {
      for (let i = 0; i < 15; i++) {
        for (let n = 0; n < 3; n++) await changeLayer(layer);
        await layer.compact();
      }
      state.writing = false;
    })();
    let seen = 0;
    while (state.writing) {
      const view = await reader.openLayer(scanId, layerId);
      expect(view.sequence).toBeGreaterThanOrEqual(seen);
      expect(view.labels).toEqual(new Reference(voxels).upTo(view.sequence));
      expect(view.findings.filter(({ severity }) => severity === 'warning')).toEqual([]);
      seen = view.sequence;
      await expect(paint(view, 0, 1, 251)).rejects.toMatchObject({ code: 'read-only' });
    }
    await writer;
    await reader.close();
    await workspace.close();
  });

  it('opens from a copy of its folder alone', async () => {
    const folder = newFolder();
    const { workspace, layer, scanId, layerId } = await withLayer(folder);
    for (let i = 0; i < 9; i++) await changeLayer(layer);
    await workspace.close();
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    const { layer: opened, close } = await reopened(copy, scanId, layerId);
    expect(opened.labels).toEqual(new Reference(voxels).upTo(9));
    await close();
  });
});
