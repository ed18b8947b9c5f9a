import type { Host } from '../api/host.ts';
import type { LabelVersion, LayerSummary, Segment } from '../api/types.ts';
import {
  acceptProposed,
  fitsDelta,
  inverseDelta,
  islandRuns,
  matchSegments,
  SegmentVolumes,
  type Acceptance,
  type LabelArray,
  type LabelDelta,
  type Proposed,
  type SegmentMatch,
} from '../../core/labelling/index.ts';
import type { Messages } from '../messages/index.ts';
import { pointToIndex, type PointLPS } from '../scene/index.ts';
import { assistInWorker, type RunAssist } from './assist-work.ts';
import type { SegmentsChange } from './label-edits.ts';
import type { Labelling } from './labelling.svelte.ts';
import type { Organs } from './organs.svelte.ts';
import { readLayer, readVersion, removeVoxels, setHidden, type OtherLayer } from './other-layer.ts';
import { ProposalBrush, type PaintedProposal } from './proposal-brush.ts';
import { adding, onlyValue, paints, sameNumbers } from './proposal-parts.ts';
import { Rejections } from './rejections.svelte.ts';
import { lockedOf } from './segments.ts';

/** What proposals share with the room they are looked at in. */
export interface ProposalRoom {
  readonly labelling: Labelling;
  readonly organs: Organs;
  readonly scan: () => string | undefined;
  readonly words: () => Messages['assist'];
}

/** How the other layer is shown over mine. */
export type OtherShown = 'outline' | 'differences' | 'none';

/** `accept`: my organ becomes the proposed one. `merge`: it only gains. */
export type Taking = 'accept' | 'merge';

/** A segment of the other layer. */
export interface ProposedOrgan {
  readonly segment: Segment;
  /** Its number in my layer. */
  readonly mine: number | undefined;
  readonly rejected: boolean;
  readonly millilitres: number;
}

const MOST_TRIES = 3;

/** Another layer, most often what a model proposes, beside the one that is drawn in: accepted, merged or rejected piece by piece. */
export class Proposals {
  other = $state.raw<OtherLayer | null>(null);
  shown = $state<OtherShown>('outline');
  /** Also over what is drawn. */
  over = $state<Acceptance['over']>('background');
  loading = $state(false);
  /** What runs in a worker. */
  running = $state<string | null>(null);
  versions = $state.raw<readonly LabelVersion[]>([]);
  readonly run: RunAssist;
  /** Accepts what is under it. */
  readonly brush: ProposalBrush;
  readonly #host: Host;
  readonly #room: ProposalRoom;
  readonly #client = crypto.randomUUID();
  readonly #rejections: Rejections;
  /** Not reactive: kept of what they were made of. */
  #matched: { readonly other: OtherLayer; readonly segments: readonly Segment[]; readonly match: SegmentMatch<Segment> } | undefined;
  #counted: { readonly labels: LabelArray; readonly volumes: SegmentVolumes } | undefined;
  #working = new AbortController();

