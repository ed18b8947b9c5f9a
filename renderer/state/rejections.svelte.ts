import type { Labelling } from './labelling.svelte.ts';

interface Rejection {
  readonly undo: () => Promise<void>;
  /** How far my layer had come: undo means this rejection only as long as nothing else was done. */
  readonly counted: number;
  readonly undoTitle: string | null;
}

/** What was rejected of a proposal, to be taken back in turn. */
export class Rejections {
  readonly #labelling: Labelling;
  #made = $state.raw<readonly Rejection[]>([]);

  constructor(labelling: Labelling) {
    this.#labelling = labelling;
  }

  /** Undo means the last rejection: nothing was done to my layer since. */
  get canTakeBack(): boolean {
    const last = this.#made.at(-1);
    const { counted, undoTitle } = this.#labelling;
    return last !== undefined && last.counted === counted && last.undoTitle === undoTitle;
  }

  add(undo: () => Promise<void>): void {
    const { counted, undoTitle } = this.#labelling;
    this.#made = [...this.#made, { counted, undoTitle, undo }];
  }

  async takeBack(): Promise<void> {
    const last = this.#made.at(-1);
    this.#made = this.#made.slice(0, -1);
    await last?.undo();
  }

  forget(): void {
    this.#made = [];
  }
}
