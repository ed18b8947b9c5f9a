import type { Task } from '../../base/task.ts';
import type { Backend } from '../../compute/index.ts';
import type { Workspace } from '../../workspace/index.ts';
import type { EngineEvent, EngineInput, EngineOutput, EngineRequestName } from '../api/engine.ts';

/** What a handler of the engine works with. */
export interface EngineContext {
  /** Progress and cancel; progress is told to the host a few times a second at most. */
  readonly task: Task;
  /**
   * The open workspace. The host holds its lock and has lent the right to add to it: `addScan`, `createLayer`, `newItem` and `audit` work as
   * ever. Layers open for reading; whatever changes what is there is the host's. `workspace.cachePath` may be written freely.
   */
  readonly workspace: Workspace;
  readonly emit: (event: EngineEvent) => void;
  /**
   * Lets more urgent requests go first, and waits while the job is paused. Handlers that compute for long await it between steps, where no
   * other computation disturbs them and they hold little memory. Throws `cancelled` after an abort.
   */
  readonly breathe: () => Promise<void>;
  /** Starts the tensor runtime when it is first asked for. */
  readonly backend: () => Promise<Backend>;
}

export type EngineHandler<N extends EngineRequestName> = (input: EngineInput<N>, context: EngineContext) => Promise<EngineOutput<N>>;

export type EngineHandlers = { readonly [N in EngineRequestName]: EngineHandler<N> };
