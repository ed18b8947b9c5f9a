import type { Workspace } from '../../workspace/index.ts';
import type { Engines } from '../engine/engines.ts';
import type { EventLog } from '../event-log.ts';
import type { Labels } from '../labels/labels.ts';
import type { LayerShelf } from '../labels/layer-shelf.ts';
import type { Library } from '../library/library.ts';
import { Agreements } from './agreement.ts';
import { Readers } from './readers.ts';
import { Remarks } from './remarks.ts';

/** What people who read scans together need. */
export class Work {
  readonly readers: Readers;
  readonly remarks: Remarks;
  readonly agreements: Agreements;

  constructor(workspace: Workspace, library: Library, labels: Labels, shelf: LayerShelf, engines: Engines, events: EventLog) {
    this.readers = new Readers(workspace, library, labels, shelf, events);
    this.remarks = new Remarks(workspace, library, events);
    this.agreements = new Agreements(workspace, library, engines);
  }
}
