import { LONGEST_NAME } from '../../api/training.ts';

/** The name of what improves a model: that model's, with the minute at its end in place of the one before. */
export function nextName(before: string, now: Date): string {
  const minute = now.toISOString().slice(0, 16).replace('T', ' ');
  const own = before.replace(/( \d{4}-\d\d-\d\d \d\d:\d\d)+$/, '');
  return `${own.slice(0, LONGEST_NAME - minute.length - 1).trimEnd()} ${minute}`;
}
