import type { ConnectionState } from '../api/event-stream.ts';
import type { Host } from '../api/host.ts';
import type { BackendSummary, EngineState, Status, WorkspaceSummary } from '../api/types.ts';

/** Whether the host answers, and what it says about itself. */
export class Connection {
  state = $state<ConnectionState>('connecting');
  version = $state('');
  desktop = $state(false);
  engine = $state<EngineState>('idle');
  backend = $state.raw<BackendSummary | null>(null);
  workspace = $state.raw<WorkspaceSummary | null>(null);
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Nothing can be changed: no workspace is open, or it is open for reading only. */
  get readOnly(): boolean {
    return this.workspace?.access !== 'write';
  }

  async refresh(): Promise<void> {
    const status: Status = await this.#host.status();
    this.version = status.version;
    this.desktop = status.desktop;
    this.engine = status.engine;
    this.backend = status.backend;
    this.workspace = status.workspace;
  }
}
