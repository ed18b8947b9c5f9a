import { decodeEdit, EDIT_TYPE, encodeEdit, type LabelDelta } from '../../core/labelling/index.ts';
import type { Client, ReadOptions, RequestOptions } from './client.ts';
import type {
  ConsistencyRequest,
  ConsistencyResult,
  EditRequest,
  FeaturesRequest,
  FeaturesResult,
  InspectRequest,
  InspectResult,
  InspectView,
  InspectVolume,
  Job,
  LabelState,
  LabelVersion,
  LayerSummary,
  Measurements,
  ModelSummary,
  NewJob,
  NewLayer,
  NewSource,
  NewSplit,
  PromptsRequest,
  PromptsResult,
  RemovedLayer,
  ScanDetails,
  ScanListing,
  SegmentStatistics,
  SimilarRequest,
  SimilarResult,
  SplitDraw,
  SplitListing,
  SplitPreview,
  SplitSummary,
  Status,
  StepRequest,
  WarmUpRequest,
} from './types.ts';

/** A layer as it is now, and what changed to make it so. */
export interface LabelChanges {
  readonly state: LabelState;
  readonly delta: LabelDelta;
}

/** What was found for prompts; the change makes 1 of 0 where the structure is. */
export interface PromptedMask extends PromptsResult {
  readonly delta: LabelDelta;
}

/** What the host can be asked, one function a route. */
export class Host {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  status(options?: RequestOptions): Promise<Status> {
    return this.client.get('/status', options);
  }

  scans(): Promise<ScanListing> {
    return this.client.get('/scans');
  }

  scan(id: string, options?: RequestOptions): Promise<ScanDetails> {
    return this.client.get(`/scans/${id}`, options);
  }

  thumbnail(id: string): string {
    return this.client.url(`/scans/${id}/thumbnail`);
  }

  voxels(scan: string, level: number, bytes: number, options?: ReadOptions): Promise<ArrayBuffer> {
    return this.client.bytes(`/scans/${scan}/voxels/${level}`, bytes, options);
  }

  removeScan(id: string): Promise<void> {
    return this.client.post(`/scans/${id}/remove`);
  }

  restoreScan(id: string): Promise<void> {
    return this.client.post(`/scans/${id}/restore`);
  }

  measurements(scan: string, options?: RequestOptions): Promise<Measurements> {
    return this.client.get(`/scans/${scan}/measurements`, options);
  }

  keepMeasurements(scan: string, measured: Measurements): Promise<void> {
    return this.client.put(`/scans/${scan}/measurements`, measured);
  }

  layers(scan: string, options?: RequestOptions): Promise<LayerSummary[]> {
    return this.client.get(`/scans/${scan}/layers`, options);
  }

  labels(scan: string, layer: string, bytes: number, options?: ReadOptions): Promise<ArrayBuffer> {
    return this.client.bytes(`/scans/${scan}/layers/${layer}/voxels`, bytes, options);
  }

  /** A part of a layer: bytes from `from` up to but without `to`. */
  labelRange(scan: string, layer: string, from: number, to: number, options?: RequestOptions): Promise<ArrayBuffer> {
    return this.client.range(`/scans/${scan}/layers/${layer}/voxels`, from, to, options);
  }

  /** Uncertainty of the model that drew a layer, where the layer has it: uint8 on the grid of the scan, 255 for the largest there can be. */
  entropy(scan: string, layer: string, voxels: number, options?: ReadOptions): Promise<ArrayBuffer> {
    return this.client.bytes(`/scans/${scan}/layers/${layer}/entropy`, voxels, options);
  }

  statistics(scan: string, layer: string, options?: RequestOptions): Promise<SegmentStatistics[]> {
    return this.client.get(`/scans/${scan}/layers/${layer}/statistics`, options);
  }

  newLayer(scan: string, layer: NewLayer): Promise<LayerSummary> {
    return this.client.post(`/scans/${scan}/layers`, layer);
  }

  removeLayer(scan: string, layer: string): Promise<void> {
    return this.client.post(`/scans/${scan}/layers/${layer}/remove`);
  }

  restoreLayer(scan: string, layer: string): Promise<void> {
    return this.client.post(`/scans/${scan}/layers/${layer}/restore`);
  }

  renameLayer(scan: string, layer: string, name: string): Promise<LayerSummary> {
    return this.client.post(`/scans/${scan}/layers/${layer}/rename`, { name });
  }

  /** Layers in the trash, the latest removed first. */
  removedLayers(scan: string): Promise<RemovedLayer[]> {
    return this.client.get(`/scans/${scan}/layers/removed`);
  }

  /** States of a layer that were kept, the oldest first. */
  versions(scan: string, layer: string): Promise<LabelVersion[]> {
    return this.client.get(`/scans/${scan}/layers/${layer}/versions`);
  }

  keepVersion(scan: string, layer: string, name: string): Promise<LabelVersion> {
    return this.client.post(`/scans/${scan}/layers/${layer}/versions`, { name });
  }

