import type { ErrorDocument } from './types.ts';

/**
 * What went wrong, in the words of the host. Codes of this page's own: `unreachable` (no host answers) and `unknown` (not the host's words).
 */
export type ErrorReport = ErrorDocument;

/** An answer of the host that says no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly report: ErrorReport;

  constructor(status: number, report: ErrorReport, cause?: unknown) {
    super(report.message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.report = report;
  }
}

/** Whether a request ended because the page itself gave it up. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** The report of anything that was thrown. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof ApiError) return error.report;
  return { code: 'unknown', message: error instanceof Error ? error.message : String(error) };
}

/** Reads the body of an answer that says no: `{ error: { code, subject, message, advice } }`, or whatever a proxy put in its place. */
export function parseErrorBody(status: number, body: string): ErrorReport {
  const error = errorField(body);
  if (error === undefined) return { code: 'unknown', message: `The host answered ${status}.` };
  const { subject, advice } = error;
  return {
    code: error.code,
    message: error.message,
    ...(typeof subject === 'string' ? { subject } : {}),
    ...(typeof advice === 'string' ? { advice } : {}),
  };
}

function errorField(body: string): { code: string; message: string; subject?: unknown; advice?: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // A proxy's own page, not the host's words.
    return undefined;
  }
  const error = isRecord(value) ? value['error'] : undefined;
  if (!isRecord(error)) return undefined;
  const { code, message } = error;
  return typeof code === 'string' && typeof message === 'string' ? { ...error, code, message } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
