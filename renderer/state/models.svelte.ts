import type { Host } from '../api/host.ts';
import type { ModelSummary } from '../api/types.ts';

/** The models of the workspace. */
export class Models {
  items = $state.raw<readonly ModelSummary[]>([]);
  loaded = $state(false);
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  get segmenting(): readonly ModelSummary[] {
    return this.items.filter(({ kind }) => kind === 'segmentation');
  }

  get pretrained(): readonly ModelSummary[] {
    return this.items.filter(({ kind }) => kind === 'pretrained');
  }

  async refresh(): Promise<void> {
    this.items = await this.#host.models();
    this.loaded = true;
  }
}
