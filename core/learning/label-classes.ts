import { TesseraError } from '../base/errors.ts';
import { checkLabels, readScan, type Dataset, type DatasetCase } from '../imaging/index.ts';
import type { ModelDocument } from '../model/saved-model.ts';

/**
 * The values that occur in the label maps, with their names: one class each, background first (docs/method.md, Fine-tuning). Every file
 * is checked here, before any second is spent.
 * @param ignoreValue value of voxels that nobody labelled: no class
 * @throws TesseraError `bad-labels`, `grid-mismatch` and what reading throws
 */
export async function labelClasses(
  dataset: Dataset,
  cases: readonly DatasetCase[],
  ignoreValue: number | null = null,
): Promise<ModelDocument['labels']> {
  const found = new Set<number>([0]);
  for (const c of cases) {
    if (c.label === undefined) continue;
    const scan = await readScan(c.images[0] ?? '');
    const label = await readScan(c.label);
    const checked = checkLabels(label.volume, scan.volume.geometry, { labelName: c.label, scanName: c.images[0] ?? c.id });
    for (const { value } of checked.counts) found.add(value);
  }
  if (ignoreValue !== null) found.delete(ignoreValue);
  const sorted = [...found].sort((a, b) => a - b);
  if (sorted.length < 2)
    throw new TesseraError('bad-labels', 'every label map is empty.', { subject: dataset.folder, advice: 'Label at least one structure.' });
  if (sorted.some((value) => value > 255))
    throw new TesseraError('bad-labels', 'has values above 255.', { subject: dataset.folder, advice: 'Renumber the segments.' });
  const names = dataset.labelNames;
  return sorted.map((value) => ({ value, name: names[value] ?? (value === 0 ? 'background' : nameless(value)) }));
}

/** What a label is called that nobody named. */
export function nameless(value: number): string {
  return `label ${String(value)}`;
}
