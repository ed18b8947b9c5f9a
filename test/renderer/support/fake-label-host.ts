import { ApiError } from '../../../renderer/api/errors.ts';
import type { LabelState, Segment } from '../../../renderer/api/types.ts';
import type { LayerPort } from '../../../renderer/state/label-edits.ts';
import { applyDelta, deltaBetween, isEmptyDelta, type LabelArray, type LabelDelta } from '../../../core/labelling/index.ts';

interface Step {
  readonly title: string;
  readonly before: { readonly labels: LabelArray; readonly segments: readonly Segment[] };
}

/** A host of one layer in memory that can be away, lose its answers, and forget how it came to its state. */
export class FakeLabelHost implements LayerPort {
  labels: LabelArray;
  segments: readonly Segment[];
  /** Requests that come to nothing: unheard, or heard but not answered. */
  trouble: ('unheard' | 'unanswered')[] = [];
  /** What the next edit is refused with. */
  refusal: ApiError | undefined;
  /** States further back than this cannot be joined with the present one. */
  remembered = Infinity;
  /** Kept states by their ids. */
  readonly versions = new Map<string, { readonly labels: LabelArray; readonly segments: readonly Segment[] }>();
  #sequence = 0;
  readonly #states: LabelArray[];
  readonly #undo: Step[] = [];
  readonly #redo: Step[] = [];
  readonly #done = new Set<string>();
  /** Name of the last change. */
  #last: string | undefined;

  constructor(labels: LabelArray, segments: readonly Segment[] = []) {
    this.labels = labels;
    this.segments = segments;
    this.#states = [labels.slice()];
  }

  get now(): LabelState {
    const { segments } = this;
    const [undone, redone] = [this.#undo.at(-1), this.#redo.at(-1)];
    return {
      sequence: this.#sequence,
      undo: this.#undo.length,
      redo: this.#redo.length,
      undoTitle: undone?.title ?? null,
      redoTitle: redone?.title ?? null,
      segments: [...segments],
    };
  }

  state(): Promise<LabelState> {
    return this.#answer(() => this.now);
  }

  edit(request: Parameters<LayerPort['edit']>[0], delta: LabelDelta): Promise<LabelState> {
    return this.#answer(() => {
      if (request.edit !== undefined && this.#done.has(request.edit)) return this.now;
      const { refusal } = this;
      this.refusal = undefined;
      if (refusal) throw refusal;
      this.#check(request.after);
      const joins = request.joins !== undefined && request.joins === this.#last && request.segments === undefined;
      if (!joins) this.#keep(this.#undo, request.title);
      this.#redo.length = 0;
      applyDelta(this.labels, delta);
      if (joins) this.#dropEmptyStep();
      this.segments = (request.segments as readonly Segment[] | undefined) ?? this.segments;
      return this.#changed(request.edit);
    });
  }

  step(step: 'undo' | 'redo', request: Parameters<LayerPort['step']>[1]): Promise<LabelState> {
    return this.#answer(() => {
      if (request.edit !== undefined && this.#done.has(request.edit)) return this.now;
      this.#check(request.after);
      const [from, to] = step === 'undo' ? [this.#undo, this.#redo] : [this.#redo, this.#undo];
      const last = from.pop();
      if (!last) throw new ApiError(422, { code: 'bad-setting', message: `There is nothing to ${step}.` });
      this.#keep(to, last.title);
      this.labels = last.before.labels;
      this.segments = last.before.segments;
      return this.#changed(request.edit);
    });
  }

  restore(version: string, request: Parameters<LayerPort['restore']>[1]): Promise<LabelState> {
    return this.#answer(() => {
      if (request.edit !== undefined && this.#done.has(request.edit)) return this.now;
      this.#check(request.after);
      const kept = this.versions.get(version);
      if (!kept) throw new ApiError(404, { code: 'not-found', message: 'There is no such version.' });
      this.#keep(this.#undo, `restore ${version}`);
      this.#redo.length = 0;
      this.labels = kept.labels.slice();
      this.segments = kept.segments;
      return this.#changed(request.edit);
    });
  }

  changes(after: number): ReturnType<LayerPort['changes']> {
    return this.#answer(() => {
      const then = this.#states[after];
      if (!then || this.#sequence - after > this.remembered) throw conflict();
      return { state: this.now, delta: deltaBetween(then, this.labels) };
    });
  }

  voxels(): Promise<LabelArray> {
    return this.#answer(() => this.labels.slice());
  }

  #dropEmptyStep(): void {
    const step = this.#undo.at(-1);
    if (step && step.before.segments === this.segments && isEmptyDelta(deltaBetween(step.before.labels, this.labels))) this.#undo.pop();
  }

  #keep(stack: Step[], title: string): void {
    stack.push({ title, before: { labels: this.labels.slice(), segments: this.segments } });
  }

  #changed(edit: string | undefined): LabelState {
    this.#last = edit;
    if (edit !== undefined) this.#done.add(edit);
    this.#sequence++;
    this.#states.push(this.labels.slice());
    return this.now;
  }

  #check(after: number): void {
    if (after !== this.#sequence) throw conflict();
  }

  async #answer<T>(make: () => T): Promise<T> {
    await Promise.resolve();
    const trouble = this.trouble.shift();
    if (trouble === 'unheard') throw unreachable();
    const answer = make();
    await Promise.resolve();
    if (trouble === 'unanswered') throw unreachable();
    return answer;
  }
}

function conflict(): ApiError {
  return new ApiError(409, { code: 'conflict', message: 'The labels were changed by another window.' });
}

function unreachable(): ApiError {
  return new ApiError(0, { code: 'unreachable', message: 'The host cannot be reached.' });
}
