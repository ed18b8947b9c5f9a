import type { Host } from '../api/host.ts';
import type { ModelSummary } from '../api/types.ts';

/** The models of the workspace, also those that are offered no more. */
export class Models {
  items = $state.raw<readonly ModelSummary[]>([]);
  loaded = $state(false);
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Those that are offered. */
  get segmenting(): readonly ModelSummary[] {
    return this.items.filter(({ kind, retired }) => kind === 'segmentation' && retired !== true);
  }

  get pretrained(): readonly ModelSummary[] {
    return this.items.filter(({ kind, retired }) => kind === 'pretrained' && retired !== true);
  }

  async refresh(): Promise<void> {
    this.items = await this.#host.models();
    this.loaded = true;
  }
}
