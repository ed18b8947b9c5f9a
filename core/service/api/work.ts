import * as z from 'zod';
import { comment, commentText } from '../../workspace/comments.ts';
import { sitting } from '../../workspace/reading-times.ts';
import { assignment, personName, workState } from '../../workspace/work-list.ts';
import { count, id } from './common.ts';
import { layerSummary } from './layers.ts';

// Who reads which scan, what readers say about it, how long it took, how far they agree, and who did what.

export type { WorkState } from '../../workspace/work-list.ts';
export type { Comment } from '../../workspace/comments.ts';

/** Who asks, by the name that he gave himself; the account on this computer unless given. */
const author = personName.exactOptional();
const after = count;

export const workItem = assignment.omit({ removed: true }).extend({
  /** States that may follow. */
  next: z.array(workState),
  /** Active time of the reader on the scan. */
  seconds: count,
  /** Open comments on the scan; null where they cannot be read. */
  comments: count.nullable(),
});
export type WorkItem = z.infer<typeof workItem>;

/** Assignments of scans that are there, in the order in which they were made. */
export const workListing = z.object({ sequence: count, items: z.array(workItem) });
export type WorkListing = z.infer<typeof workListing>;

const items = z.array(id).min(1).max(10_000);
export const assignRequest = z.object({
  after,
  author,
  assignments: z
    .array(z.object({ scan: id, reader: personName }))
    .min(1)
    .max(10_000),
});
export type AssignRequest = z.infer<typeof assignRequest>;
export const stateRequest = z.object({ after, author, items, state: workState });
export type StateRequest = z.infer<typeof stateRequest>;
export const itemsRequest = z.object({ after, author, items });
export type ItemsRequest = z.infer<typeof itemsRequest>;
export const startRequest = z.object({ author });
export type StartRequest = z.infer<typeof startRequest>;

/** The reader's own layer, made where there was none. */
export const startedWork = z.object({ work: workListing, layer: layerSummary });
export type StartedWork = z.infer<typeof startedWork>;

export const commentListing = z.object({ sequence: count, items: z.array(comment) });
export type CommentListing = z.infer<typeof commentListing>;

/** `id` is random: asking twice adds one. */
export const newComment = comment.pick({ id: true, point: true, layer: true, segment: true, text: true }).extend({ author });
export type NewComment = z.infer<typeof newComment>;
export const newReply = z.object({ id, text: commentText, author });
export type NewReply = z.infer<typeof newReply>;
export const commentMark = z.object({ after, author, mark: z.enum(['resolved', 'removed']), set: z.boolean() });
export type CommentMark = z.infer<typeof commentMark>;

export const timesListing = z.object({ sittings: z.array(sitting) });
export type TimesListing = z.infer<typeof timesListing>;
export const sittingRequest = sitting.pick({ id: true, reader: true, seconds: true });
export type SittingRequest = z.infer<typeof sittingRequest>;

const score = z.number().nullable();
export const organAgreement = z.object({
  name: z.string(),
  /** 0 where only one has drawn it, null where nobody has. */
  dice: score,
  surfaceDice: score,
  /** Millimetres; null unless both have drawn it. */
  hd95: score,
  firstMl: z.number(),
  secondMl: z.number(),
  /** Second minus first in per cent of their mean. */
  volumeDifference: score,
});
export type OrganAgreement = z.infer<typeof organAgreement>;

export const scanAgreement = z.object({ organs: z.array(organAgreement) });
export type ScanAgreement = z.infer<typeof scanAgreement>;
export const agreementRequest = z.object({ first: id, second: id });

const mean = z.object({ count, mean: score, low: score, high: score });
/** Over scans, each with 95 % of means of scans drawn anew (bootstrap); null where there are too few. */
export const agreementMeans = z.object({ dice: mean, surfaceDice: mean, hd95: mean, volumeDifference: mean });
export type AgreementMeans = z.infer<typeof agreementMeans>;

/** All scans on which layers of both names are. */
export const agreementListing = z.object({
  /** Of the surface Dice in mm. */
  tolerance: z.number(),
  pairs: z.array(
    z.object({
      scan: id,
      first: id,
      second: id,
      /** Null while it is not computed for the layers as they are now. */
      agreement: scanAgreement.nullable(),
    }),
  ),
  /** Of what is computed; `name` null for the mean over the organs of each scan. */
  organs: z.array(agreementMeans.extend({ name: z.string().nullable() })),
});
export type AgreementListing = z.infer<typeof agreementListing>;

/** Names of layers, which are the readers' names by custom, and on how many scans they are. */
export const layerNames = z.array(z.object({ name: z.string(), scans: count }));
export type LayerNames = z.infer<typeof layerNames>;
export const agreementQuery = z.object({ first: z.string().min(1).max(200), second: z.string().min(1).max(200) });

export const consensusRequest = z.object({
  layers: z
    .array(id)
    .min(2)
    .max(20)
    .refine((layers) => new Set(layers).size === layers.length, 'A layer is in it twice'),
  method: z.enum(['majority', 'staple']),
  name: z.string().trim().min(1).max(200),
});
export type ConsensusRequest = z.infer<typeof consensusRequest>;

export const auditQuery = z.object({ scan: id.exactOptional(), before: z.coerce.number().int().min(1).exactOptional() });
export const auditEntry = z.object({
  n: count,
  time: z.string(),
  /** The account on the computer. */
  who: z.string(),
  what: z.string(),
  model: z.string().exactOptional(),
  about: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type AuditTrailEntry = z.infer<typeof auditEntry>;
export const auditTrail = z.object({
  /** The latest first; not more than `AUDIT_PAGE`. */
  entries: z.array(auditEntry),
  /** Older ones are left. */
  more: z.boolean(),
  /** The first line at which the chain of the file is broken; null where it is whole. */
  broken: z.object({ line: count, problem: z.string() }).nullable(),
});
export type AuditTrail = z.infer<typeof auditTrail>;
export const AUDIT_PAGE = 500;
