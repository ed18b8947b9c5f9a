import { describe, expect, it, vi } from 'vitest';
import { labellingRoom, segment } from './support/labelling-room.ts';
import { deltaBetween } from '../../core/labelling/index.ts';
import { ApiError } from '../../renderer/api/errors.ts';
import type { Host } from '../../renderer/api/host.ts';
import type { ModelSummary, PromptsRequest } from '../../renderer/api/types.ts';
import { messagesOf } from '../../renderer/messages/index.ts';
import { pointLPS, VolumeImage } from '../../renderer/scene/index.ts';
import { boxAfter } from '../../renderer/state/prompt-box.ts';
import { Prompts } from '../../renderer/state/prompts.svelte.ts';

const DIMS = [8, 6, 4] as const;
const VOXELS = 8 * 6 * 4;
const words = messagesOf('en').assist;
const model = (id: string, created: string): ModelSummary => ({ id, name: id, kind: 'pretrained', network: 'GL-MAE', created });

/** A model at a host that finds as many voxels as it was given clicks, from the beginning of the scan on. */
class Answers {
  readonly requests: PromptsRequest[] = [];
  readonly given: AbortSignal[] = [];
  #waiting: (() => void)[] = [];
  /** Answers wait until they are told to come. */
  held = false;
  failure: ApiError | undefined;

  readonly prompts: Host['prompts'] = async (_scan, request, options) => {
    this.requests.push(request);
    if (options?.signal) this.given.push(options.signal);
    if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    options?.signal?.throwIfAborted();
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    const found = new Uint8Array(VOXELS).fill(1, 0, request.prompts.length);
    return { voxels: request.prompts.length, milliseconds: 12, delta: deltaBetween(new Uint8Array(VOXELS), found) };
  };

  release(): void {
    this.held = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function opened(models: readonly ModelSummary[] = [model('old', '2026-01-01'), model('new', '2026-02-01')]) {
  const labels = new Uint8Array(VOXELS);
  labels[1] = 2;
  const room = await labellingRoom({ dims: DIMS, labels, segments: [segment(1, 'nodule'), segment(2)] });
  const answers = new Answers();
  const kept = new Map<string, string>();
  const store = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) };
  const volume = new VolumeImage({ geometry: room.geometry, slope: 1, intercept: 0, range: [0, 255] });
  const shared = { labelling: room.labelling, scan: () => 'scan', volume: () => volume, models: () => models, words: () => words };
  const make = (): Prompts => new Prompts({ prompts: answers.prompts } as unknown as Host, store, shared);
  const prompts = make();
  const click = (x: number, positive = true): void => {
    prompts.begin(pointLPS(x, 1, 1), !positive);
    prompts.end(false);
  };
  const answered = async (voxels: number): Promise<void> => {
    await vi.waitFor(() => expect([prompts.preview?.count, prompts.working]).toEqual([voxels, null]));
  };
  return { ...room, answers, prompts, click, answered, again: make };
}

