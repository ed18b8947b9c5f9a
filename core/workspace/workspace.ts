import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TesseraError } from '../base/errors.ts';
import type { Task } from '../base/task.ts';
import type { Volume } from '../imaging/index.ts';
import { auditBytes, readableEntries, verifyAudit, type AuditDetails, type AuditEntry, type AuditLog, type AuditVerdict } from './audit.ts';
import { writing } from './disk-trouble.ts';
import { makeFolder, namesIn } from './folders.ts';
import { checkedId, isId, newId } from './ids.ts';
import { LabelLayer } from './label-layer.ts';
import { createLayer, layerFolder, listLayers, readLayerDocument, restoreLayer, type NewLayer } from './layers.ts';
import { readLayerTable, type LayerTable } from './layer-table.ts';
import type { Loan } from './loan.ts';
import type { Lock } from './lock.ts';
import { keepMeasurements, readMeasurements } from './keep-measurements.ts';
import type { MeasurementsDocument } from './measurements.ts';
import { modelChoicesIn, type ModelChoices } from './model-choices.ts';
import { readOnly } from './read-only.ts';
import { ReaderWork } from './reader-work.ts';
import { emptyTrash, removedLayers, removedScans, type Removed } from './removed.ts';
import { retiredModelsIn, type RetiredModels } from './retired-models.ts';
import { addScan, listScans, readScanDocument, readScanVolume, restoreScan, type AddedScan, type Listing, type NewScan } from './scans.ts';
import type { LayerDocument, ScanDocument, SplitDocument, WorkspaceDocument } from './schemas.ts';
import type { SharedDocument } from './shared-document.ts';
import { listSplits, saveSplit } from './splits.ts';
import { moveToTrash } from './trash.ts';

/** Names in a workspace. */
export const DOCUMENT = 'workspace.json';
export const LOCK = 'lock.json';
export const AUDIT = 'audit.jsonl';
export const FOLDERS = ['scans', 'labels', 'splits', 'runs', 'models', 'predictions', 'evaluations', 'trash', 'cache'] as const;

/** Folders whose content other rooms write. */
export type ItemFolder = 'runs' | 'models' | 'predictions' | 'evaluations';

/** Whether this opening may write, and if not, why, in a sentence for people. */
export type Access = { readonly mode: 'write' } | { readonly mode: 'read'; readonly reason: string };

/** What writing takes, or why it cannot be done. One that is borrowed (`Loan`) has no token of its own to lend, and leaves layers alone. */
export type Writer =
  | {
      readonly lock: Pick<Lock, 'check' | 'lost' | 'release'> & { readonly token?: string };
      readonly audit: Pick<AuditLog, 'append' | 'close'>;
    }
  | string;

/** An open workspace. Ids come from its listings; paths below its folder are made here alone. */
export class Workspace {
  readonly folder: string;
  readonly document: WorkspaceDocument;
  /** Who reads what, what they say about it, and how long it took. */
  readonly readerWork: ReaderWork;
  /** Which models were taken into use. */
  readonly modelChoices: SharedDocument<ModelChoices>;
  /** Which models are offered no more. */
  readonly retiredModels: SharedDocument<RetiredModels>;
  readonly #who: string;
  readonly #writer: Writer;
  readonly #layers = new Map<string, Promise<LabelLayer>>();

  /** Made by `openWorkspace`. @param writer lock and audit file, or why there is none */
  constructor(folder: string, document: WorkspaceDocument, who: string, writer: Writer) {
    this.folder = folder;
    this.document = document;
    const guard = (): Promise<unknown> => this.#writable();
    this.readerWork = new ReaderWork(folder, guard);
    this.modelChoices = modelChoicesIn(folder, guard);
    this.retiredModels = retiredModelsIn(folder, guard);
    this.#who = who;
    this.#writer = writer;
  }

  /** Who works here: the account on this computer. */
  get who(): string {
    return this.#who;
  }

  get access(): Access {
    const reason = typeof this.#writer === 'string' ? this.#writer : this.#writer.lock.lost;
    return reason === undefined ? { mode: 'write' } : { mode: 'read', reason };
  }

