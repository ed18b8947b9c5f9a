import type { Host } from '../api/host.ts';
import { stillDiffers, type Difference, type Differences as Found } from '../../core/labelling/index.ts';
import type { Messages } from '../messages/index.ts';
import { indexIJK, indexToPoint, type PointLPS } from '../scene/index.ts';
import type { Labelling } from './labelling.svelte.ts';
import type { Proposals } from './proposals.svelte.ts';

/** What the tour of differences shares with its room. */
export interface TourRoom {
  readonly labelling: Labelling;
  readonly proposals: Proposals;
  readonly scan: () => string | undefined;
  readonly go: (point: PointLPS) => void;
  readonly words: () => Messages['assist'];
}

export type TourOrder = 'size' | 'entropy';

/** The islands where the layer that is drawn in and the one beside it differ, visited one after the other and decided. */
export class DifferenceTour {
  found = $state.raw<Found | null>(null);
  order = $state<TourOrder>('size');
  /** The island that was gone to. */
  current = $state.raw<Difference | null>(null);
  finding = $state(false);
  #kept: readonly Difference[] = [];
  /** The layer that was compared. */
  #of: string | undefined;
  readonly #host: Host;
  readonly #room: TourRoom;
  #aborter = new AbortController();

  constructor(host: Host, room: TourRoom) {
    this.#host = host;
    this.#room = room;
  }

  /** Number of the current island in the list, from 1; 0 before the first. */
  get place(): number {
    return this.current ? this.#sorted.indexOf(this.current) + 1 : 0;
  }

  /** Whether the islands can be sorted by the uncertainty of a model. */
  get hasEntropy(): boolean {
    return this.#room.proposals.other?.layer?.entropy === true;
  }

  close(): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.found = null;
    this.current = null;
    this.finding = false;
    this.#kept = [];
  }

  /** Compares both layers as they are now. */
  async find(): Promise<void> {
    const { labelling, proposals } = this.#room;
    const { labels, grid } = labelling;
    const { proposed, other } = proposals;
    const scan = this.#room.scan();
    this.close();
    if (!labels || !grid || !proposed || !other || scan === undefined) {
      labelling.say(this.#room.words().noOther);
      return;
    }
    const { signal } = this.#aborter;
    this.finding = true;
    try {
      const { layer } = other;
      const entropy = layer?.entropy ? new Uint8Array(await this.#host.entropy(scan, layer.id, labels.length, { signal })) : undefined;
      const result = await proposals.run({ kind: 'differences', labels, grid, proposed, entropy }, signal);
      if (signal.aborted || !result || !('differences' in result)) return;
      this.found = result.differences;
      this.#of = other.id;
    } catch (error) {
      if (!signal.aborted) labelling.say(labelling.why(error));
    } finally {
      if (!signal.aborted) this.finding = false;
    }
  }

  /** Goes to the next island that still differs and was not kept, or the one before; looks for them first where that was not done. */
  async step(by: 1 | -1): Promise<void> {
    const { proposals, labelling } = this.#room;
    if (this.finding) return;
    if (this.found === null || this.#of !== proposals.other?.id) await this.find();
    const { proposed } = proposals;
    const { labels, image } = labelling;
    if (this.found === null || !proposed || !labels || !image) return;
    const all = this.#sorted;
    const from = this.current ? all.indexOf(this.current) : by > 0 ? -1 : all.length;
    for (let n = 1; n <= all.length; n++) {
      const island = all[(from + by * n + 2 * all.length) % all.length];
      if (!island || this.#kept.includes(island) || !stillDiffers(labels, proposed, island.runs)) continue;
      this.current = island;
      this.#room.go(indexToPoint(image.geometry, indexIJK(...island.centre)));
      return;
    }
    this.current = null;
    labelling.say(this.#room.words().noDifference);
  }

  /** Here the other layer is right: one step, and on to the next. */
  async take(): Promise<void> {
    const { current } = this;
    if (!current) return;
    const title = this.#room.words().steps.difference(this.describe(current));
    if (this.#room.proposals.takeRuns(current.runs, title)) await this.step(1);
  }

  /** Here mine is right: on to the next. */
  async keep(): Promise<void> {
    const { current } = this;
    if (!current) return;
    this.#kept = [...this.#kept, current];
    await this.step(1);
  }

  /** The segments that a difference is between. */
  describe({ mine, theirs }: Pick<Difference, 'mine' | 'theirs'>): string {
    const { labelling, proposals } = this.#room;
    const nameOf = (value: number): string =>
      labelling.segments.find((segment) => segment.value === value)?.name ??
      proposals.items.find((item) => item.mine === value)?.segment.name ??
      String(value);
    return mine === 0 ? nameOf(theirs) : theirs === 0 ? nameOf(mine) : `${nameOf(mine)} → ${nameOf(theirs)}`;
  }

  get #sorted(): readonly Difference[] {
    const islands = this.found?.islands ?? [];
    if (this.order === 'size' || !this.hasEntropy) return islands;
    return [...islands].sort((a, b) => (b.entropy ?? 0) - (a.entropy ?? 0));
  }
}
