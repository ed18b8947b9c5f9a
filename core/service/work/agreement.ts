import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import { bootstrapMean, defaultTolerance } from '../../evaluation/index.ts';
import type { Workspace } from '../../workspace/index.ts';
import type { LayerSummary } from '../api/layers.ts';
import {
  scanAgreement,
  type AgreementListing,
  type AgreementMeans,
  type ConsensusRequest,
  type LayerNames,
  type OrganAgreement,
  type ScanAgreement,
} from '../api/work.ts';
import type { Engines } from '../engine/engines.ts';
import { notFound, type Library } from '../library/library.ts';
import { checkWritable } from '../writable.ts';

/** What was computed, and of which state of the two layers. */
const keptAgreement = z.object({ changed: z.tuple([z.number(), z.number()]), agreement: scanAgreement });
type Kept = z.infer<typeof keptAgreement>;
type Score = 'dice' | 'surfaceDice' | 'hd95' | 'volumeDifference';
/** Enough for two digits of an interval. */
const RESAMPLES = 2000;

/** How far readers agree: two layers of a scan, and layers of two names over all scans. Numbers are kept in the cache. */
export class Agreements {
  readonly #workspace: Workspace;
  readonly #library: Library;
  readonly #engines: Engines;
  readonly #known = new Map<string, Kept>();

  constructor(workspace: Workspace, library: Library, engines: Engines) {
    this.#workspace = workspace;
    this.#library = library;
    this.#engines = engines;
  }

  /** Names that layers have, those on most scans first. */
  async names(): Promise<LayerNames> {
    const scans = new Map<string, number>();
    for (const layers of await this.#layersOfAll())
      for (const name of new Set(layers.map((layer) => layer.name))) scans.set(name, (scans.get(name) ?? 0) + 1);
    return [...scans].map(([name, count]) => ({ name, scans: count })).sort((a, b) => b.scans - a.scans || a.name.localeCompare(b.name));
  }

  /** Computes how far two layers of a scan agree, unless that is known. @throws TesseraError `not-found`, `bad-file`, `cancelled` */
  async compare(scan: string, first: string, second: string, signal: AbortSignal): Promise<ScanAgreement> {
    const layers = await this.#library.layers(scan);
    const [one, other] = [first, second].map((id) => {
      const layer = layers.find((each) => each.id === id);
      if (!layer || layer.growing === true) throw notFound('layer', id);
      return layer;
    }) as [LayerSummary, LayerSummary];
    const known = await this.#find(one, other);
    if (known) return known;
    const agreement = await this.#engines.ask('agreement', { scan, first, second, tolerance: defaultTolerance }, { signal });
    await this.#keep(one, other, { changed: [one.changed, other.changed], agreement });
    return agreement;
  }

  /** What is known of layers of two names on all scans; of several of one name on a scan, the one that changed last. */
  async overall(first: string, second: string): Promise<AgreementListing> {
    const pairs: AgreementListing['pairs'] = [];
    for (const { scan, layers } of await this.#scansWithLayers()) {
      const [one, other] = [latest(layers, first), latest(layers, second)];
      if (!one || !other || one.id === other.id) continue;
      pairs.push({ scan, first: one.id, second: other.id, agreement: (await this.#find(one, other)) ?? null });
    }
    return { tolerance: defaultTolerance, pairs, organs: meansOf(pairs.flatMap(({ agreement }) => agreement ?? [])) };
  }

  /** Makes a layer of what several say. @throws TesseraError `not-found`, `grid-mismatch`, `read-only`, `write-failed` */
  async consensus(scan: string, { layers, method, name }: ConsensusRequest, signal: AbortSignal): Promise<LayerSummary> {
    checkWritable(this.#workspace);
    const known = await this.#library.layers(scan);
    const missing = layers.find((id) => !known.some((layer) => layer.id === id && layer.growing !== true));
    if (missing !== undefined) throw notFound('layer', missing);
    const { layer } = await this.#engines.ask('consensus', { scan, layers, method, name }, { signal });
    this.#library.layersChanged(scan);
    const made = (await this.#library.layers(scan)).find(({ id }) => id === layer);
    if (!made) throw new TesseraError('not-found', 'The layer was removed at once.', { subject: layer, advice: 'Repeat it.' });
    return made;
  }

  async #layersOfAll(): Promise<LayerSummary[][]> {
    return (await this.#scansWithLayers()).map(({ layers }) => layers);
  }

  async #scansWithLayers(): Promise<{ scan: string; layers: LayerSummary[] }[]> {
    const { found } = await this.#library.present();
    return Promise.all(
      found.map(async ({ id }) => ({ scan: id, layers: (await this.#library.layers(id)).filter(({ growing }) => growing !== true) })),
    );
  }

  async #find(one: LayerSummary, other: LayerSummary): Promise<ScanAgreement | undefined> {
    const key = `${one.id}-${other.id}`;
    const kept = this.#known.get(key) ?? (await this.#read(key));
    if (kept === undefined) return undefined;
    this.#known.set(key, kept);
    return kept.changed[0] === one.changed && kept.changed[1] === other.changed ? kept.agreement : undefined;
  }

  async #read(key: string): Promise<Kept | undefined> {
    try {
      return keptAgreement.parse(JSON.parse(await readFile(this.#path(key), 'utf8')));
    } catch {
      // Not there, or of another version: it is computed again.
      return undefined;
    }
  }

  async #keep(one: LayerSummary, other: LayerSummary, kept: Kept): Promise<void> {
    const key = `${one.id}-${other.id}`;
    this.#known.set(key, kept);
    // A cache that cannot be written costs time only.
    if (this.#workspace.access.mode === 'write') await writeFileAtomic(this.#path(key), JSON.stringify(kept)).catch(() => undefined);
  }

  #path(key: string): string {
    return join(this.#workspace.cachePath, 'agreement', `${key}.json`);
  }
}

function latest(layers: readonly LayerSummary[], name: string): LayerSummary | undefined {
  return layers.filter((layer) => layer.name === name).sort((a, b) => b.changed - a.changed)[0];
}

function meansOf(scans: readonly ScanAgreement[]): AgreementListing['organs'] {
  const names = [...new Set(scans.flatMap(({ organs }) => organs.map(({ name }) => name)))];
  const organ = (name: string): (OrganAgreement | undefined)[] => scans.map(({ organs }) => organs.find((each) => each.name === name));
  const means = (values: (score: Score) => (number | null | undefined)[]): AgreementMeans => ({
    dice: meanOf(values('dice')),
    surfaceDice: meanOf(values('surfaceDice')),
    hd95: meanOf(values('hd95')),
    volumeDifference: meanOf(values('volumeDifference')),
  });
  const ofScan = (score: Score) => scans.map(({ organs }) => plainMean(organs.map((each) => each[score])));
  return [
    { name: null, ...means(ofScan) },
    ...names.map((name) => ({ name, ...means((score) => organ(name).map((each) => each?.[score])) })),
  ];
}

function plainMean(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((a, b) => a + b, 0) / defined.length;
}

function meanOf(values: readonly (number | null | undefined)[]): AgreementMeans['dice'] {
  const { mean, low, high, count } = bootstrapMean(
    values.map((value) => value ?? NaN),
    { resamples: RESAMPLES },
  );
  return { count, mean: numberOrNull(mean), low: numberOrNull(low), high: numberOrNull(high) };
}

const numberOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
