import { describe, expect, it, vi } from 'vitest';
import { labellingRoom, segment, summary } from './support/labelling-room.ts';
import { FakeLabelHost } from './support/fake-label-host.ts';
import type { LabelArray } from '../../core/labelling/index.ts';
import type { Host } from '../../renderer/api/host.ts';
import type { LayerSummary } from '../../renderer/api/types.ts';
import { messagesOf } from '../../renderer/messages/index.ts';
import { pointLPS, type PointLPS } from '../../renderer/scene/index.ts';
import type { RunAssist } from '../../renderer/state/assist-work.ts';
import { DifferenceTour } from '../../renderer/state/difference-tour.svelte.ts';
import { Proposals } from '../../renderer/state/proposals.svelte.ts';
import { runAssist, type AssistJob } from '../../renderer/workers/assist/run-assist.ts';

const DIMS = [10, 1, 1] as const;
const words = messagesOf('en').assist;
const map = (text: string): Uint8Array => Uint8Array.from(text.replaceAll('.', '0'), Number);
const text = (labels: LabelArray | undefined): string => [...(labels ?? [])].join('').replaceAll('0', '.');
const at = (i: number): PointLPS => pointLPS(i, 0, 0);

/** My layer with a proposal beside it. The work of the worker is done at once, on copies. */
async function opened(mine: string, theirs: string) {
  const proposal = new FakeLabelHost(map(theirs), [segment(7, 'liver'), segment(8, 'Left_kidney')]);
  const entropy = new Uint8Array(10);
  const labels = map(mine);
  const segments = [segment(1, 'left kidney'), segment(3, 'mine')];
  const own = new FakeLabelHost(labels.slice(), segments);
  const of = (layer: string): FakeLabelHost => (layer === 'theirs' ? proposal : own);
  const host: Partial<Host> = {
    versions: () => Promise.resolve([{ id: 'v1', name: 'Friday', author: 'me', time: '', sequence: 0 }]),
    versionVoxels: () => Promise.resolve(Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 0).buffer),
    entropy: () => Promise.resolve(entropy.buffer),
    labelState: (_scan, layer) => of(layer).state(),
    labels: async (_scan, layer) => (await of(layer).voxels()).slice().buffer,
    editLabels: (_scan, layer, request, delta) => of(layer).edit(request, delta),
    stepLabels: (_scan, layer, ...step) => of(layer).step(...step),
    labelChanges: (_scan, layer, after) => of(layer).changes(after),
  };
  const room = await labellingRoom({ dims: DIMS, labels, segments }, host);
  const other: LayerSummary = {
    ...summary(DIMS, proposal.labels, proposal.segments, 'theirs'),
    name: 'UNETR',
    kind: 'proposal',
    entropy: true,
  };
  room.organs.layers = [summary(DIMS, labels, [], 'layer'), other, { ...other, id: 'growing', growing: true }];
  const jobs: AssistJob[] = [];
  const run: RunAssist = (job) => {
    jobs.push(job);
    return Promise.resolve(runAssist(structuredClone(job)));
  };
  const shared = { labelling: room.labelling, scan: () => 'scan', words: () => words };
  const proposals = new Proposals(host as Host, { ...shared, organs: room.organs }, run);
  const visited: number[] = [];
  const tour = new DifferenceTour(host as Host, { ...shared, proposals, go: ([x]) => visited.push(x) });
  await proposals.attend();
  const now = (): string => text(room.labelling.labels);
  const undone = async (before: string): Promise<void> => {
    room.labelling.undo();
    await vi.waitFor(() => expect(now()).toBe(before));
  };
  return { ...room, proposal, proposals, tour, visited, jobs, entropy, now, undone, own };
}

