/** Why a tool cannot act, as it travels from a worker. */
export interface Reason {
  readonly message: string;
  readonly advice?: string;
}

export function reasonOf(error: unknown): Reason {
  if (!(error instanceof Error)) return { message: String(error) };
  const { advice } = error as { readonly advice?: string | undefined };
  return { message: error.message, ...(advice === undefined ? {} : { advice }) };
}

/** One line for the user. */
export function textOf({ message, advice }: Reason): string {
  return advice === undefined ? message : `${message} ${advice}`;
}
