import type { Host } from '../api/host.ts';
import type { ScanDetails } from '../api/types.ts';
import {
  indexIJK,
  indexToPoint,
  pointToIndex,
  windowOfPreset,
  windowPresets,
  type Interpolation,
  type PointLPS,
  type Slab,
  type ValueWindow,
  type VolumeImage,
  type WindowPreset,
} from '../scene/index.ts';
import type { AssistTool } from './assist-tool.ts';
import { Cine } from './cine.svelte.ts';
import { Comparison } from './comparison.svelte.ts';
import type { CutPlane } from './cut-line.ts';
import { Fusion } from './fusion.svelte.ts';
import type { LabelTool } from './label-tool.ts';
import { storedLayout, storeLayout, type Layout, type PaneKind, type Task } from './layout.ts';
import { likelyModality } from './modality.ts';
import type { MeasurementKind } from './measurement.ts';
import { Measurements } from './measurements.svelte.ts';
import { Organs } from './organs.svelte.ts';
import { ReadAhead } from './read-ahead.ts';
import { emptyVolume, fillVolume } from './scan-loader.ts';
import { stepAlong } from './steps.ts';
import type { KeyValueStore } from './stored.ts';

export type Tool = 'crosshair' | 'window' | 'pan' | 'zoom' | MeasurementKind | LabelTool | AssistTool;
/** The side panel that is open. */
export type Panel = 'organs' | 'label' | 'review' | 'measure' | 'display' | 'fusion';

/** The reading room: one scan, how it is shown, and what is laid over it. */
export class Reading {
  readonly organs: Organs;
  readonly fusion: Fusion;
  readonly comparison: Comparison;
  readonly measurements: Measurements;
  readonly cine: Cine;
  /** What will probably be opened is told here. */
  readonly ahead: ReadAhead;

  scan = $state.raw<ScanDetails | null>(null);
  volume = $state.raw<VolumeImage | undefined>(undefined);
  /** Id of the scan that is on its way; its details may not be there yet. */
  opening = $state<string | null>(null);
  /** How much of the full grid has arrived; null when nothing is awaited. */
  loading = $state<number | null>(null);
  /** The full grid is there: values can be read off and measured. */
  complete = $state(false);

  point = $state.raw<PointLPS | undefined>(undefined);
  /** Under the pointer. */
  hover = $state.raw<PointLPS | undefined>(undefined);
  window = $state.raw<ValueWindow>({ centre: 40, width: 400 });
  preset = $state<string | null>(null);
  invert = $state(false);
  interpolation = $state<Interpolation>('linear');
  slab = $state.raw<Slab | undefined>(undefined);
  /** Where the oblique view lies, while there is one. */
  cut = $state.raw<CutPlane | undefined>(undefined);
  tool = $state<Tool>('crosshair');
  panel = $state<Panel>('organs');
  crosshair = $state(true);
  active = $state<PaneKind>('axial');
  /** One pane fills the room for a while. */
  enlarged = $state<PaneKind | null>(null);
  #layouts = $state<Partial<Record<Task, Layout>>>({});
  readonly #store: KeyValueStore;
  #aborter = new AbortController();

  constructor(host: Host, store: KeyValueStore) {
    this.#store = store;
    this.ahead = new ReadAhead(host);
    this.organs = new Organs(host, store);
    this.fusion = new Fusion(host);
    this.comparison = new Comparison(host, store);
    this.measurements = new Measurements(host);
    this.cine = new Cine(host, {
      show: ({ details, volume }) => {
        this.scan = details;
        this.volume = volume;
      },
      began: () => {
        this.organs.close();
        this.measurements.close();
      },
      rested: async () => {
        const { scan, volume } = this;
        if (!scan || !volume) return;
        this.measurements.open(scan.id);
        await this.organs.open(scan.id, volume);
      },
    });
  }

  /** What the values mean: 'CT' for HU. */
  get modality(): string | undefined {
    return this.scan ? likelyModality(this.scan) : undefined;
  }

