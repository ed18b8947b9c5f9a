import { isAbort } from '../api/errors.ts';
import type { Host } from '../api/host.ts';
import type {
  ConsistencyResult,
  InspectRequest,
  InspectResult,
  InspectView,
  InspectVolume,
  ModelSummary,
  ScanDetails,
} from '../api/types.ts';
import {
  indexIJK,
  indexToPoint,
  percentileWindow,
  VolumeImage,
  windowOfPreset,
  windowPresets,
  type PointLPS,
  type SecondVolume,
  type ValueWindow,
} from '../scene/index.ts';
import { Debounce } from './debounce.ts';
import { featureOverlay, similarityOverlay } from './overlay.ts';
import { likelyModality } from './modality.ts';
import { emptyVolume, fillVolume, geometryOf } from './scan-loader.ts';

export type ViewKind = InspectRequest['view']['kind'];
export type InspectOverlay = 'none' | 'features' | 'similar';

/** A slider that moves asks at most this often (ms): the answer takes longer anyway. */
const REST = 180;
const LARGEST_SEED = 2 ** 32;

/** The inspection room: one pre-trained model looks at one scan. */
export class Inspection {
  model = $state.raw<ModelSummary | null>(null);
  /** Place in the model's list of checkpoints; the last is the newest. */
  checkpoint = $state(0);
  scan = $state.raw<ScanDetails | null>(null);
  volume = $state.raw<VolumeImage | undefined>(undefined);
  loading = $state<number | null>(null);
  window = $state.raw<ValueWindow>({ centre: 40, width: 400 });

  kind = $state<ViewKind>('global');
  /** Middle of the view that is masked and rebuilt. */
  centre = $state.raw<PointLPS | undefined>(undefined);
  /** Where the slices of all panes meet. */
  point = $state.raw<PointLPS | undefined>(undefined);
  maskRatio = $state(0.75);
  seed = $state(1);

  busy = $state(false);
  /** What the network was given. */
  view = $state.raw<InspectView | null>(null);
  /** What it made of it; that of the request before while the network works. */
  result = $state.raw<InspectResult | null>(null);
  /** The middle that `view` was asked for. */
  askedCentre = $state.raw<PointLPS | undefined>(undefined);
  volumes = $state.raw<Partial<Record<InspectVolume, VolumeImage>>>({});
  error = $state.raw<unknown>(null);
  /** Milliseconds from the request to the first volume, and whether a newer request has made the pictures old. */
  took = $state<number | null>(null);

  overlay = $state<InspectOverlay>('none');
  overlayVolume = $state.raw<SecondVolume | undefined>(undefined);
  overlayBusy = $state(false);
  overlayOpacity = $state(0.6);
  consistency = $state.raw<ConsistencyResult | null>(null);
  consistencyBusy = $state(false);

