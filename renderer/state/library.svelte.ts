import { SvelteSet } from 'svelte/reactivity';
import type { Host } from '../api/host.ts';
import type { ScanListing, ScanSummary } from '../api/types.ts';
import { EVERYTHING, listScans, modalities, splitParts, type ScanFilter, type ScanSort } from './scan-list.ts';

/** The scans of the workspace and what of them is shown. */
export class Library {
  scans = $state.raw<readonly ScanSummary[]>([]);
  problems = $state.raw<ScanListing['problems']>([]);
  loaded = $state(false);
  filter = $state.raw<ScanFilter>(EVERYTHING);
  sort = $state<ScanSort>('added');
  /** The scan the detail panel tells about. */
  current = $state<string | null>(null);
  /** Chosen for something that takes several. */
  readonly marked = new SvelteSet<string>();
  readonly shown = $derived(listScans(this.scans, this.filter, this.sort));
  readonly modalities = $derived(modalities(this.scans));
  readonly parts = $derived(splitParts(this.scans));
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  async refresh(): Promise<void> {
    const { scans, problems } = await this.#host.scans();
    this.scans = scans;
    this.problems = problems;
    this.loaded = true;
  }

  find(id: string | null): ScanSummary | undefined {
    return this.scans.find((scan) => scan.id === id && !scan.removed);
  }

  thumbnail(id: string): string {
    return this.#host.thumbnail(id);
  }

  /** Scans to do something with: the marked ones, or the current one. */
  get chosen(): readonly ScanSummary[] {
    const ids = this.marked.size > 0 ? [...this.marked] : this.current === null ? [] : [this.current];
    return ids.flatMap((id) => this.find(id) ?? []);
  }

  put(scan: ScanSummary): void {
    const known = this.scans.some(({ id }) => id === scan.id);
    this.scans = known ? this.scans.map((other) => (other.id === scan.id ? scan : other)) : [...this.scans, scan];
  }

  drop(id: string): void {
    this.marked.delete(id);
    if (this.current === id) this.current = null;
    this.scans = this.scans.filter((scan) => scan.id !== id);
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await this.#host.removeScan(id);
      this.drop(id);
    }
  }

  async restore(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#host.restoreScan(id);
    await this.refresh();
  }

  toggleMark(id: string): void {
    if (!this.marked.delete(id)) this.marked.add(id);
  }
}
