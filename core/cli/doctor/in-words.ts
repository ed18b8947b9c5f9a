import type { Advice } from './advice.ts';
import type { BackendCheck } from './backend-check.ts';
import type { Machine } from './machine.ts';

export function inWords(machine: Machine, backends: readonly BackendCheck[], used: string | null, advice: readonly Advice[]): string {
  const rows: (readonly [string, string])[] = [
    ['tessera', `${machine.tessera} on Node ${machine.node}`],
    ['machine', `${machine.system}, ${machine.processor}, ${machine.threads} threads`],
    ['memory', `${gigabytes(machine.memory)}, ${gigabytes(machine.freeMemory)} free`],
    ['cache', machine.cacheFolder],
    ...backends.map((check) => [check.name, backendInWords(check)] as const),
    ['used', used ?? 'none: nothing here can compute'],
    ...(advice.length === 0
      ? [['missing', 'nothing'] as const]
      : advice.map(({ problem, command }) => ['missing', `${problem} Mend it with: ${command}`] as const)),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n');
}

function backendInWords({ version, device, fused, threads, conformance, problem }: BackendCheck): string {
  if (version === undefined || conformance === undefined) return `not usable: ${problem ?? 'unknown reason'}`;
  const failed = conformance.failed.length;
  const checked =
    failed === 0
      ? `all ${conformance.cases} operations right`
      : `${failed} of ${conformance.cases} operations wrong, not for training: ${conformance.failed.join(', ')}`;
  const parts = [version, device, ...(fused === true ? ['fused operations'] : []), `${threads ?? 1} threads`, checked];
  return [parts.join(', '), ...(problem === undefined ? [] : [problem])].join('; ');
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`;
}
