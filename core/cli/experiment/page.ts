import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { TesseraError } from '../../base/errors.ts';
import { lineChartFile } from '../../report/index.ts';
import { curveOf } from './numbers.ts';
import { armNames, arms } from './plan.ts';
import { readResults, type CellResult, type Results } from './results.ts';
import { consistencyTable, diceTable, reconstructionTable, seedsOf } from './tables.ts';

const BEGIN = '<!-- experiment -->';
const END = '<!-- /experiment -->';

/** Puts the tables and learning curves of everything finished between the marks of docs/experiment.md. @throws TesseraError `no-data` */
export async function writePage(out: string, docs: string): Promise<void> {
  const results = await readResults(out);
  const small = await readResults(`${out}-small`);
  if (results.cells.length === 0 && results.pretrainings.length === 0)
    throw new TesseraError('no-data', 'holds nothing finished.', { subject: out, advice: 'Run the experiment first.' });
  const path = join(docs, 'experiment.md');
  const page = await readFile(path, 'utf8');
  const [before, , after] = parted(page, path);
  for (const labels of labelCounts(results))
    await writeFileAtomic(join(docs, 'pictures', pictureName(labels)), learningCurves(withLabels(results, labels), labels));
  await writeFileAtomic(path, `${before}${BEGIN}\n\n${resultSections(results, small)}\n\n${END}${after}`);
}

/** The part of the page that results decide, in Markdown. @param small of runs with the small encoder */
export function resultSections(results: Results, small: Results): string {
  const ofLabels = labelCounts(results).flatMap((labels) => {
    const cells = withLabels(results, labels);
    const title = `${String(labels)} labelled scans`;
    return [`### ${title}`, diceTable(cells, arms), `![Learning curves with ${title}](pictures/${pictureName(labels)})`];
  });
  const { pretrainings } = results;
  const ofPretraining =
    pretrainings.length === 0
      ? []
      : ['### Forms of the consistency term', consistencyTable(results), '### Filling in test scans', reconstructionTable(pretrainings)];
  const ofSmall = small.pretrainings.length === 0 ? [] : ['### Forms of the consistency term, small encoder', consistencyTable(small)];
  return [...ofLabels, ...ofPretraining, ...ofSmall].join('\n\n');
}

function learningCurves(cells: readonly CellResult[], labels: number): string {
  const series = arms.flatMap((arm) => {
    const own = cells.filter((cell) => cell.arm === arm);
    return own.length === 0 ? [] : [{ name: `${armNames[arm]} (seeds ${seedsOf(own)})`, points: curveOf(own) }];
  });
  return lineChartFile({
    title: `Validation Dice along fine-tuning with ${String(labels)} labelled scans`,
    x: { label: 'steps' },
    y: { label: 'Dice of both parts, 20 validation scans' },
    series,
  });
}

/** Numbers of labels that any arm of the main experiment was run with, few first. */
function labelCounts({ cells }: Results): number[] {
  return [...new Set(cells.map(({ labels }) => labels))].sort((a, b) => a - b);
}

const withLabels = ({ cells }: Results, labels: number): CellResult[] => cells.filter((cell) => cell.labels === labels);
const pictureName = (labels: number): string => `experiment-${String(labels)}-labels.svg`;

function parted(page: string, path: string): [string, string, string] {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from)
    throw new TesseraError('bad-file', `lacks the marks ${BEGIN} and ${END}, between which results are written.`, { subject: path });
  return [page.slice(0, from), page.slice(from, to), page.slice(to + END.length)];
}
