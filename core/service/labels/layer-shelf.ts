import { TesseraError } from '../../base/errors.ts';
import type { LabelArray } from '../../labelling/index.ts';
import type { LayerDocument, Workspace } from '../../workspace/index.ts';
import type { NewLayer, RemovedLayer } from '../api/labels.ts';
import type { LayerSummary, Segment } from '../api/layers.ts';
import type { EventLog } from '../event-log.ts';
import { notFound, type Library } from '../library/library.ts';
import { tableOf } from '../library/segments.ts';
import { layerSummary } from '../library/summaries.ts';
import { checkWritable } from '../writable.ts';
import type { Labels } from './labels.ts';

/** Makes layers, puts them into the trash and takes them out of it. */
export class LayerShelf {
  readonly #workspace: Workspace;
  readonly #library: Library;
  readonly #labels: Labels;
  readonly #events: EventLog;

  constructor(workspace: Workspace, library: Library, labels: Labels, events: EventLog) {
    this.#workspace = workspace;
    this.#library = library;
    this.#labels = labels;
    this.#events = events;
  }

  /** @throws TesseraError `not-found`, `bad-labels` when values do not fit the type, `write-failed`, `read-only` */
  async create(
    scan: string,
    { name, segments, from, storedType }: Omit<NewLayer, 'segments'> & { segments?: Segment[] },
  ): Promise<LayerSummary> {
    checkWritable(this.#workspace);
    const source = from === undefined ? undefined : await this.#copyOf(scan, from);
    const type = storedType ?? source?.document.type ?? 'uint8';
    const { model } = source?.document ?? {};
    const { id } = await this.#workspace.createLayer(scan, {
      name,
      kind: 'label',
      type,
      labels: segments === undefined ? (source?.document.labels ?? []) : tableOf(segments, source?.document.labels ?? []),
      ...(source === undefined ? {} : { initial: ofType(source.labels, type) }),
      ...(model === undefined ? {} : { model }),
    });
    this.#changed(scan, id);
    return this.#find(scan, id);
  }

  /** @throws TesseraError `not-found`, `bad-setting` while it is drawn, `read-only` */
  async rename(scan: string, id: string, name: string): Promise<LayerSummary> {
    checkWritable(this.#workspace);
    checkFinished(await this.#find(scan, id));
    await this.#labels.use(scan, id, (layer) => layer.rename(name));
    this.#changed(scan, id);
    return this.#find(scan, id);
  }

  /** Undoable: it goes to the trash with its history. @throws TesseraError `not-found`, `bad-setting` while it is drawn, `read-only` */
  async remove(scan: string, id: string): Promise<LayerSummary> {
    checkWritable(this.#workspace);
    const summary = await this.#find(scan, id);
    checkFinished(summary);
    await this.#labels.close(`${scan}/${id}`);
    await this.#workspace.removeLayer(scan, id);
    this.#changed(scan, id);
    return summary;
  }

  /** @throws TesseraError `not-found`, `bad-setting` when it is there again, `read-only` */
  async restore(scan: string, id: string): Promise<LayerSummary> {
    checkWritable(this.#workspace);
    await this.#library.document(scan);
    await this.#workspace.restoreLayer(scan, id);
    this.#changed(scan, id);
    return this.#find(scan, id);
  }

  /** Layers of a scan in the trash, the latest removed first. */
  async removed(scan: string): Promise<RemovedLayer[]> {
    await this.#library.document(scan);
    const { found } = await this.#workspace.removedLayers(scan);
    return found.map(({ document, removed, by }) => ({ layer: layerSummary(document, Date.parse(removed), false), removed, by }));
  }

  #copyOf(scan: string, id: string): Promise<{ document: LayerDocument; labels: LabelArray }> {
    return this.#labels.use(scan, id, ({ document, labels }) => withoutRejected(document, labels.slice()));
  }

  async #find(scan: string, id: string): Promise<LayerSummary> {
    const found = (await this.#library.layers(scan)).find((layer) => layer.id === id);
    if (found === undefined) throw notFound('layer', id);
    return found;
  }

  #changed(scan: string, layer: string): void {
    this.#library.layersChanged(scan);
    this.#events.publish('layer-changed', { scan, layer });
  }
}

/** A copy has nothing of what somebody rejected in a proposal. @param labels changed in place */
function withoutRejected(document: LayerDocument, labels: LabelArray): { document: LayerDocument; labels: LabelArray } {
  const rejected = new Set(document.labels.filter(({ hidden }) => hidden === true).map(({ value }) => value));
  if (rejected.size > 0) for (let v = 0; v < labels.length; v++) if (rejected.has(labels[v] as number)) labels[v] = 0;
  return { document: { ...document, labels: document.labels.filter(({ value }) => !rejected.has(value)) }, labels };
}

function checkFinished({ id, growing }: LayerSummary): void {
  if (growing === true)
    throw new TesseraError('bad-setting', 'The layer is being drawn.', { subject: id, advice: 'Cancel the segmentation.' });
}

function ofType(labels: LabelArray, type: LayerDocument['type']): LabelArray {
  if (type === 'uint16') return Uint16Array.from(labels);
  let largest = 0;
  for (const value of labels) if (value > largest) largest = value;
  if (largest <= 255) return Uint8Array.from(labels);
  throw new TesseraError('bad-labels', `The layer has the value ${largest}, which 8 bits do not hold.`, {
    advice: 'Copy it with 16 bits.',
  });
}
