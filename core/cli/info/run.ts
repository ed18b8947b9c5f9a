import { healthEvents } from '../../learning/health.ts';
import { RunFolder } from '../../learning/run-folder.ts';
import { readable, rowsText } from './rows.ts';

export async function runInfo(path: string): Promise<{ document: object; text: string }> {
  const { run, document } = await RunFolder.open(path);
  const checkpoints = await run.checkpoints();
  const snapshots = (await run.stepsWithWeights()).filter((step) => !checkpoints.includes(step));
  const metrics = await run.metrics();
  const last = metrics.findLast((m) => 'loss' in m);
  const dice = metrics.map((m) => m['validationDice']).filter((value) => typeof value === 'number');
  const best = dice.length === 0 ? undefined : Math.max(...dice);
  const health = healthEvents(metrics);
  const counts = new Map<string, number>();
  for (const { use } of document.data.cases) counts.set(use, (counts.get(use) ?? 0) + 1);
  const rows: (readonly [string, string])[] = [
    ['run', path],
    ['kind', document.kind],
    ['started', document.started],
    ['seed', String(document.seed)],
    ['data', `${document.data.folder}: ${[...counts].map(([use, n]) => `${n} ${use}`).join(', ')}`],
    ['steps', last === undefined ? 'none' : `${String(last['step'])}, last loss ${readable(Number(last['loss']))}`],
    ['checkpoints', checkpoints.length === 0 ? 'none' : checkpoints.map((step) => `step ${step}`).join(', ')],
    ...(snapshots.length === 0 ? [] : [['snapshots', snapshots.map((step) => `step ${step}`).join(', ')] as const]),
    ...health.map(({ step, message, advice }) => ['health', `from step ${step} on: ${message} ${advice}`] as const),
    ...(best === undefined ? [] : [['best validation Dice', best.toFixed(3)] as const]),
    ...Object.entries(document.versions).map(([name, version]) => [name, version] as const),
  ];
  return {
    document: { kind: 'run', path, run: document, checkpoints, snapshots, last: last ?? null, bestValidationDice: best ?? null, health },
    text: rowsText(rows),
  };
}
