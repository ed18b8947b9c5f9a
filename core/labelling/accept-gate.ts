import type { LabelArray } from './label-delta.ts';
import { ToolRefusal, type Refusal } from './refusal.ts';
import { checkGrid, type Grid } from './rules.ts';

/** What another layer on the same grid proposes for this one. */
export interface Proposed {
  readonly labels: LabelArray;
  /** For its values the segments here that they stand for. Those that are not named count as background. */
  readonly values: ReadonlyMap<number, number>;
}

/** What may change when a proposal is accepted. */
export interface Acceptance {
  /** `background`: only what nobody has drawn. `everything`: also over segments here. */
  readonly over: 'background' | 'everything';
  readonly locked: ReadonlySet<number>;
  /** The segments become what is proposed: what they have beside it goes, where `over` is everything. Otherwise they only gain. */
  readonly replace: boolean;
}

/** Whether a proposal may be taken over, asked voxel by voxel. It remembers why voxels were left alone. */
export class AcceptGate {
  readonly #labels: LabelArray;
  readonly #theirs: LabelArray;
  readonly #wanted: Uint16Array;
  readonly #targets: Uint8Array;
  readonly #barred: Uint8Array;
  readonly #over: Acceptance['over'];
  readonly #replace: boolean;
  #locked = 0;
  #kept = 0;
  #given = 0;

  /** @throws TesseraError `bad-labels` when the layers do not fit */
  constructor(labels: LabelArray, grid: Grid, proposed: Proposed, { over, locked, replace }: Acceptance) {
    checkGrid(labels, grid);
    checkGrid(proposed.labels, grid);
    [this.#labels, this.#theirs, this.#over, this.#replace] = [labels, proposed.labels, over, replace];
    this.#wanted = wantedValues(labels, proposed);
    this.#targets = valueSet(proposed.values.values());
    this.#barred = valueSet(locked);
  }

  /** What a voxel becomes; undefined where it stays. */
  wanted(voxel: number): number | undefined {
    const present = this.#labels[voxel] as number;
    const want = this.#wanted[this.#theirs[voxel] as number] as number;
    if (want === present) return undefined;
    if (want === 0 && (!this.#replace || this.#targets[present] === 0)) return undefined;
    if (this.#barred[present] === 1 || this.#barred[want] === 1) this.#locked++;
    else if (present !== 0 && this.#over === 'background') this.#kept++;
    else {
      this.#given++;
      return want;
    }
    return undefined;
  }

  /** Why no voxel that was asked about changes; undefined when some do. */
  whyNothing(): Refusal | undefined {
    if (this.#given > 0) return undefined;
    if (this.#kept > 0 && this.#kept >= this.#locked) return { code: 'drawnDifferently' };
    return { code: this.#locked > 0 ? 'allLocked' : 'nothingNew' };
  }

  /** @throws TesseraError `bad-labels` that says why, when no voxel asked about changes */
  checkAccepted(): void {
    const why = this.whyNothing();
    if (why !== undefined) throw new ToolRefusal(why);
  }
}

/** What each value of a proposal becomes here; 0 where it is background or left aside. @throws TesseraError `bad-labels` for a number too large */
export function wantedValues(labels: LabelArray, { values }: Proposed): Uint16Array {
  const largest = labels instanceof Uint8Array ? 255 : 65535;
  const wanted = new Uint16Array(65536);
  for (const [theirs, mine] of values) {
    if (mine > largest) throw new ToolRefusal({ code: 'numberTooLarge', value: mine, largest });
    wanted[theirs] = mine;
  }
  return wanted;
}

/** 1 for each of some values. */
export function valueSet(values: Iterable<number>): Uint8Array {
  const set = new Uint8Array(65536);
  for (const value of values) set[value] = 1;
  return set;
}
