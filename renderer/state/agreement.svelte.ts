import { isAbort } from '../api/errors.ts';
import type { AgreementListing, LayerNames, ScanAgreement } from '../api/types.ts';
import type { WorkHost } from '../api/work.ts';

/** A scan with how far its two readers agree, of all organs or of one. */
export interface AgreementRow {
  readonly scan: string;
  readonly first: string;
  readonly second: string;
  /** Null while it is not computed, or where neither has drawn the organ. */
  readonly scores: Scores | null;
}

export interface Scores {
  readonly dice: number | null;
  readonly surfaceDice: number | null;
  readonly hd95: number | null;
  readonly volumeDifference: number | null;
}

/** How far layers of two names agree over all scans. */
export class Agreement {
  names = $state.raw<LayerNames>([]);
  first = $state('');
  second = $state('');
  /** '' means over all organs of a scan. */
  organ = $state('');
  listing = $state.raw<AgreementListing | null>(null);
  /** Scans that are computed, of those that are to be; null when nothing is computed. */
  progress = $state.raw<{ readonly done: number; readonly of: number } | null>(null);
  /** The worst first; what is not computed last. */
  readonly rows = $derived(agreementRows(this.listing, this.organ));
  readonly missing = $derived(this.listing?.pairs.filter(({ agreement }) => agreement === null).length ?? 0);
  readonly #host: WorkHost;
  #aborter = new AbortController();

  constructor(host: WorkHost) {
    this.#host = host;
  }

  /** Reads which names there are; begins with the two on most scans. */
  async refresh(): Promise<void> {
    this.names = await this.#host.layerNames();
    const known = (name: string): boolean => this.names.some((one) => one.name === name);
    if (!known(this.first)) this.first = this.names[0]?.name ?? '';
    if (!known(this.second) || this.second === this.first) this.second = this.names.find(({ name }) => name !== this.first)?.name ?? '';
    await this.show();
  }

  async choose(first: string, second: string): Promise<void> {
    this.stop();
    this.first = first;
    this.second = second;
    this.listing = null;
    await this.show();
  }

  /** Reads what is computed. */
  async show(): Promise<void> {
    const { first, second } = this;
    const listing = first === '' || second === '' || first === second ? null : await this.#host.agreement(first, second);
    if (first !== this.first || second !== this.second) return;
    this.listing = listing;
    if (this.organ !== '' && !listing?.organs.some(({ name }) => name === this.organ)) this.organ = '';
  }

  /** Computes what is missing, one scan after another. */
  async compute(): Promise<void> {
    const missing = this.listing?.pairs.filter(({ agreement }) => agreement === null) ?? [];
    if (missing.length === 0 || this.progress !== null) return;
    const { signal } = (this.#aborter = new AbortController());
    this.progress = { done: 0, of: missing.length };
    try {
      for (const [at, { scan, first, second }] of missing.entries()) {
        await this.#host.compare(scan, first, second, { signal });
        if (!signal.aborted) this.progress = { done: at + 1, of: missing.length };
      }
    } catch (error) {
      if (!isAbort(error)) throw error;
    } finally {
      if (this.#aborter.signal === signal) {
        this.progress = null;
        await this.show();
      }
    }
  }

  /** What is computed already stays. */
  stop(): void {
    this.#aborter.abort();
  }
}

/** The worst first, by Dice; then those where nothing is known. */
export function agreementRows(listing: AgreementListing | null, organ: string): AgreementRow[] {
  const rows = (listing?.pairs ?? []).map(({ agreement, ...pair }) => ({ ...pair, scores: agreement && scoresOf(agreement, organ) }));
  const order = ({ scores }: AgreementRow): number => scores?.dice ?? Infinity;
  return rows.sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)));
}

function scoresOf({ organs }: ScanAgreement, organ: string): Scores | null {
  const of = organs.filter(({ name, dice }) => dice !== null && (organ === '' || name === organ));
  if (of.length === 0) return null;
  const mean = (key: keyof Scores): number | null => {
    const values = of.flatMap((each) => each[key] ?? []);
    return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
  };
  return { dice: mean('dice'), surfaceDice: mean('surfaceDice'), hd95: mean('hd95'), volumeDifference: mean('volumeDifference') };
}