  readonly #host: Host;
  readonly #debounce = new Debounce(REST);
  #scanAborter = new AbortController();
  #aborter = new AbortController();
  #overlayAborter = new AbortController();
  #warm: string | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  get epoch(): number | undefined {
    return this.model?.epochs?.[this.checkpoint]?.epoch;
  }

  /** What is laid over the scan, as strongly as the slider says. */
  get second(): SecondVolume | undefined {
    return this.overlay === 'none' || !this.overlayVolume ? undefined : { ...this.overlayVolume, opacity: this.overlayOpacity };
  }

  chooseModel(model: ModelSummary | null): void {
    this.model = model;
    this.checkpoint = Math.max(0, (model?.epochs?.length ?? 1) - 1);
    // While a scan is chosen; with one, pictures are asked for at once.
    if (model && !this.scan && this.loading === null) this.warmUp(model);
    this.#changed();
  }

  /** Has the host start its tensor runtime and load a model. What goes wrong is told when it is needed. */
  warmUp(model: ModelSummary): void {
    if (this.#warm === model.id) return;
    this.#warm = model.id;
    this.#host.warmUp({ model: model.id }).catch(() => undefined);
  }

  chooseCheckpoint(place: number): void {
    this.checkpoint = place;
    this.#changed();
  }

  async chooseScan(id: string | null): Promise<void> {
    if (this.scan?.id === id) return;
    this.#scanAborter.abort();
    const { signal } = (this.#scanAborter = new AbortController());
    this.scan = null;
    this.volume = undefined;
    this.centre = undefined;
    this.#forget();
    if (id === null) return;
    this.loading = 0;
    try {
      const details = await this.#host.scan(id, { signal });
      const volume = emptyVolume(details);
      const middle = indexToPoint(volume.geometry, indexIJK(...(details.dims.map((n) => Math.floor(n / 2)) as [number, number, number])));
      this.scan = details;
      this.centre = middle;
      this.point = middle;
      let shown = false;
      const show = (): void => {
        if (shown) return;
        shown = true;
        const preset = windowPresets(likelyModality(details))[0];
        this.window = preset ? windowOfPreset(preset, volume) : percentileWindow(volume, 1, 99);
        this.volume = volume;
      };
      // The host has the scan: it need not wait until the page has it, too.
      this.#changed();
      await fillVolume(this.#host, details, volume, signal, { coarse: show, progress: (fraction) => (this.loading = fraction) });
      show();
    } finally {
      if (!signal.aborted) this.loading = null;
    }
  }

  setKind(kind: ViewKind): void {
    this.kind = kind;
    this.ask();
  }

  setCentre(centre: PointLPS): void {
    this.centre = centre;
    this.ask();
  }

  setMaskRatio(ratio: number): void {
    this.maskRatio = ratio;
    this.ask();
  }

  setSeed(seed: number): void {
    this.seed = ((Math.round(seed) % LARGEST_SEED) + LARGEST_SEED) % LARGEST_SEED;
    this.ask();
  }

  /** Asks for the pictures anew once the sliders rest; what was asked before is given up at once. */
  ask(): void {
    this.#aborter.abort();
    // What has no pictures yet need not wait for a slider to rest.
    this.#debounce.run(() => void this.#inspect(), this.volumes.input ? REST : 0);
  }

  showOverlay(overlay: InspectOverlay): void {
    this.overlay = overlay;
    this.overlayVolume = undefined;
    this.askOverlay();
  }

  /** Reads the overlay anew: another model, scan or place was chosen. */
  askOverlay(): void {
    this.#overlayAborter.abort();
    this.#overlayAborter = new AbortController();
    if (this.overlay !== 'none') void this.#readOverlay(this.#overlayAborter.signal);
  }

  async compareViews(): Promise<void> {
    const onScan = this.#onScan();
    if (!onScan || this.consistencyBusy) return;
    this.consistencyBusy = true;
    try {
      this.consistency = await this.#host.consistency({ ...onScan, seed: this.seed }, { signal: this.#scanAborter.signal });
    } finally {
      this.consistencyBusy = false;
    }
  }

  #onScan(): { model: string; scan: string; checkpoint?: number } | undefined {
    if (!this.model || !this.scan) return undefined;
    const { epoch } = this;
    return { model: this.model.id, scan: this.scan.id, ...(epoch === undefined ? {} : { checkpoint: epoch }) };
  }

  #changed(): void {
    this.consistency = null;
    this.ask();
    this.askOverlay();
  }

  #forget(): void {
    this.#aborter.abort();
    this.view = null;
    this.result = null;
    this.volumes = {};
    this.overlayVolume = undefined;
    this.consistency = null;
    this.error = null;
    this.took = null;
  }

  async #inspect(): Promise<void> {
    const onScan = this.#onScan();
    if (!onScan || !this.centre) return;
    this.#aborter.abort();
    const { signal } = (this.#aborter = new AbortController());
    this.busy = true;
    this.error = null;
    const started = performance.now();
    const { centre } = this;
    const request = {
      ...onScan,
      view: { kind: this.kind, centre: [...centre] as [number, number, number] },
      maskRatio: this.maskRatio,
      seed: this.seed,
    };
    try {
      // In this order: what the network is given is seen while it works, and is not held up by it.
      const view = await this.#host.inspectView(request, { signal });
      const answer = this.#host.inspect(request, { signal });
      // Waited for below; until then it may fail without being heard.
      answer.catch(() => undefined);
      if (!this.view || !sameGrid(this.view, view)) this.volumes = {};
      this.view = view;
      this.askedCentre = centre;
      for (const name of view.volumes) {
        await this.#readVolume(name, view, (id, voxels) => this.#host.viewed(id, name, voxels, { signal }));
        if (name === 'input' && !signal.aborted) this.took = performance.now() - started;
      }
      const result = await answer;
      this.result = result;
      for (const name of ['reconstructed', 'error'] as const)
        await this.#readVolume(name, result, (id, voxels) => this.#host.inspected(id, name, voxels, { signal }));
    } catch (error) {
      if (!isAbort(error)) this.error = error;
    } finally {
      if (this.#aborter.signal === signal) this.busy = false;
    }
  }

  async #readVolume(
    name: InspectVolume,
    { id, geometry, range: [low, high] }: Pick<InspectResult, 'id' | 'geometry' | 'range'>,
    read: (id: string, voxels: number) => Promise<ArrayBuffer>,
  ): Promise<void> {
    const { dims } = geometry;
    const voxels = new Float32Array(await read(id, dims[0] * dims[1] * dims[2]));
    const range: readonly [number, number] = name === 'error' ? [0, high - low] : [low, high];
    const volume = new VolumeImage({ geometry: geometryOf(geometry), slope: 1, intercept: 0, range });
    volume.setVoxels(voxels);
    this.volumes = { ...this.volumes, [name]: volume };
  }

  async #readOverlay(signal: AbortSignal): Promise<void> {
    const onScan = this.#onScan();
    const { overlay, point } = this;
    if (!onScan || (overlay === 'similar' && !point)) return;
    this.overlayBusy = true;
    try {
      const volume =
        overlay === 'similar' && point
          ? await similarityOverlay(this.#host, { ...onScan, point: [...point] as [number, number, number] }, signal)
          : await featureOverlay(this.#host, onScan, signal);
      if (!signal.aborted) this.overlayVolume = volume;
    } catch (error) {
      if (!isAbort(error)) this.error = error;
    } finally {
      if (this.#overlayAborter.signal === signal) this.overlayBusy = false;
    }
  }
}

function sameGrid(a: InspectView, b: InspectView): boolean {
  return JSON.stringify(a.geometry) === JSON.stringify(b.geometry);
}
