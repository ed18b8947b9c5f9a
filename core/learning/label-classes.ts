import { TesseraError } from '../base/errors.ts';
import { checkLabels, readCaseLabels, readScan, type Dataset, type DatasetCase, type LabelNames } from '../imaging/index.ts';
import type { ModelDocument } from '../model/saved-model.ts';

/**
 * The values that occur in the label maps, with their names: one class each, background first (docs/method.md, Fine-tuning). Every file
 * is checked here, before any second is spent.
 * @param ignoreValue value of voxels that nobody labelled: no class
 * @param tell told of what is worth a look in the files
 * @throws TesseraError `bad-labels`, `grid-mismatch` and what reading throws
 */
export async function labelClasses(
  dataset: Dataset,
  cases: readonly DatasetCase[],
  ignoreValue: number | null = null,
  tell: (line: string) => void = () => undefined,
): Promise<ModelDocument['labels']> {
  const found = new Set<number>([0]);
  const own = new NamesInFiles();
  for (const c of cases) {
    if (c.label === undefined) continue;
    const path = c.images[0] ?? '';
    const { geometry } = (await readScan(path)).volume;
    const label = await readCaseLabels(c.label, { path, geometry }, c.labelNames);
    for (const { code, message } of label.findings) if (tellable.has(code)) tell(`${c.label}: ${message}`);
    own.add(label.names, c.label);
    const checked = checkLabels(label.volume, geometry, { labelName: c.label, scanName: path });
    for (const { value } of checked.counts) found.add(value);
  }
  if (ignoreValue !== null) found.delete(ignoreValue);
  const sorted = [...found].sort((a, b) => a - b);
  if (sorted.length < 2)
    throw new TesseraError('bad-labels', 'every label map is empty.', { subject: dataset.folder, advice: 'Label at least one structure.' });
  if (sorted.some((value) => value > 255))
    throw new TesseraError('bad-labels', 'has values above 255.', { subject: dataset.folder, advice: 'Renumber the segments.' });
  const names = { ...own.names, ...dataset.labelNames };
  return sorted.map((value) => ({ value, name: names[value] ?? (value === 0 ? 'background' : nameless(value)) }));
}

const tellable: ReadonlySet<string> = new Set([
  'overlapping-labels',
  'labels-left-out',
  'no-frame-of-reference',
  'other-frame-of-reference',
]);

/** The names that DICOM objects give their labels; a value must mean the same in all of them. */
class NamesInFiles {
  readonly names: Record<number, string> = {};
  readonly #from = new Map<number, string>();

  /** @throws TesseraError `bad-labels` */
  add(names: LabelNames, path: string): void {
    for (const [key, name] of Object.entries(names)) {
      const value = Number(key);
      const before = this.names[value];
      if (before !== undefined && before.toLowerCase() !== name.toLowerCase())
        throw new TesseraError('bad-labels', `calls label ${value} "${name}", which is "${before}" in ${this.#from.get(value) ?? ''}.`, {
          subject: path,
          advice: 'Say in labels.json of the data folder which label has which value, as in {"1": "liver"}: names decide then.',
        });
      this.names[value] ??= name;
      if (!this.#from.has(value)) this.#from.set(value, path);
    }
  }
}

/** What a label is called that nobody named. */
export function nameless(value: number): string {
  return `label ${String(value)}`;
}
