/** Where a command line writes; `process.stdout` and `process.stderr` are two, and tests bring their own. */
export interface CliStream {
  write(text: string): unknown;
  /** A terminal, on which a line may be drawn over. */
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CliIo {
  readonly stdout: CliStream;
  readonly stderr: CliStream;
  /** Aborted by Ctrl-C: work finishes its step and keeps what is done. */
  readonly signal: AbortSignal;
}
