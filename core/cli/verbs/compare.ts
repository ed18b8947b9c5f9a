import type { Command } from 'commander';
import { TesseraError } from '../../base/errors.ts';
import type { Evaluation } from '../../evaluation/index.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

export const compareVerb: Verb = {
  name: 'compare',
  summary: 'paired test between two evaluations',
  writes: 'table',
  define: (command: Command) => command.argument('<a.json>', 'evaluation A').argument('<b.json>', 'evaluation B, of the same cases'),
  run,
};

async function run(session: Session, args: readonly string[]): Promise<void> {
  const [a = '', b = ''] = args;
  const { compareEvaluations, comparisonTable } = await import('../../evaluation/index.ts');
  const comparison = compareEvaluations(await readEvaluation(a), await readEvaluation(b), { seed: session.options.seed });
  session.answer(comparison, comparisonTable(comparison, { a, b }));
}

async function readEvaluation(path: string): Promise<Evaluation> {
  const { parseEvaluation } = await import('../../evaluation/index.ts');
  const { readTextFile } = await import('../text-file.ts');
  const text = await readTextFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TesseraError('bad-file', 'is not JSON.', {
      subject: path,
      advice: 'Give a .json file that "tessera evaluate --out FILE.json" wrote.',
      cause,
    });
  }
  return parseEvaluation(value, path);
}
