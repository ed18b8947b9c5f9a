import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { TesseraError } from '../../base/errors.ts';
import { cancelled } from '../../base/task.ts';
import { Secret, type Credentials } from '../../pacs/index.ts';

/** Options that say who asks; the secrets themselves never stand on a command line, where others on the machine see them. */
export interface CredentialOptions {
  readonly user?: string;
  readonly passwordFd?: number;
  readonly tokenFd?: number;
}

/**
 * Who asks a DICOMweb server: a password (with `--user`) or a token, from a file descriptor, the environment (`TESSERA_PACS_PASSWORD`,
 * `TESSERA_PACS_TOKEN`) or, the password alone, a prompt.
 * @returns undefined when nobody is named
 * @throws TesseraError `usage`, `bad-setting`, `cancelled`
 */
export async function credentialsOf(
  { user, passwordFd, tokenFd }: CredentialOptions,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  if (tokenFd !== undefined) return { kind: 'token', token: new Secret(fromDescriptor(tokenFd, '--token-fd')) };
  if (user !== undefined) {
    if (user.includes(':')) throw new TesseraError('bad-setting', 'cannot hold a colon.', { subject: '--user' });
    return { kind: 'password', user, password: await passwordOf(user, passwordFd, signal) };
  }
  if (passwordFd !== undefined) throw new TesseraError('usage', 'needs --user.', { subject: '--password-fd' });
  const token = process.env['TESSERA_PACS_TOKEN'] ?? '';
  return token === '' ? undefined : { kind: 'token', token: new Secret(token) };
}

async function passwordOf(user: string, descriptor: number | undefined, signal: AbortSignal): Promise<Secret> {
  if (descriptor !== undefined) return new Secret(fromDescriptor(descriptor, '--password-fd'));
  const given = process.env['TESSERA_PACS_PASSWORD'] ?? '';
  if (given !== '') return new Secret(given);
  if (!process.stdin.isTTY)
    throw new TesseraError('usage', 'needs a password, and there is no terminal to ask at.', {
      subject: '--user',
      advice: 'Give it in TESSERA_PACS_PASSWORD, or with --password-fd N.',
    });
  return new Secret(await prompt(`Password of ${user}: `, signal));
}

function fromDescriptor(descriptor: number, subject: string): string {
  let text: string;
  try {
    text = readFileSync(descriptor, 'utf8');
  } catch (cause) {
    throw new TesseraError('bad-setting', `cannot be read from descriptor ${descriptor}.`, {
      subject,
      advice: 'Open it, as in 3<file.',
      cause,
    });
  }
  const line = text.split(/\r?\n/)[0] ?? '';
  if (line === '') throw new TesseraError('bad-setting', 'holds nothing in its first line.', { subject });
  return line;
}

/** Asks on the terminal without showing what is typed. */
function prompt(question: string, signal: AbortSignal): Promise<string> {
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const asking = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  return new Promise<string>((resolve, reject) => {
    const stop = (): void => reject(cancelled());
    signal.addEventListener('abort', stop, { once: true });
    asking.once('SIGINT', stop).once('line', resolve);
  }).finally(() => {
    asking.close();
    process.stderr.write('\n');
  });
}
