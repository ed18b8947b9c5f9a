import { isTesseraError, TesseraError } from '../../base/errors.ts';
import { decodeEdit, encodeEdit } from '../../labelling/edit-frame.ts';
import type { LabelArray } from '../../labelling/index.ts';
import type { LabelLayer, VersionDocument, Workspace } from '../../workspace/index.ts';
import { editRequest, type LabelState, type LabelVersion, type NewVersion, type StepRequest } from '../api/labels.ts';
import type { EventLog } from '../event-log.ts';
import { memoryContent, type RangedContent } from '../files/ranged-answer.ts';
import { notFound, type Library } from '../library/library.ts';
import { segmentDocuments, tableOf } from '../library/segments.ts';
import { checkWritable } from '../writable.ts';
import { OpenLayers } from './open-layers.ts';

/** Bytes to be sent, and the number of the last change in them. */
export interface LabelVoxels {
  readonly content: RangedContent;
  readonly sequence: number;
}

/** Drawing in the layers of a workspace: every change is answered when it is on the disk, and told to all windows. */
export class Labels {
  readonly #workspace: Workspace;
  readonly #library: Library;
  readonly #events: EventLog;
  readonly #layers: OpenLayers;
  /** What was asked for last, for whoever asks for it in parts. */
  #sent: (LabelVoxels & { readonly etag: string }) | undefined;

  constructor(workspace: Workspace, library: Library, events: EventLog) {
    this.#workspace = workspace;
    this.#library = library;
    this.#events = events;
    this.#layers = new OpenLayers(workspace);
  }

  /** @throws TesseraError `not-found`, `bad-file` */
  state(scan: string, id: string): Promise<LabelState> {
    return this.#use(scan, id, stateOf);
  }

  /** Voxels as they are now. */
  voxels(scan: string, id: string): Promise<LabelVoxels> {
    return this.#use(scan, id, ({ labels, sequence }) => this.#voxels(`${id}-${sequence}`, sequence, () => labels.slice()));
  }