describe('what a model proposes', () => {
  it('is found beside the layer that is drawn in; its segments are known by their names', async () => {
    const { proposals, organs } = await opened('..........', '77..88....');
    expect(proposals.choices.map(({ id }) => id)).toEqual(['theirs']);
    expect(proposals.items.map(({ segment: { name }, mine, millilitres }) => [name, mine, millilitres])).toEqual([
      ['liver', 7, 0.002],
      ['Left_kidney', 1, 0.002],
    ]);
    expect(organs.unsure?.id).toBe('theirs');
    proposals.close();
    expect(organs.unsure).toBeUndefined();
  });

  it('is accepted an organ at a time as one step, over what is empty; its segment comes with it', async () => {
    const { proposals, labelling, own, now, undone } = await opened('.3........', '777.88....');
    const [liver, kidney] = proposals.items.map((item) => item.segment);
    await proposals.take('accept', liver);
    expect(now()).toBe('737.......');
    expect(labelling.segments.map(({ value, name }) => [value, name])).toEqual([[1, 'left kidney'], [3, 'mine'], [7, 'liver']]); // prettier-ignore
    expect(labelling.undoTitle).toBe('Accepted: liver');
    await proposals.take('accept', kidney);
    expect(now()).toBe('737.11....');
    await vi.waitFor(() => expect(own.labels).toEqual(labelling.labels));
    await undone('737.......');
    await undone('.3........');
    await vi.waitFor(() => expect(labelling.segments).toHaveLength(2));
    await proposals.take('accept');
    expect(now()).toBe('737.11....');
  });

  it('goes over what is drawn only when told to, and never over what is locked', async () => {
    const { proposals, labelling, now, undone } = await opened('13.1......', '88........');
    const kidney = proposals.items[1]?.segment;
    await proposals.take('accept', kidney);
    expect([now(), labelling.notice]).toEqual(['13.1......', expect.stringContaining('drawn here already')]);
    proposals.over = 'everything';
    await proposals.take('merge', kidney);
    expect(now()).toBe('11.1......');
    await undone('13.1......');
    await proposals.take('accept', kidney);
    expect(now()).toBe('11........');
    await undone('13.1......');
    labelling.change(3, { locked: true }, 'lock');
    await proposals.take('accept', kidney);
    expect(now()).toBe('13........');
  });

  it('is begun anew where somebody draws while it is being accepted', async () => {
    const { proposals, labelling, jobs, now } = await opened('..........', '777.......');
    const first = proposals.take('accept', proposals.items[0]?.segment);
    labelling.make('stroke', { runs: Uint32Array.of(1, 1, 0, 3) });
    await first;
    expect([jobs.length, now()]).toEqual([2, '737.......']);
  });

  it('is accepted an island at a time, and where a brush goes', async () => {
    const { proposals, labelling, now, undone } = await opened('3.........', '77.77..8..');
    proposals.takeIsland(at(4));
    expect([now(), labelling.undoTitle]).toEqual(['3..77.....', 'Accepted an island: liver']);
    proposals.takeIsland(at(6));
    expect(labelling.notice).toBe(words.nothingProposed);
    await undone('3.........');
    labelling.settings.radius = 1;
    proposals.brush.begin(2, at(1), 1);
    proposals.brush.to(at(3), 1);
    proposals.brush.end();
    expect([now(), labelling.undoTitle]).toEqual(['37.77.....', 'Accepted with the brush: UNETR']);
    await undone('3.........');
    proposals.over = 'everything';
    proposals.brush.begin(2, at(0), 1);
    expect(now()).toBe('77........');
    proposals.brush.cancel();
    expect(now()).toBe('3.........');
  });

  it('is rejected by organ or island, which it remembers and undo takes back', async () => {
    const { proposals, proposal, labelling, now } = await opened('..........', '77.77..8..');
    const liver = proposals.items[0]?.segment ?? segment(0);
    await proposals.rejectIsland(at(0));
    expect(text(proposal.labels)).toBe('...77..8..');
    await proposals.reject(liver);
    expect(proposal.segments.map(({ name, hidden }) => [name, hidden])).toEqual([['liver', true], ['Left_kidney', undefined]]); // prettier-ignore
    expect(proposals.items[0]).toMatchObject({ rejected: true, mine: undefined });
    await proposals.take('accept');
    expect(now()).toBe('.......1..');
    // What was accepted since is undone first.
    expect(proposals.canTakeBack).toBe(false);
    labelling.undo();
    await vi.waitFor(() => expect(now()).toBe('..........'));
    await proposals.showAgain(liver);
    expect(proposal.segments[0]?.hidden).toBeUndefined();
    await proposals.reject(liver);
    expect(proposals.canTakeBack).toBe(true);
    await proposals.takeBack();
    expect([proposals.items[0]?.rejected, proposal.segments[0]?.hidden]).toEqual([false, undefined]);
  });

  it('may be a kept version of the own layer, which has its numbers and is not rejected', async () => {
    const { proposals, now } = await opened('1.........', '..........');
    await proposals.choose('v1');
    expect(proposals.items.map(({ mine }) => mine)).toEqual([1, 3]);
    expect(proposals.canReject).toBe(false);
    proposals.over = 'everything';
    await proposals.take('accept');
    expect(now()).toBe('3.........');
  });
});

describe('a tour of the differences', () => {
  it('goes from the largest to the smallest; each is taken or kept, and what is settled is left out', async () => {
    const { tour, visited, labelling, now, undone } = await opened('11....3..1', '.88877...8');
    await tour.step(1);
    expect(tour.found).toMatchObject({ count: 3, voxels: 5 });
    // Mine has a segment that the model does not know: no difference.
    expect([tour.current?.kind, tour.describe(tour.current ?? { mine: 0, theirs: 0 }), visited]).toEqual(['theirs', 'left kidney', [3]]);
    await tour.take();
    expect([now(), labelling.undoTitle]).toEqual(['1111..3..1', 'Took the proposal: left kidney']);
    expect([tour.current?.theirs, tour.place]).toEqual([7, 2]);
    await tour.keep();
    expect([tour.current?.kind, visited]).toEqual(['mine', [3, 5, 0]]);
    await tour.take();
    expect([now(), tour.current, labelling.notice]).toEqual(['.111..3..1', null, words.noDifference]);
    await undone('1111..3..1');
    // What was undone differs again.
    await tour.step(-1);
    expect(tour.current?.kind).toBe('mine');
  });

  it('begins where the model was least sure, if that is wanted', async () => {
    const { tour, visited, entropy } = await opened('..........', '777..8....');
    entropy[5] = 200;
    await tour.find();
    tour.order = 'entropy';
    await tour.step(1);
    await tour.step(1);
    await tour.step(1);
    expect(visited).toEqual([5, 1, 5]);
  });
});
