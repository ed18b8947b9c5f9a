import type { TesseraError } from '../core/base/errors.ts';
import { Deferred } from './deferred.ts';
import { runHost, startNodeChild, type HostDoor, type HostEnd, type HostProgram, type HostRun, type StartChild } from './host-run.ts';
import { newHostSocket, type HostSocket } from './host-socket.ts';
import { RestartBudget } from './restart-budget.ts';

export interface HostOptions {
  readonly program: HostProgram;
  /** It will not come back by itself: it refused, or died too often. */
  readonly onFailure: (error: TesseraError) => void;
  readonly log?: (line: string) => void;
  readonly startChild?: StartChild;
  readonly newSocket?: () => Promise<HostSocket>;
  readonly delay?: (milliseconds: number) => Promise<void>;
  readonly now?: () => number;
}

const RESTARTS = { most: 3, within: 60_000 };
/** Before the first, second and third restart. */
const PAUSES = [0, 1_000, 4_000];

/**
 * Keeps one host running: starts it, starts it again when it dies (three times in a minute), stops it in the end.
 * Requests wait for {@link HostProcess.ready} while there is none.
 */
export class HostProcess {
  readonly #options: Required<HostOptions>;
  readonly #budget: RestartBudget;
  #door = new Deferred<HostDoor>();
  #run: HostRun | undefined;
  #life: Promise<void> = Promise.resolve();
  #wanted = false;

  constructor(options: HostOptions) {
    const log = (line: string): void => void process.stderr.write(`${line}\n`);
    this.#options = { log, startChild: startNodeChild, newSocket: newHostSocket, delay: wait, now: Date.now, ...options };
    this.#budget = new RestartBudget(RESTARTS.most, RESTARTS.within, this.#options.now);
  }

  /** The way to the host that runs now, or soon will. @throws TesseraError when none will */
  ready(): Promise<HostDoor> {
    return this.#door.promise;
  }

  /** Opens a folder, in a new host. What waits on an earlier one waits for this one. */
  async open(workspace: string): Promise<void> {
    this.#closeDoor();
    await this.stop();
    this.#wanted = true;
    this.#budget.refill();
    this.#life = this.#live(workspace);
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#run?.stop();
    await this.#life;
  }

  async #live(workspace: string): Promise<void> {
    while (this.#isWanted()) {
      const { error, refused } = await this.#runOnce(workspace);
      this.#closeDoor();
      if (!this.#isWanted()) return;
      const attempt = refused ? undefined : this.#budget.take();
      if (attempt === undefined) {
        this.#fail(error);
        return;
      }
      this.#options.log(`${error.message} Starting it again.`);
      await this.#options.delay(PAUSES[attempt] ?? 0);
    }
  }

  async #runOnce(workspace: string): Promise<HostEnd> {
    const { program, startChild, delay, log } = this.#options;
    const door = this.#door;
    const socket = await this.#options.newSocket();
    try {
      const run = runHost({ program, socketPath: socket.path, workspace, startChild, delay, log });
      this.#run = run;
      // Why it did not come to that is told by its end.
      run.door.then(
        (opened) => door.resolve(opened),
        () => undefined,
      );
      if (!this.#isWanted()) await run.stop();
      return await run.ended;
    } finally {
      this.#run = undefined;
      await socket.remove();
    }
  }

  /** From now on, requests wait for the next host. */
  #closeDoor(): void {
    const last = this.#door;
    this.#door = new Deferred();
    last.resolve(this.#door.promise);
  }

  #fail(error: TesseraError): void {
    this.#wanted = false;
    this.#door.reject(error);
    this.#options.onFailure(error);
  }

  /** A function, for it may change at every `await`. */
  #isWanted(): boolean {
    return this.#wanted;
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}