  constructor(host: Host, room: ProposalRoom, run: RunAssist = assistInWorker) {
    this.#host = host;
    this.#room = room;
    this.run = run;
    this.#rejections = new Rejections(room.labelling);
    this.brush = new ProposalBrush(room.labelling, room.words, () => this.#painted());
  }

  /** Layers that mine can be compared with. */
  get choices(): readonly LayerSummary[] {
    const { organs, labelling } = this.#room;
    return organs.layers.filter(({ id, growing }) => id !== labelling.layer?.id && growing !== true);
  }

  /** What the other layer proposes for mine; rejected segments are no part of it. */
  get proposed(): Proposed | undefined {
    const match = this.#match;
    return this.other && match ? { labels: this.other.labels, values: match.values } : undefined;
  }

  get items(): readonly ProposedOrgan[] {
    const match = this.#match;
    return (this.other?.segments ?? []).map((segment) => ({
      segment,
      mine: match?.values.get(segment.value),
      rejected: segment.hidden === true,
      millilitres: this.#millilitres(segment.value),
    }));
  }

  /** Only what a model drew is rejected. */
  get canReject(): boolean {
    return this.other?.layer?.kind === 'proposal';
  }

  /** Undo means the last rejection. */
  get canTakeBack(): boolean {
    return this.#rejections.canTakeBack;
  }

  /** Takes the first proposal, where nothing was chosen or what was chosen is gone; reads which versions there are. */
  async attend(): Promise<void> {
    const scan = this.#room.scan();
    const { layer } = this.#room.labelling;
    if (scan === undefined || !layer) {
      this.close();
      return;
    }
    this.versions = await this.#host.versions(scan, layer.id);
    const { other, choices, versions } = this;
    const there = other && [...choices, ...versions].some(({ id }) => id === other.id);
    if (there !== true) await this.choose(choices.find(({ kind }) => kind === 'proposal')?.id ?? null);
  }

  /** @param id of a layer or of a version of mine */
  async choose(id: string | null): Promise<void> {
    this.close();
    const scan = this.#room.scan();
    const { labelling, organs } = this.#room;
    const layer = this.choices.find((choice) => choice.id === id);
    const version = this.versions.find((kept) => kept.id === id);
    if (scan === undefined || (!layer && !(version && labelling.layer))) return;
    const { signal } = this.#working;
    this.loading = true;
    try {
      const other = layer
        ? await readLayer(this.#host, scan, layer)
        : version && labelling.layer && (await readVersion(this.#host, scan, labelling.layer, version, labelling.segments));
      if (signal.aborted || !other) return;
      this.other = other;
      organs.lend(other.layer ?? null);
    } finally {
      if (!signal.aborted) this.loading = false;
    }
  }

  close(): void {
    this.brush.cancel();
    this.#working.abort();
    this.#working = new AbortController();
    this.other = null;
    this.loading = false;
    this.running = null;
    this.#rejections.forget();
    this.#room.organs.lend(null);
  }

  /** The other layer was changed, here or elsewhere. */
  async edited(layer: string, client: string): Promise<void> {
    if (layer !== this.other?.id || client === this.#client) return;
    const { shown } = this;
    await this.choose(layer);
    this.shown = shown;
  }

  /** An organ of the proposal, or all that were not rejected. */
  async take(how: Taking, organ?: Segment): Promise<void> {
    const { other, proposed } = this;
    const { labelling } = this.#room;
    if (!other || !proposed) return;
    const name = organ?.name ?? other.name;
    const mine = organ && proposed.values.get(organ.value);
    if (organ && mine === undefined) {
      labelling.say(this.#words.noRoom(name));
      return;
    }
    await this.#work(this.#words.steps[how](name), organ ? onlyValue(proposed, organ.value) : proposed, how === 'accept');
  }

  /** The island of the proposal at a point. */
  takeIsland(point: PointLPS): void {
    const { proposed } = this;
    const found = this.#island(point);
    const { labelling } = this.#room;
    const { labels, grid } = labelling;
    if (!proposed || !found || !labels || !grid) return;
    labelling.try(() => {
      const delta = acceptProposed(labels, grid, proposed, this.#acceptance(false), found.runs);
      labelling.make(this.#words.steps.island(found.name), delta, this.#fresh(delta));
    });
  }

  /** Hides an organ of the proposal, which the proposal remembers. */
  async reject(organ: Segment): Promise<void> {
    await this.#reject(
      (other) => this.#hide(other, organ, true),
      (other) => this.#hide(other, organ, false),
    );
  }

  async showAgain(organ: Segment): Promise<void> {
    if (this.other) this.other = await this.#hide(this.other, organ, false);
  }

  /** Takes the island at a point out of the proposal. */
  async rejectIsland(point: PointLPS): Promise<void> {
    const found = this.#island(point);
    if (!found) return;
    if (!this.canReject) {
      this.#room.labelling.say(this.#words.noReject);
      return;
    }
    const runs = new Uint32Array(found.runs.length * 2);
    for (let r = 0; r < found.runs.length; r += 2) runs.set([found.runs[r] as number, found.runs[r + 1] as number, found.value, 0], r * 2);
    const remove = (delta: LabelDelta) => (other: OtherLayer) =>
      removeVoxels(this.#host, this.#scan, this.#client, other, delta, this.#words.steps.reject(found.name));
    await this.#reject(remove({ runs }), remove(inverseDelta({ runs })));
  }

  /** Takes the last rejection back. */
  takeBack(): Promise<void> {
    return this.#rejections.takeBack();
  }

  /** Adds the segments of the proposal that a change paints and my table has not yet. */
  #fresh(delta: LabelDelta): SegmentsChange | undefined {
    const fresh = (this.#match?.fresh ?? []).filter(({ value }) => paints(delta, value));
    return fresh.length === 0 ? undefined : adding(fresh);
  }

  /** The voxels of an island of differences become as proposed. @returns whether they did */
  takeRuns(runs: Uint32Array, title: string): boolean {
    const { proposed } = this;
    const { labelling } = this.#room;
    const { labels, grid } = labelling;
    if (!proposed || !labels || !grid) return false;
    let taken = false;
    labelling.try(() => {
      const wholly = { over: 'everything', locked: lockedOf(labelling.segments), replace: true } as const;
      const delta = acceptProposed(labels, grid, proposed, wholly, runs);
      taken = labelling.make(title, delta, this.#fresh(delta));
    });
    return taken;
  }

  get #words(): Messages['assist'] {
    return this.#room.words();
  }

  get #scan(): string {
    return this.#room.scan() ?? '';
  }

  /** What a stroke takes its voxels from. */
  #painted(): PaintedProposal | undefined {
    const { other, proposed } = this;
    const missing = this.#match?.fresh ?? [];
    if (!other || !proposed) return undefined;
    return { name: other.name, proposed, acceptance: this.#acceptance(true), missing: missing.length > 0 ? adding(missing) : undefined };
  }

  #acceptance(replace: boolean): Acceptance {
    return { over: this.over, locked: lockedOf(this.#room.labelling.segments), replace };
  }

  get #match(): SegmentMatch<Segment> | undefined {
    const { other } = this;
    const { segments: mine, labels } = this.#room.labelling;
    if (!other) return undefined;
    if (this.#matched?.other !== other || this.#matched.segments !== mine) {
      const segments = other.segments.filter(({ hidden }) => hidden !== true);
      // A version of mine has my numbers.
      const match = other.layer ? matchSegments(mine, segments, labels instanceof Uint16Array ? 65535 : 255) : sameNumbers(segments);
      this.#matched = { other, segments: mine, match };
    }
    return this.#matched.match;
  }

  #millilitres(value: number): number {
    const { other } = this;
    const { grid } = this.#room.labelling;
    if (!other || !grid) return 0;
    if (this.#counted?.labels !== other.labels) this.#counted = { labels: other.labels, volumes: new SegmentVolumes(other.labels, grid) };
    return this.#counted.volumes.millilitres(value);
  }

  #island(point: PointLPS): { readonly value: number; readonly name: string; readonly runs: Uint32Array } | undefined {
    const { other, proposed } = this;
    const { labelling } = this.#room;
    const { grid, image } = labelling;
    if (!other || !proposed || !grid || !image) {
      labelling.say(this.#words.noOther);
      return undefined;
    }
    let found: ReturnType<typeof islandRuns>;
    labelling.try(() => (found = islandRuns(other.labels, grid, pointToIndex(image.geometry, point))));
    const segment = other.segments.find(({ value }) => value === found?.value);
    if (found && segment && proposed.values.has(found.value)) return { ...found, name: segment.name };
    labelling.say(this.#words.nothingProposed);
    return undefined;
  }

  /** Accepts in a worker; begun anew where somebody draws meanwhile. */
  async #work(title: string, proposed: Proposed, replace: boolean): Promise<void> {
    const { labelling } = this.#room;
    if (this.running !== null) {
      labelling.say(labelling.words.busy);
      return;
    }
    const { signal } = this.#working;
    this.running = title;
    try {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const { labels, grid } = labelling;
        if (!labels || !grid) return;
        const result = await this.run({ kind: 'accept', labels, grid, proposed, acceptance: this.#acceptance(replace) }, signal);
        if (!result || !('delta' in result) || labelling.labels !== labels) return;
        if (tries < MOST_TRIES - 1 && !fitsDelta(labels, result.delta)) continue;
        labelling.make(title, result.delta, this.#fresh(result.delta));
        return;
      }
    } catch (error) {
      labelling.say(labelling.why(error));
    } finally {
      if (!signal.aborted) this.running = null;
    }
  }

  #hide(other: OtherLayer, { value, name }: Segment, hidden: boolean): Promise<OtherLayer> {
    const title = hidden ? this.#words.steps.reject(name) : this.#words.steps.showAgain(name);
    return setHidden(this.#host, this.#scan, this.#client, other, value, hidden, title);
  }

  async #reject(act: (other: OtherLayer) => Promise<OtherLayer>, undo: (other: OtherLayer) => Promise<OtherLayer>): Promise<void> {
    if (!this.other) return;
    this.other = await act(this.other);
    this.#rejections.add(async () => {
      if (this.other) this.other = await undo(this.other);
    });
  }
}
