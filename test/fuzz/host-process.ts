import { fork, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { residentBytes } from '../../core/imaging/memory-watch.ts';
import type { OpenAnswer, OpenRequest } from './host.ts';
import { openings, type Format } from './open.ts';

/** Seconds that nothing may be busy for longer. Time of the processor counts, for another program may keep it from us. */
const LONGEST_BUSY = 10;
/** Seconds of the clock, for what waits for something that never comes. */
const LONGEST_WAIT = 120;
/** Neither the program nor one of its decode processes may take more. The watch looks every tenth of a second, so a process may be past it for a moment. */
export const MOST_BYTES = 2.25 * 1024 ** 3;
const LOOK_MILLISECONDS = 50;
const TICKS_A_SECOND = 100;

/** The process that opens files, watched from outside and begun anew when it is lost. */
export class HostProcess {
  #child: ChildProcess | undefined;
  #words = '';
  /** The most memory that was seen, in bytes. */
  readonly peak = { host: 0, decoder: 0 };
  slowest = 0;

  /** Does with a file all that the program does. @returns what became of it first, or the first fault; `fault` also when the process is lost */
  async open(format: Format, path: string): Promise<OpenAnswer> {
    const answers: OpenAnswer[] = [];
    for (const opening of openings[format](path).keys()) {
      const answer = await this.#ask({ format, path, opening });
      if ('fault' in answer) return answer;
      answers.push(answer);
    }
    return answers[0] ?? { outcome: 'read' };
  }

  async #ask(request: OpenRequest): Promise<OpenAnswer> {
    const child = (this.#child ??= this.#start());
    const started = performance.now();
    const answer = await new Promise<OpenAnswer>((resolve) => {
      const timer = setTimeout(() => settle({ fault: 'hangs: it waits for ever' }), LONGEST_WAIT * 1000);
      const busyBefore = busySeconds(child.pid ?? 0);
      const look = setInterval(() => {
        const [host, decoder] = memoryOf(child.pid ?? 0);
        this.peak.host = Math.max(this.peak.host, host);
        this.peak.decoder = Math.max(this.peak.decoder, decoder);
        if (busySeconds(child.pid ?? 0) - busyBefore > LONGEST_BUSY) settle({ fault: `hangs: busy for ${LONGEST_BUSY} s` });
        if (host > MOST_BYTES) settle({ fault: `memory: the program took ${host} bytes` });
        if (decoder > MOST_BYTES) settle({ fault: `memory: a decode process took ${decoder} bytes` });
      }, LOOK_MILLISECONDS);
      const settle = (result: OpenAnswer): void => {
        clearTimeout(timer);
        clearInterval(look);
        child.off('message', settle).off('close', died);
        resolve(result);
      };
      const died = (code: number | null, signal: string | null): void =>
        settle({ fault: `crash: the program ended with ${String(code ?? signal)}\n${this.#words}` });
      child.on('message', settle).on('close', died);
      child.send(request);
    });
    this.slowest = Math.max(this.slowest, (performance.now() - started) / 1000);
    // What it left under way must not be counted against the next file.
    if ('fault' in answer && /^(hangs|crash|memory)/.test(answer.fault)) this.close();
    return answer;
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const program = new URL('./host.js', import.meta.url);
    const child = fork(program, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    this.#words = '';
    child.stderr?.on('data', (piece: Buffer) => (this.#words = (this.#words + piece.toString('latin1')).slice(-4000)));
    return child;
  }
}

/** Memory of a process and the most of one of its children, in bytes; zeros where the system has no /proc. */
function memoryOf(processId: number): readonly [host: number, decoder: number] {
  return [residentBytes(processId) ?? 0, Math.max(0, ...childrenOf(processId).map((child) => residentBytes(child) ?? 0))];
}

/** Seconds of the processor that a process and its children took; 0 where the system has no /proc. */
function busySeconds(processId: number): number {
  const ticks = [processId, ...childrenOf(processId)].map((id) => {
    try {
      // After the name, which may hold anything: state, and as the 12th and 13th fields user and system time.
      const fields = readFileSync(`/proc/${id}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ');
      return Number(fields[11]) + Number(fields[12]);
    } catch {
      return 0;
    }
  });
  return ticks.reduce((sum, n) => sum + n, 0) / TICKS_A_SECOND;
}

function childrenOf(processId: number): number[] {
  try {
    return readdirSync(`/proc/${processId}/task`).flatMap((task) =>
      readFileSync(`/proc/${processId}/task/${task}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