  /**
   * Does what an edit frame says, wholly or not at all.
   * @throws TesseraError `conflict` when it was made for another state, `bad-labels`, `bad-setting`, `too-large`, `write-failed`, `read-only`
   */
  async edit(scan: string, id: string, frame: Uint8Array): Promise<LabelState> {
    const { json, delta } = decodeEdit(frame);
    const read = editRequest.safeParse(json);
    if (!read.success) throw badRequest(read.error.issues[0]);
    const { title, segments, joins, ...request } = read.data;
    return this.#change(scan, id, request, (layer, edit) =>
      layer.edit({
        delta,
        title,
        ...edit,
        ...(joins === undefined ? {} : { joins }),
        ...(segments === undefined ? {} : { segments: tableOf(segments, layer.segments) }),
      }),
    );
  }

  undo(scan: string, id: string, request: StepRequest): Promise<LabelState> {
    return this.#change(scan, id, request, (layer, { edit }) => layer.undo(edit));
  }

  redo(scan: string, id: string, request: StepRequest): Promise<LabelState> {
    return this.#change(scan, id, request, (layer, { edit }) => layer.redo(edit));
  }

  /** The present state and what changed since another, as an edit frame. @throws TesseraError `conflict` when that is too long ago */
  changes(scan: string, id: string, after: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.#use(scan, id, (layer) => {
      const delta = layer.changesSince(after);
      if (delta !== undefined) return encodeEdit(stateOf(layer), delta);
      throw new TesseraError('conflict', 'What changed since then is no longer known.', { advice: 'Read the label map anew.' });
    });
  }

  /** The oldest first. */
  versions(scan: string, id: string): Promise<LabelVersion[]> {
    return this.#use(scan, id, async (layer) => (await layer.versions()).map(versionDocument));
  }

  async keepVersion(scan: string, id: string, { name }: NewVersion): Promise<LabelVersion> {
    checkWritable(this.#workspace);
    return this.#use(scan, id, async (layer) => versionDocument(await layer.version(name)));
  }

  /** Brings a version back, as a step that can be undone. */
  restoreVersion(scan: string, id: string, version: string, request: StepRequest): Promise<LabelState> {
    return this.#change(scan, id, request, (layer, { edit }) => layer.restore(version, edit));
  }

  versionVoxels(scan: string, id: string, version: string): Promise<LabelVoxels> {
    return this.#use(scan, id, async (layer) => {
      const kept = (await layer.versions()).find((one) => one.id === version);
      if (kept === undefined) throw notFound('version', version);
      return this.#voxels(`${id}-version-${version}`, kept.sequence, () => layer.versionLabels(version));
    });
  }

  /** Something with a layer that nobody else uses meanwhile. @throws TesseraError `not-found`, and as the action */
  async use<T>(scan: string, id: string, action: (layer: LabelLayer) => T | Promise<T>): Promise<T> {
    return this.#use(scan, id, action);
  }

  /** Closes layers before they are moved away. @param which `scan` or `scan/layer` */
  close(which: string): Promise<void> {
    return this.#layers.close(which);
  }

  closeAll(): Promise<void> {
    return this.#layers.closeAll();
  }

  /** One change after another, each made for the state that the one before left. */
  async #change(
    scan: string,
    id: string,
    { after, client, edit }: StepRequest,
    action: (layer: LabelLayer, edit: { readonly edit?: string }) => Promise<unknown>,
  ): Promise<LabelState> {
    checkWritable(this.#workspace);
    return this.#use(scan, id, async (layer) => {
      // Asked for again, because the answer got lost on its way.
      if (edit !== undefined && layer.knows(edit)) return stateOf(layer);
      if (after !== layer.sequence) throw overtaken(id);
      const { segments } = layer;
      await action(layer, edit === undefined ? {} : { edit });
      if (layer.segments !== segments) this.#library.layersChanged(scan);
      const { sequence } = layer;
      if (sequence !== after) this.#events.publish('layer-edited', { scan, layer: id, sequence, client });
      return stateOf(layer);
    });
  }

  async #use<T>(scan: string, id: string, action: (layer: LabelLayer) => T | Promise<T>): Promise<T> {
    // Told apart from what the action does not find.
    const found = { layer: false };
    try {
      return await this.#layers.use(scan, id, (layer) => {
        found.layer = true;
        return action(layer);
      });
    } catch (error) {
      throw !found.layer && isTesseraError(error) && error.code === 'not-found' ? notFound('layer', id, error) : error;
    }
  }

  /** A copy: the map goes on changing while it is sent. */
  async #voxels(etag: string, sequence: number, copy: () => LabelArray | Promise<LabelArray>): Promise<LabelVoxels> {
    if (this.#sent?.etag !== etag) {
      const { buffer, byteOffset, byteLength } = await copy();
      this.#sent = { etag, sequence, content: memoryContent(new Uint8Array(buffer, byteOffset, byteLength), etag) };
    }
    return this.#sent;
  }
}

function stateOf({ sequence, undoSteps, redoSteps, undoTitle, redoTitle, segments }: LabelLayer): LabelState {
  return {
    sequence,
    undo: undoSteps,
    redo: redoSteps,
    undoTitle: undoTitle ?? null,
    redoTitle: redoTitle ?? null,
    segments: segmentDocuments(segments),
  };
}

function versionDocument({ id, name, author, time, sequence }: VersionDocument): LabelVersion {
  return { id, name, author, time, sequence };
}

function overtaken(layer: string): TesseraError {
  return new TesseraError('conflict', 'The labels were changed elsewhere meanwhile, in another window perhaps.', {
    subject: layer,
    advice: 'Look at the changes, then repeat yours.',
  });
}

function badRequest(issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): TesseraError {
  return new TesseraError('bad-setting', `${issue?.message ?? 'It is wrong'}.`, {
    subject: (issue?.path ?? ['edit']).map(String).join('.').slice(0, 100) || 'edit',
    advice: 'GET openapi.json of the API says what is taken.',
  });
}
