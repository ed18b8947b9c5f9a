import { describe, expect, it, vi } from 'vitest';
import { labellingRoom, segment, summary } from './support/labelling-room.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import type { LabelVersion, LayerSummary, RemovedLayer } from '../../renderer/api/types.ts';

const DIMS = [6, 4, 2] as const;
const segments = [segment(1), segment(2)];

function paint(labelling: Awaited<ReturnType<typeof labellingRoom>>['labelling'], start: number, length: number, value: number): void {
  labelling.make('paint', paintedDelta(labelling.labels ?? new Uint8Array(), [[start, length]], value));
}

describe('versions', () => {
  async function opened() {
    const labels = new Uint8Array(48).fill(1, 0, 6);
    const kept: LabelVersion[] = [];
    const room = await labellingRoom(
      { dims: DIMS, labels, segments },
      {
        versions: () => Promise.resolve([...kept]),
        keepVersion: (_scan, _layer, name) => {
          const version = {
            id: `v${kept.length}`,
            name,
            author: 'a reader',
            time: '2026-11-22T10:00:00Z',
            sequence: room.port.now.sequence,
          };
          kept.push(version);
          room.port.versions.set(version.id, { labels: room.port.labels.slice(), segments: room.port.segments });
          return Promise.resolve(version);
        },
        versionVoxels: (_scan, _layer, id) => Promise.resolve(room.port.versions.get(id)?.labels.slice().buffer as ArrayBuffer),
      },
    );
    return room;
  }
  const written = (labelling: Awaited<ReturnType<typeof opened>>['labelling']) => vi.waitFor(() => expect(labelling.unsent).toBe(0));

  it('are kept once everything is on disk, and listed with the newest first', async () => {
    const { labelling, words } = await opened();
    paint(labelling, 10, 2, 1);
    expect(await labelling.versions.keep('too early')).toBe(false);
    expect(labelling.notice).toBe(words.versions.unsent);
    await written(labelling);
    expect(await labelling.versions.keep('first')).toBe(true);
    expect(await labelling.versions.keep('second')).toBe(true);
    expect(labelling.versions.list.map(({ name }) => name)).toEqual(['second', 'first']);
  });

  it('are compared with the present, which is followed while it is drawn', async () => {
    const { labelling } = await opened();
    await labelling.versions.keep('before');
    const [before] = labelling.versions.list;
    paint(labelling, 0, 2, 0);
    paint(labelling, 3, 1, 2);
    await labelling.versions.compare(before ?? null);
    expect(labelling.versions.compared).toMatchObject({ gained: 0, lost: 2, changed: 1 });
    const [overlay] = labelling.overlays;
    expect([...(overlay?.labels.stored ?? [])].slice(0, 6)).toEqual([2, 2, 0, 3, 0, 0]);
    paint(labelling, 20, 4, 1);
    paint(labelling, 0, 1, 1);
    expect(labelling.versions.compared).toMatchObject({ gained: 4, lost: 1, changed: 1 });
    await labelling.versions.compare(null);
    expect(labelling.overlays).toEqual([]);
  });

  it('are restored, voxels and segments, after what is on its way, and that can be undone', async () => {
    const { labelling, port } = await opened();
    await labelling.versions.keep('before');
    const [before] = labelling.versions.list;
    paint(labelling, 0, 2, 0);
    labelling.change(1, { name: 'renamed' }, 'rename');
    if (before) labelling.versions.restore(before);
    await written(labelling);
    expect([...(labelling.labels ?? [])].slice(0, 7)).toEqual([1, 1, 1, 1, 1, 1, 0]);
    expect(labelling.segments[0]?.name).toBe('Segment 1');
    expect(labelling.notice).toBeNull();
    labelling.undo();
    await written(labelling);
    expect([labelling.labels?.[0], labelling.segments[0]?.name]).toEqual([0, 'renamed']);
    expect(port.labels).toEqual(labelling.labels);
  });
});

describe('layers', () => {
  async function opened() {
    const labels = new Uint8Array(48).fill(1, 0, 6);
    const mine = summary(DIMS, labels, segments);
    const other = { ...summary(DIMS, labels, [segment(3, 'lesion')], 'other'), name: 'lesions' };
    let present: LayerSummary[] = [mine, other];
    let trash: RemovedLayer[] = [];
    const lesions = new Uint8Array(48).fill(3, 2, 4);
    const room = await labellingRoom(
      { dims: DIMS, labels, segments },
      {
        layers: () => Promise.resolve(present),
        removedLayers: () => Promise.resolve(trash),
        labels: (_scan, layer) => Promise.resolve((layer === 'other' ? lesions : labels).slice().buffer),
        statistics: () => Promise.resolve([]),
        removeLayer: (_scan, id) => {
          trash = present.filter((layer) => layer.id === id).map((layer) => ({ layer, removed: '2026-11-22T10:00:00Z', by: 'a reader' }));
          present = present.filter((layer) => layer.id !== id);
          return Promise.resolve();
        },
        restoreLayer: () => {
          present = [...present, ...trash.map(({ layer }) => layer)];
          trash = [];
          return Promise.resolve();
        },
        renameLayer: (_scan, id, name) => {
          present = present.map((layer) => (layer.id === id ? { ...layer, name } : layer));
          return Promise.resolve(mine);
        },
      },
    );
    const volume = room.organs;
    await volume.open('scan', await labellingRoomVolume(room));
    return { ...room, mine, other, lesions, present: () => present };
  }
  const labellingRoomVolume = async ({ geometry }: Awaited<ReturnType<typeof labellingRoom>>) => {
    const { VolumeImage } = await import('../../renderer/scene/index.ts');
    return new VolumeImage({ geometry, slope: 1, intercept: 0, range: [0, 1] });
  };

  it('are seen beside the one that is drawn in, follow what others draw, and are not drawn twice', async () => {
    const { labelling, organs, other, lesions } = await opened();
    await labelling.layers.setBeside(other, true);
    expect(labelling.overlays).toHaveLength(1);
    expect(labelling.overlays[0]?.labels.stored[2]).toBe(3);
    expect(labelling.overlays[0]?.labels.lookOf(3)).toMatchObject({ colour: '#ff0000', visible: true });
    lesions.fill(3, 10, 12);
    await labelling.layers.changed('scan', 'other');
    expect(labelling.overlays[0]?.labels.stored[10]).toBe(3);
    organs.visible = false;
    expect(labelling.overlays).toEqual([]);
    organs.visible = true;
    await organs.show('other');
    expect(labelling.overlays).toEqual([]);
    await organs.show('layer');
    await labelling.layers.setBeside(other, false);
    expect(labelling.overlays).toEqual([]);
  });

  it('are removed with a way back, the next one is shown, and take another name', async () => {
    const { labelling, organs, toasts, mine, words, present } = await opened();
    await labelling.layers.rename(mine, '  second reading ');
    expect(present()[0]?.name).toBe('second reading');
    await labelling.layers.remove(mine);
    expect([organs.layer?.id, labelling.layers.removed.length]).toEqual(['other', 1]);
    const [toast] = toasts.items;
    expect(toast?.title).toBe(words.layers.removedOne('mine'));
    toast?.action?.run();
    await vi.waitFor(() => expect(organs.layer?.id).toBe('layer'));
    await vi.waitFor(() => expect(labelling.layers.removed).toEqual([]));
  });
});
