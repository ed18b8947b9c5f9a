import type { HealthFinding } from '../learning/health.ts';

/** What went wrong in a run, a line each, to follow a summary; empty when nothing did. */
export function healthText(events: readonly (HealthFinding & { readonly step: number })[]): string {
  return events.map(({ step, message, advice }) => `\nFrom step ${step} on: ${message} ${advice}`).join('');
}
