import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { program } from './places.ts';

/** A host as `tessera serve` starts it: a process of its own, with engines of its own. */
export class HostProcess {
  /** With the token; whoever opens it is let in. */
  readonly address: string;
  readonly origin: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, ended: Promise<void>, address: string) {
    this.#child = child;
    this.#ended = ended;
    this.address = address;
    this.origin = new URL(address).origin;
    this.port = Number(new URL(address).port);
  }

  /** @param port 0 for any that is free */
  static async start(workspace: string, port = 0): Promise<HostProcess> {
    const args = [program, 'serve', '--workspace', workspace, '--port', String(port)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    let [out, errors] = ['', ''];
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const address = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        const found = /^Open (\S+) /.exec(out)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('close', () => reject(new Error(`The host ended before it listened: ${errors}`)));
    });
    return new HostProcess(child, ended, address);
  }

  /** Without a warning, as when the system runs out of memory. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Ends its engines without a warning; it lives on, and starts them again. */
  killEngines(): void {
    const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
    for (const line of processes) {
      const [id, parent] = line.trim().split(/\s+/).map(Number);
      if (id !== undefined && parent === this.#child.pid) process.kill(id, 'SIGKILL');
    }
  }

  /** As Ctrl-C does. */
  async stop(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#ended;
  }
}
