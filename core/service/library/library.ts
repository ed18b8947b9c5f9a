import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTesseraError, TesseraError } from '../../base/errors.ts';
import { hasBeenEdited, type LayerDocument, type Listing, type ScanDocument, type Workspace } from '../../workspace/index.ts';
import type { LayerSummary } from '../api/layers.ts';
import type { ScanListing, ScanSummary } from '../api/scans.ts';
import { wireError } from '../wire-error.ts';
import { newestChange } from './newest-change.ts';
import { Splits } from './splits.ts';
import { layerSummary, scanSummary } from './summaries.ts';

/** A segmentation that is being computed, as a layer; its voxels so far lie in a file. */
export interface Draft {
  readonly scan: string;
  readonly layer: LayerSummary;
  /** Whole path. */
  readonly file: string;
}

/**
 * What is in a workspace, in the API's words. A workspace that is open for writing changes through this program alone, so what was read once is
 * kept in memory; in one that is open for reading others may write, and it is read anew.
 */
export class Library {
  readonly splits: Splits;
  readonly #workspace: Workspace;
  readonly #drafts = new Map<string, Draft>();
  #scans: Promise<Listing<ScanDocument>> | undefined;
  readonly #layers = new Map<string, Promise<Listing<LayerDocument>>>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.splits = new Splits(workspace, () => this.present());
  }

  /** Scans, the oldest first; then those in the trash. */
  async scans(): Promise<ScanListing> {
    const [present, trash] = await Promise.all([this.present(), this.#workspace.removedScans()]);
    const parts = await this.splits.parts();
    const scans = await Promise.all(present.found.map((scan) => this.#summaryOf(scan, parts)));
    const removed = trash.found.map(({ document }) => scanSummary(document, 0, true));
    const problems = [...present.problems, ...trash.problems].map(({ id, error }) => ({ id, error: wireError(error) }));
    return { scans: [...scans, ...removed], problems };
  }

  /** @throws TesseraError `not-found`, `bad-file` */
  async document(id: string): Promise<ScanDocument> {
    const known = this.#keeps ? (await this.present()).found.find((scan) => scan.id === id) : undefined;
    if (known !== undefined) return known;
    return this.#workspace.scan(id).catch((error: unknown) => {
      throw isTesseraError(error) && error.code === 'not-found' ? notFound('scan', id, error) : error;
    });
  }

  async summary(id: string): Promise<ScanSummary> {
    return this.#summaryOf(await this.document(id), await this.splits.parts());
  }

  /** Layers of a scan, with those that are being drawn. @throws TesseraError `not-found` */
  async layers(scan: string): Promise<LayerSummary[]> {
    await this.document(scan);
    const { found } = await this.#layersOf(scan);
    const stored = await Promise.all(found.map(async (layer) => this.#layerSummary(layer)));
    const growing = [...this.#drafts.values()].filter((draft) => draft.scan === scan).map(({ layer }) => ({ ...layer, growing: true }));
    return [...stored, ...growing];
  }

  draft(scan: string, layer: string): Draft | undefined {
    return this.#drafts.get(`${scan}/${layer}`);
  }

  /** A segmentation that is being drawn is shown as a layer until it is stored or dropped. */
  keepDraft(draft: Draft): void {
    this.#drafts.set(`${draft.scan}/${draft.layer.id}`, draft);
  }

  draftsOf(scans: readonly string[]): Draft[] {
    return [...this.#drafts.values()].filter(({ scan }) => scans.includes(scan));
  }

  dropDraft(scan: string, layer: string): void {
    this.#drafts.delete(`${scan}/${layer}`);
  }

  /** To be called when a scan came or went. */
  scansChanged(): void {
    this.#scans = undefined;
  }

  /** To be called when a layer of a scan came or went. */
  layersChanged(scan: string): void {
    this.#layers.delete(scan);
  }

  async #summaryOf(scan: ScanDocument, parts: ReadonlyMap<string, string>): Promise<ScanSummary> {
    return scanSummary(scan, (await this.#layersOf(scan.id)).found.length, false, parts.get(scan.id));
  }

  async #layerSummary(layer: LayerDocument): Promise<LayerSummary> {
    const entropy = await stat(this.entropyFile(layer.id)).then(
      () => true,
      () => false,
    );
    const folder = join(this.#workspace.folder, 'labels', layer.scan, layer.id);
    return layerSummary(layer, await newestChange(folder), entropy, await hasBeenEdited(folder));
  }

  /** Uncertainty of the model that drew a layer: uint8 on the scan's grid, 255 for the largest entropy there can be. */
  entropyFile(layer: string): string {
    return join(this.#workspace.itemPath('predictions', layer), 'entropy.raw');
  }

  /** Scans that are not removed. */
  present(): Promise<Listing<ScanDocument>> {
    if (!this.#keeps) return this.#workspace.scans();
    return (this.#scans ??= this.#workspace.scans());
  }

  #layersOf(scan: string): Promise<Listing<LayerDocument>> {
    if (!this.#keeps) return this.#workspace.layers(scan);
    const known = this.#layers.get(scan);
    if (known !== undefined) return known;
    const reading = this.#workspace.layers(scan);
    this.#layers.set(scan, reading);
    return reading;
  }

  get #keeps(): boolean {
    return this.#workspace.access.mode === 'write';
  }
}

export function notFound(what: 'scan' | 'layer' | 'level' | 'version' | 'run', id: string, cause?: unknown): TesseraError {
  return new TesseraError('not-found', `There is no such ${what}.`, { subject: id, advice: 'It may have been removed.', cause });
}
