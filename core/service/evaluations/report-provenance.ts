import { factList, html, table, type Content, type Html, type ReportSection } from '../../report/index.ts';
import type { StoredEvaluation } from './stored-evaluation.ts';

type StoredModel = StoredEvaluation['models'][number];

/** What is needed to do it again: how each model was made, its settings, which scans and labels, programs and machine. */
export function provenanceSections(stored: StoredEvaluation): ReportSection[] {
  return [
    { title: 'How the models were made', content: stored.models.map(madeOf) },
    ...settingsSection(stored.models),
    { title: 'Scans and references', content: referencesTable(stored) },
    { title: 'Environment', content: environment(stored) },
  ];
}

function madeOf({ id, name, network, origin }: StoredModel): Html {
  if (origin === undefined)
    return html`<h3>${name}</h3>
      <p>Evaluated before the program kept how a model was made; evaluate it again to have it here.</p>`;
  const { weights, preparation, run, learned } = origin;
  const facts: (readonly [Content, Content])[] = [
    ['Model', id],
    ['Network', network],
    ['Weights', `${weights.count.toLocaleString('en')} (${weights.bytes.toLocaleString('en')} bytes)`],
  ];
  if (run !== undefined)
    facts.push(
      ['Training began', run.started],
      ['Seed', run.seed],
      ...Object.entries(run.scans).map(([use, n]) => [`Scans for ${use}`, n] as const),
      ['Locked away for testing', run.locked],
    );
  return html`<h3>${name}</h3>
    <p>${trainedBy(origin)}</p>
    ${factList(facts)}
    <p>SHA-256 of the weights <code>${weights.sha256}</code></p>
    <p>Scans were prepared so: <code>${JSON.stringify(preparation)}</code></p>
    ${
      learned === undefined &&
      html`<p>How many labelled scans it learned from is not known: a run on the way to it does not lie in the workspace.</p>`
    }`;
}

/** The sentence that a methods part has about training. */
function trainedBy({ run, learned }: NonNullable<StoredModel['origin']>): string {
  if (run === undefined) return 'The model was imported; the run that made it is not known.';
  const { epochs, batch, crops, learningRate, weightDecay } = run.settings;
  const start =
    learned === undefined
      ? 'weights of another model'
      : learned.from === null
        ? 'fresh weights'
        : `the encoder of ${learned.from.name} (${learned.from.id})`;
  const parts = [
    epochs === undefined ? '' : `${text(epochs)} epochs`,
    batch === undefined
      ? ''
      : `steps of ${text(batch)} ${batch === 1 ? 'scan' : 'scans'}${crops === undefined ? '' : ` with ${text(crops)} crops each`}`,
    learningRate === undefined ? '' : `AdamW with a peak learning rate of ${text(learningRate)}`,
    weightDecay === undefined ? '' : `weight decay of ${text(weightDecay)}`,
  ].filter((part) => part !== '');
  const scans = learned === undefined ? '' : ` on ${learned.scans} ${learned.scans === 1 ? 'scan' : 'scans'} with labels`;
  return `Fine-tuned from ${start}${scans}${parts.length === 0 ? '' : `, for ${parts.join(', ')}`}, with seed ${run.seed}. All settings are listed below.`;
}

function settingsSection(models: readonly StoredModel[]): ReportSection[] {
  const columns = models.map(
    ({ origin }) => new Map([...leaves('network', origin?.settings ?? {}), ...leaves('', origin?.run?.settings ?? {})]),
  );
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort();
  if (names.length === 0) return [];
  const content = table({
    columns: [{ title: 'Setting' }, ...models.map(({ name }) => ({ title: name }))],
    rows: names.map((name) => [name, ...columns.map((column) => column.get(name) ?? '–')]),
    caption: 'Of the networks (network.…) and of the runs that made them, under the names of the command line.',
  });
  return [{ title: 'Settings', content }];
}

/** Values by their dotted names. */
function leaves(path: string, value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, text(value)]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(path === '' ? name : `${path}.${name}`, inner));
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const reasons = {
  'no-layer': 'no labels',
  'no-segment': 'none of the segments',
  'not-ready': 'labels not ready',
  empty: 'nothing drawn',
  damaged: 'labels cannot be read',
} as const;

function referencesTable({ references, leftOut }: StoredEvaluation): Html {
  return html`${table({
    columns: [{ title: 'Scan' }, { title: 'Labels' }, { title: 'Change', numeric: true }, { title: 'SHA-256 of the scan' }],
    rows: references.map(({ scan, layer, sequence, content }) => [
      scan,
      layer,
      sequence,
      content === undefined ? '–' : html`<code>${content}</code>`,
    ]),
    caption: 'The label map that was the reference of each scan, and the number of its last change.',
  })}
  ${leftOut.length > 0 && html`<p>Left out: ${leftOut.map(({ scan, reason }) => `${scan} (${reasons[reason]})`).join(', ')}.</p>`}`;
}

function environment({ id, created, versions, models }: StoredEvaluation): Html {
  const own = Object.entries(versions ?? {});
  const names = [...new Set(models.flatMap(({ origin }) => Object.keys(origin?.run?.versions ?? {})))];
  return html`${factList([['Evaluation', id], ['Done', created], ...own])}
  ${
    names.length > 0 &&
    table({
      columns: [{ title: 'Trained with' }, ...models.map(({ name }) => ({ title: name }))],
      rows: names.map((name) => [name, ...models.map(({ origin }) => origin?.run?.versions[name] ?? '–')]),
    })
  }`;
}
