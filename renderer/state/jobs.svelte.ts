import type { Host } from '../api/host.ts';
import type { Job, NewJob } from '../api/types.ts';

const ENDED: readonly Job['state'][] = ['done', 'failed', 'cancelled'];

export function hasEnded(job: Job): boolean {
  return ENDED.includes(job.state);
}

/** The host's queue as far as it was told. */
export class Jobs {
  items = $state.raw<readonly Job[]>([]);
  readonly #host: Host;
  readonly #ended: (job: Job) => void;

  /** @param ended told once when a job that this page saw going ends */
  constructor(host: Host, ended: (job: Job) => void) {
    this.#host = host;
    this.#ended = ended;
  }

  /** Those that still go on or wait, the running ones first. */
  get active(): readonly Job[] {
    const rank = { running: 0, paused: 1, queued: 2 } as Record<string, number>;
    return this.items.filter((job) => !hasEnded(job)).sort((a, b) => (rank[a.state] ?? 3) - (rank[b.state] ?? 3));
  }

  async refresh(): Promise<void> {
    this.items = await this.#host.jobs();
  }

  async start(job: NewJob): Promise<Job> {
    const started = await this.#host.start(job);
    this.apply(started);
    return started;
  }

  async steer(id: string, how: 'pause' | 'resume' | 'cancel'): Promise<void> {
    this.apply(await this.#host.steer(id, how));
  }

  /** Lets one that waits have its turn sooner or later. */
  async move(id: string, by: 'up' | 'down'): Promise<void> {
    this.order((await this.#host.moveJob(id, by)).map((job) => job.id));
  }

  /** Takes the order alone: what is known of the jobs may be newer than what told it. */
  order(ids: readonly string[]): void {
    const placeOf = ({ id }: Job): number => (ids.includes(id) ? ids.indexOf(id) : ids.length);
    this.items = [...this.items].sort((a, b) => placeOf(a) - placeOf(b));
  }

  /** Takes the news of one job. */
  apply(job: Job): void {
    const before = this.items.find((other) => other.id === job.id);
    // An answer may arrive after the event that outdates it.
    if (before && hasEnded(before)) return;
    this.items = before ? this.items.map((other) => (other.id === job.id ? job : other)) : [...this.items, job];
    if (hasEnded(job)) this.#ended(job);
  }
}
