import { describe, expect, it, vi } from 'vitest';
import { labellingRoom, segment } from './support/labelling-room.ts';
import { paintedDelta } from '../../core/labelling/index.ts';
import { SeedGrowing } from '../../renderer/state/seed-growing.svelte.ts';
import { SeedPreview, type SeedAnswer, type SeedRequest } from '../../renderer/workers/labelling/seed-preview.ts';

const DIMS = [20, 6, 4] as const;
const VOXELS = 20 * 6 * 4;
/** Dark to the left of column 10, bright from there on. */
const values = Uint8Array.from({ length: VOXELS }, (_, at) => (at % 20 < 10 ? 20 : 200));
const at = (i: number, j = 3, k = 2): number => i + 20 * (j + 6 * k);

/** A worker that answers when it is told to. */
class Worker {
  requests: SeedRequest[] = [];
  #answered: (answer: SeedAnswer) => void = () => undefined;
  #preview: SeedPreview | undefined;

  readonly open = (answered: (answer: SeedAnswer) => void): { ask: (request: SeedRequest) => void; close: () => void } => {
    this.#answered = answered;
    return {
      ask: (request) => this.requests.push(structuredClone(request)),
      close: () => (this.requests = []),
    };
  };

  answer(): void {
    const request = this.requests.shift();
    if (!request) throw new Error('nothing was asked for');
    if (request.kind === 'begin') this.#preview = new SeedPreview(request.labels, request.values, request.grid, request.settings);
    const preview = this.#preview;
    if (!preview) throw new Error('not begun');
    if (request.kind === 'accept') this.#answered(preview.accept(request.labels, request.rules));
    else this.#answered(preview.follow(request.kind === 'change' ? request.deltas : []));
  }
}

async function opened() {
  const room = await labellingRoom({ dims: DIMS, labels: new Uint8Array(VOXELS), segments: [segment(1), segment(2)], values });
  const worker = new Worker();
  const seeds = new SeedGrowing(room.labelling, worker.open);
  Object.assign(room.labelling, { seeds });
  const paint = (voxel: number, value: number): boolean =>
    room.labelling.make('paint', paintedDelta(room.labelling.labels ?? new Uint8Array(), [[voxel, 1]], value));
  return { ...room, worker, seeds, paint };
}

describe('growing from seeds', () => {
  it('shows a preview that is not in the label map until it is accepted, as one step', async () => {
    const { labelling, port, worker, seeds, paint } = await opened();
    paint(at(3), 1);
    paint(at(16), 2);
    seeds.begin();
    expect(seeds.busy).toBe(true);
    worker.answer();
    expect([seeds.busy, seeds.problem]).toEqual([false, null]);
    expect([at(9), at(10)].map((voxel) => seeds.preview?.stored[voxel])).toEqual([1, 2]);
    expect(labelling.overlays).toHaveLength(1);
    expect([labelling.labels?.[at(9)], labelling.labels?.[at(3)]]).toEqual([0, 1]);
    seeds.accept();
    worker.answer();
    expect([at(9), at(10)].map((voxel) => labelling.labels?.[voxel])).toEqual([1, 2]);
    expect([seeds.on, labelling.overlays.length, labelling.undoTitle]).toEqual([false, 0, 'Grow from seeds']);
    await vi.waitFor(() => expect(port.labels).toEqual(labelling.labels));
    labelling.undo();
    await vi.waitFor(() => expect(labelling.labels?.[at(9)]).toBe(0));
    expect(labelling.labels?.[at(3)]).toBe(1);
  });

  it('follows strokes and undo; what is drawn while it computes goes together in the next request', async () => {
    const { labelling, worker, seeds, paint } = await opened();
    paint(at(3), 1);
    seeds.begin();
    worker.answer();
    expect(seeds.problem).toContain('at least two segments');
    seeds.accept();
    expect(labelling.notice).toBe(seeds.problem);
    paint(at(16), 2);
    paint(at(15), 2);
    paint(at(14), 2);
    expect(worker.requests).toHaveLength(1);
    worker.answer();
    expect(worker.requests).toMatchObject([{ kind: 'change', deltas: [{}, {}] }]);
    worker.answer();
    expect(seeds.problem).toBeNull();
    expect(seeds.preview?.stored[at(12)]).toBe(2);
    for (let steps = 0; steps < 3; steps++) labelling.undo();
    await vi.waitFor(() => expect(labelling.labels?.[at(16)]).toBe(0));
    expect(worker.requests.length).toBeGreaterThan(0);
    while (worker.requests.length > 0) worker.answer();
    expect(seeds.problem).toContain('at least two segments');
    expect(seeds.preview?.stored.some((value) => value !== 0)).toBe(false);
  });

  it('takes in what is drawn while it is being accepted', async () => {
    const { labelling, worker, seeds, paint } = await opened();
    paint(at(3), 1);
    paint(at(16), 2);
    seeds.begin();
    worker.answer();
    seeds.accept();
    paint(at(5), 2);
    while (worker.requests.length > 0) worker.answer();
    expect(seeds.on).toBe(false);
    expect(labelling.labels?.[at(5)]).toBe(2);
    expect(labelling.undoTitle).toBe('Grow from seeds');
  });

  it('has a segment that stands for everything else and becomes background', async () => {
    const { labelling, worker, seeds, paint } = await opened();
    paint(at(3), 1);
    seeds.addBackground();
    expect(labelling.active?.name).toBe('Everything else');
    paint(at(16), labelling.value ?? 0);
    seeds.begin();
    worker.answer();
    expect([at(9), at(12)].map((voxel) => seeds.preview?.stored[voxel])).toEqual([1, 0]);
    seeds.accept();
    worker.answer();
    expect([at(9), at(16)].map((voxel) => labelling.labels?.[voxel])).toEqual([1, 0]);
  });

  it('says why it cannot begin, and is given up without a trace', async () => {
    const { labelling, worker, seeds, paint, words } = await opened();
    seeds.accept();
    expect(labelling.notice).toBe(words.seeds.notOn);
    paint(at(3), 1);
    paint(at(16), 2);
    const before = labelling.labels?.slice();
    seeds.begin();
    worker.answer();
    seeds.discard();
    expect(labelling.labels).toEqual(before);
    expect([seeds.on, seeds.preview]).toEqual([false, undefined]);
    const coarse = await labellingRoom({ dims: DIMS, labels: new Uint8Array(VOXELS) });
    coarse.labelling.seeds.begin();
    expect(coarse.labelling.notice).toBe(words.noValues);
  });
});