  versionVoxels(scan: string, layer: string, version: string, bytes: number, options?: ReadOptions): Promise<ArrayBuffer> {
    return this.client.bytes(`/scans/${scan}/layers/${layer}/versions/${version}/voxels`, bytes, options);
  }

  /** Brings a version back, as a step that can be undone. */
  restoreVersion(scan: string, layer: string, version: string, request: StepRequest): Promise<LabelState> {
    return this.client.post(`/scans/${scan}/layers/${layer}/versions/${version}/restore`, request);
  }

  labelState(scan: string, layer: string): Promise<LabelState> {
    return this.client.get(`/scans/${scan}/layers/${layer}/state`);
  }

  /** Answers when the change is on the disk. */
  editLabels(scan: string, layer: string, request: EditRequest, delta: LabelDelta): Promise<LabelState> {
    return this.client.send(`/scans/${scan}/layers/${layer}/edits`, EDIT_TYPE, encodeEdit(request, delta));
  }

  stepLabels(scan: string, layer: string, step: 'undo' | 'redo', request: StepRequest): Promise<LabelState> {
    return this.client.post(`/scans/${scan}/layers/${layer}/${step}`, request);
  }

  /** What joins an earlier state of a layer with the present one. */
  async labelChanges(scan: string, layer: string, after: number): Promise<LabelChanges> {
    const { json, delta } = decodeEdit(await this.client.all(`/scans/${scan}/layers/${layer}/changes?after=${after}`));
    return { state: json as LabelState, delta };
  }

  /** The structure that prompts show, as a change from an empty label map. Without prompts the scan is made ready for them. */
  async prompts(scan: string, request: PromptsRequest, options?: RequestOptions): Promise<PromptedMask> {
    const { json, delta } = decodeEdit(await this.client.ask(`/scans/${scan}/prompts`, request, options));
    return { ...(json as PromptsResult), delta };
  }

  importLayer(scan: string, source: string): Promise<Job> {
    return this.client.post(`/scans/${scan}/layers/import`, { source });
  }

  splits(): Promise<SplitListing> {
    return this.client.get('/splits');
  }

  /** What a split would be. */
  previewSplit(draw: SplitDraw, options?: RequestOptions): Promise<SplitPreview> {
    return this.client.post('/splits/preview', draw, options);
  }

  saveSplit(split: NewSplit): Promise<SplitSummary> {
    return this.client.post('/splits', split);
  }

  models(): Promise<ModelSummary[]> {
    return this.client.get('/models');
  }

  importModel(source: string): Promise<Job> {
    return this.client.post('/models/import', { source });
  }

  jobs(): Promise<Job[]> {
    return this.client.get('/jobs');
  }

  start(job: NewJob): Promise<Job> {
    return this.client.post('/jobs', job);
  }

  steer(job: string, how: 'pause' | 'resume' | 'cancel'): Promise<Job> {
    return this.client.post(`/jobs/${job}/${how}`);
  }

  /** Answers all jobs in their new order. */
  moveJob(job: string, by: 'up' | 'down'): Promise<Job[]> {
    return this.client.post(`/jobs/${job}/move`, { by });
  }

  /** Imports the scans that ship with the program. */
  openSamples(): Promise<Job> {
    return this.client.post('/samples');
  }

  newUpload(): Promise<NewSource> {
    return this.client.post('/uploads');
  }

  uploadUrl(source: string, name: string): string {
    return this.client.url(`/uploads/${source}/files?name=${encodeURIComponent(name)}`);
  }

  warmUp(request: WarmUpRequest): Promise<unknown> {
    return this.client.post('/inspect/warm-up', request);
  }

  /** What the network will be given: ready long before `inspect`. */
  inspectView(request: InspectRequest, options?: RequestOptions): Promise<InspectView> {
    return this.client.post('/inspect/view', request, options);
  }

  viewed(id: string, volume: InspectVolume, voxels: number, options?: ReadOptions): Promise<ArrayBuffer> {
    return this.client.bytes(`/inspect/view/${id}/${volume}`, voxels * 4, options);
  }

  inspect(request: InspectRequest, options?: RequestOptions): Promise<InspectResult> {
    return this.client.post('/inspect', request, options);
  }

  inspected(id: string, volume: InspectVolume, voxels: number, options?: ReadOptions): Promise<ArrayBuffer> {
    return this.client.bytes(`/inspect/${id}/${volume}`, voxels * 4, options);
  }

  features(request: FeaturesRequest, options?: RequestOptions): Promise<FeaturesResult> {
    return this.client.post('/features', request, options);
  }

  featureColours(id: string, patches: number, options?: ReadOptions): Promise<ArrayBuffer> {
    return this.client.bytes(`/features/${id}`, patches * 3, options);
  }

  similar(request: SimilarRequest, options?: RequestOptions): Promise<SimilarResult> {
    return this.client.post('/similar', request, options);
  }

  similarity(id: string, patches: number, options?: ReadOptions): Promise<ArrayBuffer> {
    return this.client.bytes(`/similar/${id}`, patches * 4, options);
  }

  consistency(request: ConsistencyRequest, options?: RequestOptions): Promise<ConsistencyResult> {
    return this.client.post('/consistency', request, options);
  }
}
