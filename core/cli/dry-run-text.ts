import type { DryRun } from '../learning/dry-run.ts';

/** A prediction in words. */
export function dryRunText({ memory, machineBytes, fits, flops, millisecondsPerStep, steps, hours, trial }: DryRun): string {
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const seconds = (ms: number): string => `${Number((ms / 1000).toPrecision(2))} s`;
  const tried = trial.isWhole ? 'measured' : `from a network of ${tera(trial.flops)} a step, which took ${seconds(trial.milliseconds)}`;
  return [
    `memory    about ${gb(memory.total)} of ${gb(machineBytes)}: ${fits ? 'it fits' : 'it does NOT fit'}`,
    `          tensors ${gb(memory.tensors)}, scans ${gb(memory.scans)}, views ${gb(memory.views)}, program ${gb(memory.program)}`,
    `step      about ${seconds(millisecondsPerStep)} (${tera(flops)}; ${tried})`,
    `run       ${steps} steps, about ${duration(hours)}`,
  ].join('\n');
}

function tera(flops: number): string {
  return `${Number((flops / 1e12).toPrecision(2))} TFLOP`;
}

function duration(hours: number): string {
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return hours >= 1 ? `${Number(hours.toPrecision(2))} hours` : `${Math.max(1, Math.round(60 * hours))} minutes`;
}
