import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { TesseraError, type ErrorCode } from '../core/base/errors.ts';
import { hostGreeting, type HostGreeting } from '../core/service/api/control.ts';
import { Deferred } from './deferred.ts';

/** The host, as a program of a stock Node: no native code of ours runs inside Electron. */
export interface HostProgram {
  readonly node: string;
  /** The command line's program; `serve` and its options follow it. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How to reach a host that listens. */
export interface HostDoor {
  readonly socketPath: string;
  /** Opens the control routes; the page never has it. */
  readonly secret: string;
}

export type HostChild = Pick<ChildProcessByStdio<Writable, Readable, Readable>, 'stdin' | 'stdout' | 'stderr' | 'kill' | 'once'>;
export type StartChild = (program: HostProgram, args: readonly string[]) => HostChild;

export interface HostEnd {
  readonly error: TesseraError;
  /** It said why it will not run: starting it again would change nothing. */
  readonly refused: boolean;
}

export interface HostRun {
  /** Rejected when it ends before it listens. */
  readonly door: Promise<HostDoor>;
  readonly ended: Promise<HostEnd>;
  /** Asks it to end, by closing its standard input; makes it end when it does not. */
  stop(): Promise<void>;
}

export interface HostRunOptions {
  readonly program: HostProgram;
  readonly socketPath: string;
  readonly workspace: string;
  readonly startChild: StartChild;
  readonly delay: (milliseconds: number) => Promise<void>;
  readonly log: (line: string) => void;
}

/** A host that says nothing for so long does not start any more. */
const GREETING_WITHIN = 60_000;
/** A job that stops at its next good place may take a while. */
const END_WITHIN = 15_000;
const KILL_AFTER = 5_000;

/** One life of a host, from its start to its end. The conversation is told in core/service/api/control.ts. */
export function runHost({ program, socketPath, workspace, startChild, delay, log }: HostRunOptions): HostRun {
  const secret = randomBytes(32).toString('hex');
  const args = ['serve', '--socket', socketPath, '--workspace', workspace];
  const child = startChild(program, args);
  const door = new Deferred<HostDoor>();
  const ended = new Deferred<HostEnd>();
  let refusal: TesseraError | undefined;
  let isEnded = false;

  const end = (reason: string): void => {
    if (isEnded) return;
    isEnded = true;
    const error = refusal ?? hostDied(reason);
    door.reject(error);
    ended.resolve({ error, refused: refusal !== undefined });
  };
  child.once('error', (error) => end(error.message));
  child.once('exit', (status, signal) => end(signal ?? `exit status ${status}`));
  // Writing to a process that has just died is told by `exit`.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${secret}\n`);

  const lines = createInterface(child.stdout);
  lines.once('line', (line) => {
    lines.on('line', log);
    const greeting = readGreeting(line);
    if (greeting === undefined) log(line);
    else if (greeting.ready) door.resolve({ socketPath, secret });
    else refusal = refused(greeting);
  });
  createInterface(child.stderr).on('line', log);
  // The timer may outlive the need for it: a door that is open is not closed by it.
  void Promise.race([door.promise.catch(() => undefined), delay(GREETING_WITHIN).then(() => 'late')]).then((result) => {
    if (result === 'late') child.kill('SIGKILL');
  });

  return {
    door: door.promise,
    ended: ended.promise,
    stop: async () => {
      child.stdin.end();
      const within = (milliseconds: number): Promise<boolean> =>
        Promise.race([ended.promise.then(() => true), delay(milliseconds).then(() => false)]);
      if (await within(END_WITHIN)) return;
      child.kill('SIGTERM');
      if (await within(KILL_AFTER)) return;
      child.kill('SIGKILL');
      await ended.promise;
    },
  };
}

export const startNodeChild: StartChild = ({ node, script, env }, args) =>
  spawn(node, [script, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });

/** The surroundings without what Electron put there for itself, and without flags that were meant for another Node. */
export function hostEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:ELECTRON_|CHROME_|NODE_OPTIONS$)/i.test(name)));
}

function readGreeting(line: string): HostGreeting | undefined {
  try {
    return hostGreeting.safeParse(JSON.parse(line)).data;
  } catch {
    // A line for people.
    return undefined;
  }
}

function refused({ error }: Extract<HostGreeting, { ready: false }>): TesseraError {
  const { subject, advice } = error;
  // The host's codes are those of TesseraError; an unknown one of a newer host does no harm.
  return new TesseraError(error.code as ErrorCode, error.message, {
    ...(subject === undefined ? {} : { subject }),
    ...(advice === undefined ? {} : { advice }),
  });
}

function hostDied(reason: string): TesseraError {
  return new TesseraError('server-failed', `The program behind the window ended (${reason}).`, {
    advice: 'Start it again; finished work is kept, and what was being computed goes on from its last checkpoint.',
  });
}
