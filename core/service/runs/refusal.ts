import { TesseraError, type ErrorCode } from '../../base/errors.ts';
import type { PreflightCode, PreflightFinding } from '../api/preflight.ts';

const codes: Readonly<Record<PreflightCode, ErrorCode>> = {
  memory: 'out-of-memory',
  disk: 'write-failed',
  'no-labels': 'bad-labels',
  'missing-segment': 'bad-labels',
  spacing: 'bad-setting',
  'test-scan': 'test-case',
  leak: 'test-case',
  'not-finite': 'not-finite',
  'too-few-scans': 'no-data',
  geometry: 'bad-geometry',
  setting: 'bad-setting',
  preparation: 'bad-setting',
  'no-validation': 'no-data',
  'slow-to-yield': 'bad-setting',
};

/** Stops a run that cannot work before it starts. @throws TesseraError for the first refusal among the findings */
export function refuse(findings: readonly PreflightFinding[]): void {
  const first = findings.find(({ severity }) => severity === 'refusal');
  if (first === undefined) return;
  const { code, message, scan, repair } = first;
  throw new TesseraError(codes[code], message, {
    ...(scan === undefined ? {} : { subject: scan }),
    advice: repair === undefined ? 'The check before the start says what to do.' : `${repair.title}.`,
  });
}
