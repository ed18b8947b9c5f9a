/** What travels between host and page, under one roof. */
export type { Measurements } from '../../core/service/api/measurements.ts';
export type { StoredType, GeometryDocument, BoxDocument, FindingDocument } from '../../core/service/api/common.ts';
export type { ErrorDocument } from '../../core/service/api/errors.ts';
export type { ServiceEvent } from '../../core/service/api/events.ts';
export type {
  ConsistencyRequest,
  ConsistencyResult,
  FeaturesRequest,
  FeaturesResult,
  InspectRequest,
  InspectResult,
  InspectView,
  InspectVolume,
  SimilarRequest,
  SimilarResult,
  WarmUpRequest,
} from '../../core/service/api/inspect.ts';
export type { ImportProblem, Job, JobResult, JobState, NewJob } from '../../core/service/api/jobs.ts';
export type {
  EditRequest,
  LabelState,
  LabelVersion,
  LayerEdited,
  NewLayer,
  NewVersion,
  RemovedLayer,
  StepRequest,
} from '../../core/service/api/labels.ts';
export type { LayerSummary, Segment, SegmentState, SegmentStatistics } from '../../core/service/api/layers.ts';
export type { ModelSummary } from '../../core/service/api/models.ts';
export type { PromptDocument, PromptsRequest, PromptsResult } from '../../core/service/api/prompts.ts';
export type { ScanDetails, ScanListing, ScanSummary } from '../../core/service/api/scans.ts';
export type { NewSplit, SplitDraw, SplitListing, SplitPreview, SplitShares, SplitSummary } from '../../core/service/api/splits.ts';
export type { BackendSummary, EngineState, Status, WorkspaceSummary } from '../../core/service/api/status.ts';
export type { NewSource, SourceState } from '../../core/service/api/uploads.ts';
export type {
  AgreementListing,
  AgreementMeans,
  AssignRequest,
  AuditTrail,
  AuditTrailEntry,
  Comment,
  CommentListing,
  CommentMark,
  ConsensusRequest,
  ItemsRequest,
  LayerNames,
  NewComment,
  NewReply,
  ScanAgreement,
  SittingRequest,
  StartedWork,
  StateRequest,
  TimesListing,
  WorkItem,
  WorkListing,
  WorkState,
} from '../../core/service/api/work.ts';
