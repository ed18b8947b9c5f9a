import {
  acceptProposed,
  differences,
  type Acceptance,
  type Differences,
  type Grid,
  type LabelArray,
  type LabelDelta,
  type Proposed,
} from '../../../core/labelling/index.ts';

/** Work on whole layers that must not stop the page. */
export type AssistJob = { readonly labels: LabelArray; readonly grid: Grid; readonly proposed: Proposed } & (
  { readonly kind: 'accept'; readonly acceptance: Acceptance } | { readonly kind: 'differences'; readonly entropy?: Uint8Array | undefined }
);
export type AssistResult = { readonly delta: LabelDelta } | { readonly differences: Differences };

/** @throws TesseraError that says why nothing can be accepted */
export function runAssist(job: AssistJob): AssistResult {
  const { labels, grid, proposed } = job;
  if (job.kind === 'accept') return { delta: acceptProposed(labels, grid, proposed, job.acceptance) };
  const { entropy } = job;
  return { differences: differences(labels, grid, proposed, entropy === undefined ? {} : { entropy }) };
}