  /** What a child process needs to add scans and layers here (`openLentWorkspace`); undefined where nothing can be written. */
  get loan(): Loan | undefined {
    if (typeof this.#writer === 'string' || this.#writer.lock.lost !== undefined) return undefined;
    const { token } = this.#writer.lock;
    return token === undefined ? undefined : { token };
  }

  /** Every scan, the oldest first. */
  scans(): Promise<Listing<ScanDocument>> {
    return listScans(this.#path('scans'));
  }

  /** @throws TesseraError `not-found`, `bad-file` */
  scan(id: string): Promise<ScanDocument> {
    return readScanDocument(this.#path('scans'), id);
  }

  /** The voxels of a scan with their geometry, of the stored type. @throws TesseraError `not-found`, `bad-file` */
  readScan(id: string): Promise<Volume> {
    return readScanVolume(this.#path('scans'), id);
  }

  /** The scan that was read from exactly these files, given by their SHA-256, so that they need not be decoded again. */
  async scanFrom(sources: readonly string[]): Promise<ScanDocument | undefined> {
    const wanted = [...sources].sort().join();
    return (await this.scans()).found.find((scan) => sources.length > 0 && [...scan.sources].sort().join() === wanted);
  }

  /** Stores a scan; the very same one is stored once. @throws TesseraError `write-failed`, `read-only`, `cancelled` */
  async addScan(scan: NewScan, task?: Task): Promise<AddedScan> {
    await this.#writable();
    const result = await addScan(this.#path('scans'), this.#trash('scans'), scan, task);
    if (result.added) await this.audit(result.restored === true ? 'scan-restored' : 'scan-added', { scan: result.scan.id });
    return result;
  }

  /** Moves a scan to the trash. Its layers are closed; they come back with it. @throws TesseraError `not-found`, `write-failed`, `read-only` */
  async removeScan(id: string): Promise<void> {
    await this.#lender();
    await this.#closeLayers(`${checkedId(id)}/`);
    await moveToTrash(join(this.#path('scans'), id), join(this.#trash('scans'), id), this.#who);
    await this.audit('scan-removed', { scan: id });
  }

  /** Brings a removed scan back. @throws TesseraError `not-found`, `bad-setting` when it is there again, `write-failed`, `read-only` */
  async restoreScan(id: string): Promise<void> {
    await this.#lender();
    await restoreScan(this.#path('scans'), this.#trash('scans'), id);
    await this.audit('scan-restored', { scan: id });
  }

  /** Scans in the trash, the latest removed first. */
  removedScans(): Promise<Listing<Removed<ScanDocument>>> {
    return removedScans(this.#trash('scans'));
  }

  layers(scanId: string): Promise<Listing<LayerDocument>> {
    return listLayers(this.#path('labels'), scanId);
  }

  /** A layer as it is now, without its map. @throws TesseraError `not-found`, `bad-file`, `unsupported-file` */
  layerTable(scanId: string, layerId: string): Promise<LayerTable> {
    return readLayerTable(layerFolder(this.#path('labels'), scanId, layerId));
  }

  /** Makes a label layer on a scan. @throws TesseraError `not-found`, `grid-mismatch`, `write-failed`, `read-only` */
  async createLayer(scanId: string, layer: NewLayer): Promise<LayerDocument> {
    await this.#writable();
    const document = await createLayer(this.#path('labels'), await this.scan(scanId), layer, this.#who);
    await this.audit('layer-made', { scan: scanId, layer: document.id }, layer.model);
    return document;
  }

  /**
   * Opens a layer; for writing there is one of each, however often it is asked for.
   * @throws TesseraError `not-found`, `bad-file`, `write-failed`
   */
  async openLayer(scanId: string, layerId: string): Promise<LabelLayer> {
    const key = `${checkedId(scanId)}/${checkedId(layerId)}`;
    for (let known = this.#layers.get(key); known !== undefined; known = this.#layers.get(key)) {
      const layer = await known;
      if (!layer.closed) return layer;
      await layer.close();
    }
    const forget = (): void => void this.#layers.delete(key);
    const opening = this.#openLayer(scanId, layerId, forget);
    if (this.#editsLayers) {
      this.#layers.set(key, opening);
      opening.catch(forget);
    }
    return opening;
  }

  /** Closes a layer and moves it to the trash with its history. @throws TesseraError `not-found`, `write-failed`, `read-only` */
  async removeLayer(scanId: string, layerId: string): Promise<void> {
    await this.#lender();
    await this.#closeLayers(`${checkedId(scanId)}/${checkedId(layerId)}`);
    const inLabels = (labels: string): string => layerFolder(labels, scanId, layerId);
    await moveToTrash(inLabels(this.#path('labels')), inLabels(this.#trash('labels')), this.#who);
    await this.audit('layer-removed', { scan: scanId, layer: layerId });
  }

  /** Brings a removed layer back. @throws TesseraError `not-found`, `write-failed`, `read-only` */
  async restoreLayer(scanId: string, layerId: string): Promise<void> {
    await this.#lender();
    await restoreLayer(this.#path('labels'), this.#trash('labels'), scanId, layerId);
    await this.audit('layer-restored', { scan: scanId, layer: layerId });
  }

  /** Layers of a scan in the trash, the latest removed first. */
  removedLayers(scanId: string): Promise<Listing<Removed<LayerDocument>>> {
    return removedLayers(this.#trash('labels'), checkedId(scanId));
  }

  /** Deletes for good what was removed. @returns how many scans and layers */
  async emptyTrash(): Promise<{ readonly scans: number; readonly layers: number }> {
    await this.#lender();
    const [scans, labels] = [this.#path('scans'), this.#path('labels')];
    const gone = await emptyTrash({ scans, labels, trashedScans: this.#trash('scans'), trashedLabels: this.#trash('labels') });
    await this.audit('trash-emptied', gone);
    return gone;
  }

  /**
   * Keeps which scans train, validate and test; a scan has one part. The first part `test` that has scans is locked for good.
   * @param seed of the draw, where the parts were drawn
   * @throws TesseraError `bad-setting`, `test-case`, `bad-file`, `write-failed`, `read-only`
   */
  async saveSplit(name: string, parts: SplitDocument['parts'], seed?: number): Promise<SplitDocument> {
    await this.#writable();
    const split = await saveSplit(this.#path('splits'), { name, parts, ...(seed === undefined ? {} : { seed }) }, this.#who);
    await this.audit('split-saved', { split: split.id });
    return split;
  }

  splits(): Promise<Listing<SplitDocument>> {
    return listSplits(this.#path('splits'));
  }

  /** What was measured in a scan; nothing where nobody did. @throws TesseraError `not-found`, `bad-file` */
  async measurements(scanId: string): Promise<MeasurementsDocument> {
    await this.scan(scanId);
    return readMeasurements(this.#path('scans'), scanId);
  }

  /** Keeps what was measured in a scan, instead of what was. @throws TesseraError `not-found`, `write-failed`, `read-only` */
  async keepMeasurements(scanId: string, measured: MeasurementsDocument): Promise<void> {
    await this.#writable();
    await this.scan(scanId);
    await keepMeasurements(this.#path('scans'), scanId, measured);
  }

  /** Makes a folder for a run, model or prediction; what goes into it is the matter of whoever asked. */
  async newItem(kind: ItemFolder): Promise<{ readonly id: string; readonly path: string }> {
    await this.#writable();
    const id = newId();
    await makeFolder(this.itemPath(kind, id));
    return { id, path: this.itemPath(kind, id) };
  }

  async items(kind: ItemFolder): Promise<string[]> {
    return (await namesIn(this.#path(kind))).filter(isId);
  }

  itemPath(kind: ItemFolder, id: string): string {
    return join(this.#path(kind), checkedId(id));
  }

  /** Holds what can be made again; it may be deleted at any time. */
  get cachePath(): string {
    return this.#path('cache');
  }

  async clearCache(): Promise<void> {
    await this.#writable();
    await writing(this.cachePath, () => rm(this.cachePath, { recursive: true, force: true }));
    await makeFolder(this.cachePath);
  }

  /**
   * Adds to the audit file.
   * @param about ids and numbers only, never names of patients or files
   * @param model id or SHA-256 of the model that had a part in it
   */
  async audit(what: string, about: AuditDetails, model?: string): Promise<void> {
    const entry = { who: this.#who, what, about, ...(model === undefined ? {} : { model }) };
    await (await this.#writable()).audit.append(entry);
  }

  /** Checks the chain of the audit file; names the first broken line. */
  async verifyAudit(): Promise<AuditVerdict> {
    return verifyAudit((await auditBytes(join(this.folder, AUDIT))).toString());
  }

  /** Entries of the audit file that can be read, the oldest first, whether or not the chain is sound. @throws TesseraError `bad-file` */
  async auditEntries(): Promise<AuditEntry[]> {
    return readableEntries((await auditBytes(join(this.folder, AUDIT))).toString());
  }

  /** Waits for what is on its way to the disk and lets others write. */
  async close(): Promise<void> {
    for (const layer of await Promise.allSettled(this.#layers.values())) if (layer.status === 'fulfilled') await layer.value.close();
    if (typeof this.#writer === 'string') return;
    await this.#writer.audit.close();
    await this.#writer.lock.release();
  }

  async #openLayer(scanId: string, layerId: string, closed: () => void): Promise<LabelLayer> {
    const labels = this.#path('labels');
    const document = await readLayerDocument(labels, scanId, layerId);
    const { geometry } = await this.scan(scanId);
    if (document.dims.some((n, axis) => n !== geometry.dims[axis])) {
      throw new TesseraError('grid-mismatch', `The layer has ${document.dims.join(' × ')} voxels, its scan ${geometry.dims.join(' × ')}.`, {
        subject: layerFolder(labels, scanId, layerId),
        advice: 'Bring layer.json and scan.json back from a backup.',
      });
    }
    const guard = this.#editsLayers ? (): Promise<unknown> => this.#writable() : undefined;
    const audit = (what: string, about: AuditDetails): Promise<void> => this.audit(what, about);
    return LabelLayer.open({ folder: layerFolder(labels, scanId, layerId), geometry, who: this.#who, guard, audit, closed });
  }

  /** A borrower reads layers only: their journals have one writer. */
  get #editsLayers(): boolean {
    return this.loan !== undefined;
  }

  #path(name: (typeof FOLDERS)[number]): string {
    return join(this.folder, name);
  }

  #trash(name: 'scans' | 'labels'): string {
    return join(this.#path('trash'), name);
  }

  /** @param which beginning of `scan/layer` */
  async #closeLayers(which: string): Promise<void> {
    for (const [key, opening] of [...this.#layers]) {
      if (key.startsWith(which)) await opening.then((layer) => layer.close()).catch(() => undefined);
    }
  }

  /** What changes what is there is for who holds the lock. */
  async #lender(): Promise<void> {
    await this.#writable();
    if (this.loan === undefined) throw readOnly('It was lent for adding only.');
  }

  async #writable(): Promise<Exclude<Writer, string>> {
    if (typeof this.#writer === 'string') throw readOnly(this.#writer);
    await this.#writer.lock.check();
    return this.#writer;
  }
}
