import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError } from '../../base/errors.ts';
import type { ImportReport } from '../../model/import-weights.ts';
import type { ModelDocument } from '../../model/saved-model.ts';
import { repeated, wholeTriple } from '../arguments.ts';
import { startChosenBackend } from '../backend.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

interface ImportCliOptions {
  readonly network: 'unetr';
  readonly out: string;
  readonly labels?: string;
  readonly grid?: readonly [number, number, number];
  readonly set: readonly string[];
}

export const importWeightsVerb: Verb = {
  name: 'import-weights',
  summary: 'weights from PyTorch (MONAI UNETR names, or timm-style MAE encoder names), with a report of what matched',
  writes: '`MODEL/`',
  define: (command: Command) =>
    command
      .argument('<file.safetensors>', 'weights in PyTorch layout')
      .addOption(new Option('--network <name>', 'the network they belong to').choices(['unetr']).makeOptionMandatory())
      .requiredOption('--out <model>', 'folder of the new model')
      .option('--labels <names>', 'names of the classes, background first, parted by commas; or a labels.json or dataset.json')
      .option('--grid <a,b,c>', 'patches along each axis that the positions of the file are for, where they are no cube', wholeTriple)
      .option('--set <name=value>', 'override a setting that the file tells, or one that it cannot (heads, preparation)', repeated, []),
  run,
};

async function run(session: Session, args: readonly string[], options: ImportCliOptions): Promise<void> {
  const path = args[0] ?? '';
  if (existsSync(join(options.out, 'model.json')))
    throw new TesseraError('bad-setting', 'already holds a model.', { subject: options.out, advice: 'Give another --out.' });
  const { applySettings } = await import('../../base/settings.ts');
  const { seededRandom } = await import('../../base/random.ts');
  const { readSafetensors } = await import('../../compute/safetensors.ts');
  const { importWeights } = await import('../../model/import-weights.ts');
  const { settingsFromWeights } = await import('../../model/imported-settings.ts');
  const { refusePickled } = await import('../../model/pickled-checkpoint.ts');
  const { importSettings } = await import('../import-settings.ts');
  const { createModelParameters } = await import('../../model/imported-parameters.ts');
  const { disposeParameters } = await import('../../model/parameters.ts');
  const { saveModel } = await import('../../model/saved-model.ts');
  await refusePickled(path);
  const file = await readSafetensors(path);
  try {
    const { preparation, ...settings } = applySettings(importSettings, settingsFromWeights(file, path, options.grid), options.set);
    requireHeads(settings);
    const labels = await labelsOf(options.labels, settings.classes);
    const { values, report } = await importWeights(file, settings, path, options.grid);
    await startChosenBackend(session);
    const parameters = createModelParameters(settings, values, seededRandom(session.options.seed).fork('weights'));
    const document: ModelDocument = {
      schema: 'tessera-model/1',
      network: options.network,
      settings,
      preparation,
      labels,
      provenance: { imported: path, naming: report.style, fresh: [...report.missing, ...report.mismatched.map(({ name }) => name)] },
    };
    try {
      await saveModel(options.out, document, parameters);
    } finally {
      disposeParameters(parameters);
    }
    session.answer({ model: options.out, settings, preparation, labels, report }, inWords(options.out, report));
  } finally {
    await file.close();
  }
}

/** The number of heads is told by no shape in the file, so a wrong one must not pass. */
function requireHeads({ width, heads }: { readonly width: number; readonly heads: number }): void {
  if (width % heads !== 0)
    throw new TesseraError('bad-setting', `${heads} do not divide the width of ${width}.`, {
      subject: 'heads',
      advice: 'The file does not tell them: give --set heads=N as the network was trained.',
    });
}

async function labelsOf(given: string | undefined, classes: number): Promise<ModelDocument['labels']> {
  const named = given === undefined ? [] : await namesOf(given);
  if (named.length > 0 && named.length !== classes)
    throw new TesseraError('usage', `names ${named.length} classes; the network has ${classes}, background included.`, {
      subject: '--labels',
      advice: 'Name every class, background first, or give --set classes=N.',
    });
  return Array.from({ length: classes }, (_, i) => named[i] ?? { value: i, name: i === 0 ? 'background' : `label ${i}` });
}

async function namesOf(given: string): Promise<ModelDocument['labels']> {
  if (!/\.json$/i.test(given)) return given.split(',').map((name, value) => ({ value, name: name.trim() }));
  const { readLabelNames } = await import('../label-names-file.ts');
  const names = { 0: 'background', ...(await readLabelNames(given)) };
  return Object.entries(names)
    .map(([value, name]) => ({ value: Number(value), name }))
    .sort((a, b) => a.value - b.value);
}

function inWords(out: string, { style, matched, resized, mismatched, missing, unused }: ImportReport): string {
  const shapes = (list: ImportReport['resized']): string[] =>
    list.map(({ name, from, to }) => `${name} (${from.join('x')} to ${to.join('x')})`);
  const line = (what: string, names: readonly string[]): string[] =>
    names.length === 0
      ? []
      : [`${what}: ${names.length}${names.length > 8 ? ` (${names.slice(0, 8).join(', ')} …)` : ` (${names.join(', ')})`}`];
  return [
    `naming: ${style === 'monai' ? 'MONAI' : 'timm'}`,
    ...line('matched', matched),
    ...line('resized', shapes(resized)),
    ...line('of another shape, started fresh', shapes(mismatched)),
    ...line('missing, started fresh', missing),
    ...line('unused', unused),
    `The model is in ${out}.`,
  ].join('\n');
}