  get presets(): readonly WindowPreset[] {
    return windowPresets(this.modality);
  }

  get task(): Task {
    return this.fusion.scan !== null ? 'fusion' : this.organs.layer ? 'organs' : 'read';
  }

  get layout(): Layout {
    return this.#layouts[this.task] ?? storedLayout(this.#store, this.task);
  }

  set layout(layout: Layout) {
    this.#layouts[this.task] = layout;
    this.enlarged = null;
    storeLayout(this.#store, this.task, layout);
  }

  /** Puts two layers of the scan that is open into linked panes; the layout that is remembered stays. */
  async showBeside(first: string, second: string): Promise<void> {
    const { scan, volume, organs } = this;
    if (!scan || !volume) return;
    if (!organs.layers.some(({ id }) => id === first)) await organs.refresh(scan.id, first);
    await organs.show(first);
    if (this.scan?.id !== scan.id) return;
    this.#layouts[this.task] = 'compare';
    this.enlarged = null;
    await this.comparison.choose(scan.id, { scan, volume, layer: first }, second);
  }

  /** Opens a scan, coarse first. Another call gives up what is still on its way. */
  async open(id: string): Promise<void> {
    if (this.opening === id || (this.scan?.id === id && this.complete)) return;
    this.close();
    const { signal } = this.#aborter;
    this.opening = id;
    this.loading = 0;
    try {
      const details = await this.ahead.scan(id, { signal });
      const volume = emptyVolume(details);
      this.measurements.open(id);
      this.scan = details;
      this.point = centreOf(volume);
      let windowed = false;
      const show = (): void => {
        if (!windowed) this.takePreset(0, volume);
        windowed = true;
        this.volume = volume;
      };
      const steps = { coarse: show, progress: (fraction: number) => (this.loading = fraction) };
      const filling = fillVolume(this.ahead, details, volume, signal, steps).then((full) => {
        show();
        this.complete = full;
        this.loading = null;
      });
      // Both come at the same time, and a scan can be read without its organs.
      const outcomes = await Promise.allSettled([filling, this.organs.open(id, volume)]);
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    } finally {
      if (!signal.aborted) {
        this.opening = null;
        this.loading = null;
      }
    }
  }

  close(): void {
    this.#aborter.abort();
    this.#aborter = new AbortController();
    this.scan = null;
    this.volume = undefined;
    this.opening = null;
    this.loading = null;
    this.complete = false;
    this.point = undefined;
    this.hover = undefined;
    this.slab = undefined;
    this.invert = false;
    this.cine.close();
    this.measurements.close();
    this.organs.close();
    void this.fusion.choose(null);
    this.comparison.close();
  }

  /** Takes a window preset by its place (0 is key 1). */
  takePreset(place: number, volume = this.volume): void {
    const preset = this.presets[place];
    if (!preset || !volume) return;
    this.window = windowOfPreset(preset, volume);
    this.preset = preset.id;
  }

  setWindow(window: ValueWindow): void {
    this.window = window;
    this.preset = null;
  }

  /** Moves the crosshair by voxels along one voxel axis and stops at the edge. */
  step(axis: 0 | 1 | 2, voxels: number): void {
    if (this.volume && this.point) this.point = stepAlong(this.volume.geometry, this.point, axis, voxels);
  }

  /** Puts the crosshair to a slice along one voxel axis. */
  goTo(axis: 0 | 1 | 2, slice: number): void {
    if (!this.volume || !this.point) return;
    this.step(axis, slice - Math.round(pointToIndex(this.volume.geometry, this.point)[axis]));
  }
}

function centreOf({ geometry }: VolumeImage): PointLPS {
  const [i, j, k] = geometry.dims.map((n) => Math.floor(n / 2));
  return indexToPoint(geometry, indexIJK(i ?? 0, j ?? 0, k ?? 0));
}
