import type { LabelLayer, Workspace } from '../../workspace/index.ts';

export interface OpenLayersLimits {
  /** Layers that stay open while nobody uses them. */
  readonly layers: number;
  /** Bytes of their label maps together. */
  readonly bytes: number;
  /** Milliseconds after which one that nobody uses is closed. */
  readonly idle: number;
}

const usual: OpenLayersLimits = { layers: 8, bytes: 512 * 1024 ** 2, idle: 600_000 };

interface Opened {
  layer: LabelLayer | undefined;
  /** Ends when whoever had the layer last is done with it. */
  turn: Promise<unknown>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Layers that stay open between requests, so that a stroke costs no more than its own way to the disk. Each is used by one at a time: what is
 * seen of a layer is on the disk.
 */
export class OpenLayers {
  readonly #workspace: Workspace;
  readonly #limits: OpenLayersLimits;
  /** The latest used last. */
  readonly #opened = new Map<string, Opened>();

  constructor(workspace: Workspace, limits: OpenLayersLimits = usual) {
    this.#workspace = workspace;
    this.#limits = limits;
  }

  /** Does something with a layer when those who came before are done. @throws TesseraError as `Workspace.openLayer` and the action */
  async use<T>(scan: string, id: string, action: (layer: LabelLayer) => T | Promise<T>): Promise<T> {
    const key = `${scan}/${id}`;
    const opened = this.#opened.get(key) ?? { layer: undefined, turn: Promise.resolve(), users: 0, idle: undefined };
    this.#opened.delete(key);
    this.#opened.set(key, opened);
    clearTimeout(opened.idle);
    opened.users++;
    const mine = opened.turn.then(async () => {
      // Where another process writes, a layer is a picture of one moment.
      const keep = this.#workspace.access.mode === 'write';
      if (opened.layer === undefined || opened.layer.closed || !keep) opened.layer = await this.#workspace.openLayer(scan, id);
      return action(opened.layer);
    });
    opened.turn = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      opened.users--;
      if (opened.users === 0) this.#rest(key, opened);
      this.#closeSurplus();
    }
  }

  /** Closes those of a scan, or the one of a layer, when whoever uses them is done. @param which `scan` or `scan/layer` */
  async close(which: string): Promise<void> {
    for (const [key, opened] of [...this.#opened]) {
      if (key !== which && !key.startsWith(`${which}/`)) continue;
      await opened.turn;
      await this.#close(key, opened);
    }
  }

  async closeAll(): Promise<void> {
    for (const [key, opened] of [...this.#opened]) {
      await opened.turn;
      await this.#close(key, opened);
    }
  }

  #rest(key: string, opened: Opened): void {
    if (opened.layer === undefined) this.#opened.delete(key);
    else opened.idle = setTimeout(() => void this.#close(key, opened).catch(() => undefined), this.#limits.idle).unref();
  }

  #closeSurplus(): void {
    const all = [...this.#opened];
    let layers = all.length;
    let bytes = all.reduce((sum, [, { layer }]) => sum + (layer?.labels.byteLength ?? 0), 0);
    // The one used last stays, however large.
    for (const [key, opened] of all.slice(0, -1)) {
      if (layers <= this.#limits.layers && bytes <= this.#limits.bytes) break;
      if (opened.users > 0) continue;
      layers--;
      bytes -= opened.layer?.labels.byteLength ?? 0;
      void this.#close(key, opened).catch(() => undefined);
    }
  }

  async #close(key: string, opened: Opened): Promise<void> {
    clearTimeout(opened.idle);
    if (this.#opened.get(key) === opened && opened.users === 0) this.#opened.delete(key);
    await opened.layer?.close();
  }
}
