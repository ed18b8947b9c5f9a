import { inspect } from 'node:util';

/** A password or token. It shows itself to nobody but {@link Secret.reveal}: not in texts, JSON, consoles or errors. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** Who asks a DICOMweb server. */
export type Credentials =
  { readonly kind: 'password'; readonly user: string; readonly password: Secret } | { readonly kind: 'token'; readonly token: Secret };

/** The value of the header `Authorization` (RFC 7617, RFC 6750). */
export function authorization(credentials: Credentials): string {
  if (credentials.kind === 'token') return `Bearer ${credentials.token.reveal()}`;
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password.reveal()}`).toString('base64')}`;
}
