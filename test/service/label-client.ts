import { applyDelta, deltaBetween, type LabelArray, type LabelDelta } from '../../core/labelling/index.ts';
import { decodeEdit, EDIT_TYPE, encodeEdit } from '../../core/labelling/edit-frame.ts';
import type { LabelState } from '../../core/service/api/labels.ts';
import type { Segment } from '../../core/service/api/layers.ts';

/** Asks the API: the application itself, or a host somewhere. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

export interface LabelEdit {
  readonly title?: string;
  readonly segments?: readonly Segment[];
  readonly edit?: string;
  readonly joins?: string;
}

/** A window in which somebody draws: it knows the layer as of one change, and sends what it makes of it. */
export class LabelClient {
  readonly path: string;
  readonly client: string;
  readonly #ask: Ask;
  labels: LabelArray;
  state: LabelState;

  private constructor(ask: Ask, path: string, client: string, labels: LabelArray, state: LabelState) {
    this.#ask = ask;
    this.path = path;
    this.client = client;
    this.labels = labels;
    this.state = state;
  }

  static async open(ask: Ask, scan: string, layer: string, client: string): Promise<LabelClient> {
    const path = `/scans/${scan}/layers/${layer}`;
    const state = (await (await ask(`${path}/state`)).json()) as LabelState;
    const voxels = await ask(`${path}/voxels`);
    if (voxels.headers.get('Tessera-Sequence') !== String(state.sequence)) throw new Error('the layer was changed meanwhile');
    return new LabelClient(ask, path, client, new Uint8Array(await voxels.arrayBuffer()), state);
  }

  /** The same window, which asks another host from now on. */
  of(ask: Ask): LabelClient {
    return new LabelClient(ask, this.path, this.client, this.labels, this.state);
  }

  /** Sends what makes `next` of the labels that this window knows. @returns the status; on success the window knows the new state */
  async draw(next: LabelArray, { title = 'stroke', ...more }: LabelEdit = {}): Promise<number> {
    return this.send({ after: this.state.sequence, client: this.client, title, ...more }, deltaBetween(this.labels, next));
  }

  async send(json: unknown, delta: LabelDelta): Promise<number> {
    const answer = await this.post('edits', encodeEdit(json, delta), EDIT_TYPE);
    if (answer.status === 200) await this.#take(answer, delta);
    return answer.status;
  }

  /** Undoes, redoes or brings a version back, then asks what that changed. */
  async step(what: string, edit?: string): Promise<number> {
    const request = { after: this.state.sequence, client: this.client, ...(edit === undefined ? {} : { edit }) };
    const answer = await this.post(what, JSON.stringify(request), 'application/json');
    if (answer.status === 200) await this.catchUp();
    return answer.status;
  }

  /** Learns what others did. */
  async catchUp(): Promise<number> {
    const answer = await this.#ask(`${this.path}/changes?after=${this.state.sequence}`);
    if (answer.status !== 200) return answer.status;
    const { json, delta } = decodeEdit(new Uint8Array(await answer.arrayBuffer()));
    this.labels = this.labels.slice();
    applyDelta(this.labels, delta);
    this.state = json as LabelState;
    return answer.status;
  }

  post(what: string, body: string | Uint8Array<ArrayBuffer>, type: string): Promise<Response> {
    return this.#ask(`${this.path}/${what}`, { method: 'POST', headers: { 'Content-Type': type }, body });
  }

  async #take(answer: Response, delta: LabelDelta): Promise<void> {
    const before = this.state.sequence;
    const state = (await answer.json()) as LabelState;
    // Asked for a second time.
    if (state.sequence === before) return;
    // And others were there since.
    if (state.sequence > before + 1) {
      await this.catchUp();
      return;
    }
    this.labels = this.labels.slice();
    applyDelta(this.labels, delta);
    this.state = state;
  }
}
