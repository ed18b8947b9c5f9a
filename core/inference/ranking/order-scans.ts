import { distancesTo, standardised } from './embeddings.ts';

/** What was measured of a scan; what could not be, is missing. */
export interface MeasuredScan {
  readonly scan: string;
  /** Mean normalised entropy of what a model draws, 0 to 1. */
  readonly uncertainty?: number;
  /** Mean squared error of what the encoder paints into hidden patches. */
  readonly error?: number;
  /** Mean feature of its patches. */
  readonly embedding?: Float32Array;
}

export type RankingPart = 'uncertainty' | 'distance' | 'error';
export const rankingParts = ['uncertainty', 'distance', 'error'] as const satisfies readonly RankingPart[];
export type RankingWeights = Readonly<Record<RankingPart, number>>;

/** A scan is labelled for what its labels teach; that the encoder cannot paint it is a hint that it is odd, and may be for no good reason. */
export const usualWeights: RankingWeights = { uncertainty: 1, distance: 1, error: 0.5 };

export interface RankedScan {
  readonly scan: string;
  /** Weighted mean of the shares, 0 to 1: the higher, the sooner. */
  readonly score: number;
  /**
   * As measured. `distance`: to the nearest scan that is labelled or stands before it, in standard deviations of the embedding; where there is
   * neither, to the mean of all.
   */
  readonly parts: Partial<Record<RankingPart, number>>;
  /** Each part among the scans to choose from: 0 for the least reason to label it, 1 for the most. */
  readonly shares: Partial<Record<RankingPart, number>>;
  readonly reason: RankingReason;
}

/** Why a scan stands where it does: the part that speaks for it most. `typical`: the first of all, for it stands for most of the others. */
export type RankingReason = 'uncertain' | 'different' | 'unusual' | 'typical' | 'unmeasured';
const reasonOfPart = { uncertainty: 'uncertain', distance: 'different', error: 'unusual' } as const satisfies Record<
  RankingPart,
  RankingReason
>;

/** So many are chosen one after the other, each with a look at those before it; the others follow by what speaks for them then. */
const MOST_CHOSEN = 200;

/**
 * In which order unlabelled scans are worth labelling: those that the model is unsure of, that are unlike the labelled ones and unlike those
 * chosen before (greedy k-centre, Sener and Savarese, arXiv:1708.00489), and that the encoder finds unusual. The same scans give the same
 * order, however they are sorted.
 * @param labelled embeddings of the scans that are labelled
 */
export function orderScans(
  unlabelled: readonly MeasuredScan[],
  labelled: readonly Float32Array[],
  weights: RankingWeights = usualWeights,
): RankedScan[] {
  const scans = [...unlabelled].sort((a, b) => (a.scan < b.scan ? -1 : a.scan > b.scan ? 1 : 0));
  const fixed = {
    uncertainty: sharesOf(scans.map(({ uncertainty }) => uncertainty)),
    error: sharesOf(scans.map(({ error }) => error)),
  };
  const distances = new Distances(scans, labelled);
  const left = new Set(scans.keys());
  const ranked: RankedScan[] = [];
  const rankOf = (at: number): RankedScan => {
    const { scan, uncertainty, error } = scans[at] as MeasuredScan;
    const shares = defined({ uncertainty: fixed.uncertainty[at], distance: distances.share(at), error: fixed.error[at] });
    const parts = defined({ uncertainty, distance: distances.of(at), error });
    return { scan, score: meanOf(shares, weights), parts, shares, reason: reasonOf(shares, weights, distances.toMean) };
  };
  while (left.size > 0 && ranked.length < MOST_CHOSEN) {
    let best: { readonly at: number; readonly rank: RankedScan } | undefined;
    for (const at of left) {
      const rank = rankOf(at);
      if (best === undefined || rank.score > best.rank.score) best = { at, rank };
    }
    if (best === undefined) break;
    left.delete(best.at);
    ranked.push(best.rank);
    distances.choose(best.at);
  }
  const rest = [...left].map(rankOf).sort((a, b) => b.score - a.score);
  return [...ranked, ...rest];
}

/** How far each scan is from what is labelled or chosen. While nothing is, the scan nearest to the mean of all comes first. */
class Distances {
  readonly #places: readonly (Float32Array | undefined)[];
  #nearest: Float64Array;
  #largest: number;
  toMean: boolean;

  constructor(scans: readonly MeasuredScan[], labelled: readonly Float32Array[]) {
    const { points, others, mean } = standardised(
      scans.map(({ embedding }) => embedding),
      labelled,
    );
    this.#places = points;
    this.toMean = others.length === 0;
    this.#nearest = distancesTo(points, this.toMean ? [mean] : others);
    this.#largest = largest(this.#nearest);
  }

  of(at: number): number | undefined {
    return this.#places[at] === undefined ? undefined : this.#nearest[at];
  }

  share(at: number): number | undefined {
    const distance = this.of(at);
    if (distance === undefined) return undefined;
    const share = this.#largest > 0 ? distance / this.#largest : 0;
    return this.toMean ? 1 - share : share;
  }

  choose(at: number): void {
    const place = this.#places[at];
    if (place === undefined) return;
    const toIt = distancesTo(this.#places, [place]);
    if (this.toMean) {
      this.toMean = false;
      this.#nearest = toIt;
      this.#largest = largest(toIt);
    } else this.#nearest = this.#nearest.map((distance, n) => Math.min(distance, toIt[n] as number));
  }
}

/** The share of the others that a number is above; equal ones share their places. */
function sharesOf(numbers: readonly (number | undefined)[]): (number | undefined)[] {
  const sorted = numbers.filter((n) => n !== undefined).sort((a, b) => a - b);
  return numbers.map((n) => {
    if (n === undefined) return undefined;
    if (sorted.length === 1) return 1;
    return (sorted.indexOf(n) + sorted.lastIndexOf(n)) / 2 / (sorted.length - 1);
  });
}

function meanOf(shares: RankedScan['shares'], weights: RankingWeights): number {
  let [sum, total] = [0, 0];
  for (const part of rankingParts) {
    const share = shares[part];
    if (share === undefined) continue;
    sum += weights[part] * share;
    total += weights[part];
  }
  return total > 0 ? sum / total : 0;
}

function reasonOf(shares: RankedScan['shares'], weights: RankingWeights, toMean: boolean): RankingReason {
  let best: { readonly part: RankingPart; readonly weighed: number } | undefined;
  for (const part of rankingParts) {
    const share = shares[part];
    if (share === undefined || weights[part] === 0) continue;
    const weighed = weights[part] * share;
    if (best === undefined || weighed > best.weighed) best = { part, weighed };
  }
  if (best === undefined) return 'unmeasured';
  return best.part === 'distance' && toMean ? 'typical' : reasonOfPart[best.part];
}

function defined(parts: Readonly<Record<RankingPart, number | undefined>>): Partial<Record<RankingPart, number>> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function largest(numbers: Float64Array): number {
  return numbers.reduce((most, n) => (Number.isFinite(n) && n > most ? n : most), 0);
}