describe('clicks on a structure', () => {
  it('are answered with a preview that follows each click, and accepted as one step by the rules of painting', async () => {
    const { prompts, click, answered, labelling, port, answers } = await opened();
    click(2);
    await answered(1);
    click(3);
    await answered(2);
    click(4, false);
    await answered(3);
    expect(answers.requests.at(-1)).toEqual({
      model: 'new',
      prompts: [
        { kind: 'point', positive: true, point: [2, 1, 1] },
        { kind: 'point', positive: true, point: [3, 1, 1] },
        { kind: 'point', positive: false, point: [4, 1, 1] },
      ],
    });
    expect(labelling.labels?.[0]).toBe(0);
    labelling.settings.over = 'background';
    prompts.accept();
    expect([...(labelling.labels?.subarray(0, 4) ?? [])]).toEqual([1, 2, 1, 0]);
    expect([prompts.marks.length, prompts.preview, labelling.undoTitle]).toEqual([0, null, 'Clicks: nodule']);
    await vi.waitFor(() => expect(port.labels).toEqual(labelling.labels));
    labelling.undo();
    await vi.waitFor(() => expect([...(labelling.labels?.subarray(0, 3) ?? [])]).toEqual([0, 2, 0]));
  });

  it('have the scan looked at once; a new click gives up the answer to the last, but not that look', async () => {
    const { prompts, click, answered, answers } = await opened();
    answers.held = true;
    void prompts.warmUp();
    click(2);
    click(3);
    expect(prompts.working).toBe('features');
    expect(answers.requests.map((request) => request.prompts.length)).toEqual([0]);
    answers.release();
    await answered(2);
    expect(answers.requests.map((request) => request.prompts.length)).toEqual([0, 2]);
    answers.held = true;
    click(4);
    await vi.waitFor(() => expect(answers.requests).toHaveLength(3));
    click(5);
    await vi.waitFor(() => expect(answers.requests).toHaveLength(4));
    expect([0, 2, 3].map((n) => answers.given[n]?.aborted)).toEqual([false, true, false]);
    // The preview from before stays until the new one is there.
    expect(prompts.preview?.count).toBe(2);
    answers.release();
    await answered(4);
  });

  it('are taken back one by one; without one inside there is nothing to show', async () => {
    const { prompts, click, answered, labelling } = await opened();
    click(2, false);
    expect(prompts.marks).toHaveLength(0);
    expect(labelling.notice).toBe(words.beginInside);
    click(2);
    click(3, false);
    await answered(2);
    prompts.undoLast();
    await answered(1);
    prompts.undoLast();
    expect(prompts.preview).toBeNull();
    prompts.begin(pointLPS(99, 1, 1), false);
    expect([prompts.draft, labelling.notice]).toEqual([null, words.outside]);
  });

  it('are scribbles where they move, and say the opposite by a switch or with Alt', async () => {
    const { prompts, answered } = await opened();
    prompts.begin(pointLPS(2, 1, 1), false);
    prompts.to(pointLPS(3, 1, 1));
    prompts.to(pointLPS(-9, 1, 1));
    prompts.end(true);
    prompts.negative = true;
    prompts.begin(pointLPS(5, 1, 1), false);
    prompts.end(false);
    prompts.begin(pointLPS(6, 1, 1), true);
    prompts.end(false);
    await answered(3);
    expect(prompts.marks).toEqual([
      { kind: 'scribble', positive: true, points: [[2, 1, 1], [3, 1, 1]] }, // prettier-ignore
      { kind: 'point', positive: false, point: [5, 1, 1] },
      { kind: 'point', positive: true, point: [6, 1, 1] },
    ]);
  });

  it('that fail say why, and the next one tries again', async () => {
    const { prompts, click, answered, answers } = await opened();
    answers.failure = new ApiError(409, { code: 'conflict', message: 'The features went.', advice: 'Repeat the click.' });
    click(2);
    await vi.waitFor(() => expect(prompts.error).toMatchObject({ message: 'The features went.', advice: 'Repeat the click.' }));
    expect(prompts.working).toBeNull();
    click(3);
    await answered(2);
    expect(prompts.error).toBeNull();
    prompts.discard();
    expect([prompts.marks.length, prompts.preview]).toEqual([0, null]);
  });

  it('ask the model that was chosen last, and say so where there is none', async () => {
    const { prompts, click, answered, answers, again } = await opened();
    expect(prompts.model?.id).toBe('new');
    prompts.choose('old');
    click(2);
    await answered(1);
    expect(answers.requests.at(-1)?.model).toBe('old');
    expect(again().model?.id).toBe('old');
    const without = await opened([]);
    without.click(2);
    expect([without.prompts.marks.length, without.labelling.notice]).toEqual([0, words.noModel]);
  });
});

describe('a box around a structure', () => {
  it('is as deep as its longer side, until it is drawn in another plane', async () => {
    const { geometry, prompts, answered } = await opened();
    const drawn = boxAfter(geometry, 2, pointLPS(1, 1, 2), pointLPS(3, 2, 2));
    expect(drawn).toEqual({ from: [1, 1, 1], to: [3, 2, 3] });
    const deeper = boxAfter(geometry, 1, pointLPS(0, 2, 0), pointLPS(3, 2, 3), drawn);
    expect(deeper).toEqual({ from: [0, 1, 0], to: [3, 2, 3] });
    // Beside the first it is a box of its own.
    expect(boxAfter(geometry, 1, pointLPS(0, 5, 0), pointLPS(2, 5, 1), drawn)).toEqual({ from: [0, 4, 0], to: [2, 5, 1] });
    prompts.drawBox(2, pointLPS(1, 1, 2), pointLPS(3, 2, 2));
    prompts.endBox();
    prompts.drawBox(1, pointLPS(0, 2, 0), pointLPS(3, 2, 3));
    prompts.endBox();
    await answered(1);
    expect(prompts.marks).toEqual([{ kind: 'box', from: [0, 1, 0], to: [3, 2, 3] }]);
  });
});
