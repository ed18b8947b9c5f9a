import type { Random } from '../../core/base/random.ts';
import type { LabelState } from '../../core/service/api/labels.ts';
import type { Segment } from '../../core/service/api/layers.ts';

interface Moment {
  readonly labels: Uint8Array;
  readonly segments: readonly Segment[];
  readonly title: string;
}

/** Something that a person does with a layer. */
export type Act = { readonly kind: 'undo' | 'redo' } | ({ readonly kind: 'edit'; readonly joins?: string } & Moment);

const colours = ['#e69f00', '#56b4e9', '#009e73', '#f0e442'] as const;
const states = ['todo', 'working', 'flagged', 'done'] as const;

/** A layer in memory, told by whole copies of it: what the host must say after the same acts. */
export class LabelModel {
  #now: Moment;
  #undo: Moment[] = [];
  #redo: Moment[] = [];
  sequence = 0;
  /** Name of the last change while a stroke is being drawn: what comes next may be another piece of it. */
  #stroke: string | undefined;

  constructor(voxels: number) {
    this.#now = { labels: new Uint8Array(voxels), segments: [], title: '' };
  }

  get labels(): Uint8Array {
    return this.#now.labels;
  }

  get state(): LabelState {
    const { segments, title } = this.#now;
    return {
      sequence: this.sequence,
      undo: this.#undo.length,
      redo: this.#redo.length,
      undoTitle: this.#undo.length > 0 ? title : null,
      redoTitle: this.#redo.at(-1)?.title ?? null,
      segments: [...segments],
    };
  }

  /** What to do next; it always changes something. */
  next(random: Random): Act {
    const dice = random.next();
    if (dice < 0.2 && this.#undo.length > 0) return { kind: 'undo' };
    if (dice < 0.3 && this.#redo.length > 0) return { kind: 'redo' };
    const { labels, segments } = this.#now;
    if (this.#stroke !== undefined && random.next() < 0.7) return this.#piece(random, this.#stroke);
    const which = segments[random.integer(0, Math.max(0, segments.length - 1))];
    const title = `Step ${this.sequence + 1}`;
    if (dice > 0.8 || which === undefined)
      return { kind: 'edit', labels, title, segments: [...segments, this.#newSegment(random)].slice(-40) };
    const others = segments.filter((segment) => segment !== which);
    if (dice > 0.75) {
      const gone = labels.map((value) => (value === which.value ? 0 : value));
      return { kind: 'edit', labels: gone, title, segments: others };
    }
    if (dice > 0.65) {
      const state = states[random.integer(0, 3)] ?? 'todo';
      const changed: Segment = { ...which, name: `renamed ${this.sequence}`, state, locked: !which.locked };
      return { kind: 'edit', labels, title, segments: segments.map((segment) => (segment === which ? changed : segment)) };
    }
    return { kind: 'edit', labels: this.#drawn(random, which.value), title, segments };
  }

  /** @param edit the name of the change */
  take(act: Act, edit: string): void {
    this.sequence++;
    this.#redo = act.kind === 'edit' ? [] : this.#redo;
    const strokes = act.kind === 'edit' && act.segments === this.#now.segments;
    this.#stroke = strokes ? edit : undefined;
    if (act.kind === 'edit' && act.joins !== undefined) {
      const before = this.#undo.at(-1);
      // A stroke that was given up leaves no step.
      const givenUp = before?.labels === act.labels;
      this.#now = givenUp ? (this.#undo.pop() ?? act) : { ...act, title: this.#now.title };
      if (givenUp) this.#stroke = undefined;
      return;
    }
    if (act.kind === 'edit') {
      this.#undo = [...this.#undo, this.#now].slice(-200);
      this.#now = act;
      return;
    }
    const [from, to] = act.kind === 'undo' ? [this.#undo, this.#redo] : [this.#redo, this.#undo];
    to.push(this.#now);
    this.#now = from.pop() ?? this.#now;
  }

  /** The stroke goes on, or is given up. */
  #piece(random: Random, joins: string): Act {
    const { segments } = this.#now;
    const before = this.#undo.at(-1);
    const givenUp = before !== undefined && random.next() < 0.15;
    const value = segments[random.integer(0, Math.max(0, segments.length - 1))]?.value ?? 1;
    return { kind: 'edit', labels: givenUp ? before.labels : this.#drawn(random, value), title: 'a piece', segments, joins };
  }

  #drawn(random: Random, value: number): Uint8Array {
    const { labels } = this.#now;
    const drawn = labels.slice();
    for (let stroke = 0; stroke < 30; stroke++) {
      const start = random.integer(0, labels.length - 41);
      drawn.fill(stroke % 5 === 0 ? 0 : value, start, start + random.integer(1, 40));
    }
    // Told apart from the state before in any case.
    drawn[0] = ((labels[0] ?? 0) + 1) % 256;
    return drawn;
  }

  #newSegment(random: Random): Segment {
    const taken = new Set(this.#now.segments.map(({ value }) => value));
    let value = 1;
    while (taken.has(value)) value++;
    return { value, name: `segment ${this.sequence}`, colour: colours[random.integer(0, 3)] ?? '#000000', state: 'todo', locked: false };
  }
}
