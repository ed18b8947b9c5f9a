import type { Client, RequestOptions } from './client.ts';
import type {
  AgreementListing,
  AssignRequest,
  AuditTrail,
  CommentListing,
  CommentMark,
  ConsensusRequest,
  ItemsRequest,
  LayerNames,
  LayerSummary,
  NewComment,
  NewReply,
  ScanAgreement,
  SittingRequest,
  StartedWork,
  StateRequest,
  TimesListing,
  WorkListing,
} from './types.ts';

/** What the host can be asked about people who read scans together, one function a route. */
export class WorkHost {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  list(): Promise<WorkListing> {
    return this.#client.get('/work');
  }

  assign(request: AssignRequest): Promise<WorkListing> {
    return this.#client.post('/work/assign', request);
  }

  setState(request: StateRequest): Promise<WorkListing> {
    return this.#client.post('/work/state', request);
  }

  remove(request: ItemsRequest): Promise<WorkListing> {
    return this.#client.post('/work/remove', request);
  }

  restore(request: ItemsRequest): Promise<WorkListing> {
    return this.#client.post('/work/restore', request);
  }

  /** The reader's own layer, made where there is none. */
  start(item: string, author: string | undefined): Promise<StartedWork> {
    return this.#client.post(`/work/${item}/start`, author === undefined ? {} : { author });
  }

  comments(scan: string, options?: RequestOptions): Promise<CommentListing> {
    return this.#client.get(`/scans/${scan}/comments`, options);
  }

  comment(scan: string, comment: NewComment): Promise<CommentListing> {
    return this.#client.post(`/scans/${scan}/comments`, comment);
  }

  reply(scan: string, comment: string, reply: NewReply): Promise<CommentListing> {
    return this.#client.post(`/scans/${scan}/comments/${comment}/replies`, reply);
  }

  mark(scan: string, comment: string, mark: CommentMark): Promise<CommentListing> {
    return this.#client.post(`/scans/${scan}/comments/${comment}/marks`, mark);
  }

  times(scan: string): Promise<TimesListing> {
    return this.#client.get(`/scans/${scan}/times`);
  }

  noteTime(scan: string, sitting: SittingRequest): Promise<TimesListing> {
    return this.#client.post(`/scans/${scan}/times`, sitting);
  }

  layerNames(): Promise<LayerNames> {
    return this.#client.get('/agreement/names');
  }

  agreement(first: string, second: string): Promise<AgreementListing> {
    return this.#client.get(`/agreement?first=${encodeURIComponent(first)}&second=${encodeURIComponent(second)}`);
  }

  compare(scan: string, first: string, second: string, options?: RequestOptions): Promise<ScanAgreement> {
    return this.#client.post(`/scans/${scan}/agreement`, { first, second }, options);
  }

  consensus(scan: string, request: ConsensusRequest): Promise<LayerSummary> {
    return this.#client.post(`/scans/${scan}/consensus`, request);
  }

  /** @param before number of an entry: only older ones */
  audit(scan: string | undefined, before?: number): Promise<AuditTrail> {
    return this.#client.get(`/audit${query({ scan, before })}`);
  }

  auditTable(scan: string | undefined): string {
    return this.#client.url(`/audit.csv${query({ scan })}`);
  }
}

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]));
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
