import { formatP } from '../evaluation/index.ts';
import { percentiles, readScan, type Volume } from '../imaging/index.ts';
import type { Metrics } from '../learning/index.ts';
import {
  comparisonResultTable,
  evaluationDotChart,
  factList,
  figure,
  fullestSlice,
  greyPicture,
  heatLegend,
  html,
  keyFigures,
  labelLegend,
  lineChart,
  notice,
  overlayLabels,
  pictureRow,
  renderReport,
  sheetHtml,
  sheetPng,
  table,
  takeSlice,
  type Html,
  type Plane,
} from '../report/index.ts';
import { armSettings, demoPretraining, isSlow } from './demo-settings.ts';
import { arms, demoNumbers, segments, type Arm, type DemoExample, type DemoStory } from './demo-story.ts';
import { reconstructionSheet, type ReconstructionSheet } from './reconstruction-sheet.ts';

const armNames: Record<Arm, string> = { 'pre-trained': 'from GL-MAE', scratch: 'from scratch' };

/** The report of the demo: one self-contained page, and the reconstruction sheet as a picture of its own. */
export async function demoReport(story: DemoStory): Promise<{ page: string; sheet: Uint8Array }> {
  const { counts, backend } = story;
  const { 'pre-trained': fromGlMae, scratch: fromScratch } = armSettings;
  const shown = story.reconstructions[0];
  if (shown === undefined) throw new Error('The demo reconstructs at least one scan.');
  const sheet = reconstructionSheet(shown.value);
  const page = renderReport({
    title: 'What a network learns from scans without labels',
    intro: html`${counts.training} MR crops around the hippocampus, without labels, taught an encoder to fill in what was hidden from it
    (GL-MAE). Then UNETR was trained on ${counts.labelled} labelled scans, once from that encoder and once from scratch, and labelled
    ${counts.test} scans that neither had seen. Everything was computed on this machine.`,
    sections: [
      { title: 'Result', content: result(story) },
      { title: 'Scans never seen', content: html`${labelLegend(segments)}${await examples(story)}` },
      { title: 'Filling in what was hidden', content: reconstructionSection(story, sheet, shown.id) },
      { title: 'Learning curves', content: curves(story) },
      {
        title: 'How it was done',
        content: factList([
          ['Scans', 'Medical Segmentation Decathlon, task 04 (CC BY-SA 4.0); see resources/samples/README.md'],
          ['Backend', `${backend.version}, ${backend.device}, ${String(backend.threads)} threads`],
          [
            'Learning rate',
            `${String(fromGlMae.learningRate)} with layer decay ${String(fromGlMae.layerDecay)} from GL-MAE, ${String(fromScratch.learningRate)} from scratch: ` +
              'what each did best with on scans that are not tested here',
          ],
          ['Wall time of this call', `${story.seconds.toFixed(0)} s`],
          ['Settings, seed, data hashes', 'run.json in each run folder beside this page'],
        ]),
      },
    ],
    footer: 'Made by tessera demo. Not for diagnosis.',
  });
  return { page, sheet: sheetPng(sheet) };
}

function result(story: DemoStory): Html {
  const { dice } = story.comparison.overall;
  const show = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
  const signed = (value: number | null): string => (value === null ? '–' : `${value >= 0 ? '+' : ''}${value.toFixed(3)}`);
  return html`
    ${keyFigures([
      { label: 'Dice, from scratch', value: show(dice.meanA), note: `mean of both parts, ${String(story.counts.test)} cases` },
      { label: 'Dice, from GL-MAE', value: show(dice.meanB), note: 'the same cases' },
      { label: 'Difference', value: signed(dice.difference), note: `95 % interval ${signed(dice.low)} to ${signed(dice.high)}` },
      { label: 'Wilcoxon signed-rank', value: `p ${formatP(dice.pValue).replace(/^(?!<)/, '= ')}`, note: 'two-sided' },
    ])}
    ${
      isSlow(story.backend)
        ? notice(
            'This was computed on WebAssembly, so the training was cut to a small part: these scores say nothing yet. tessera doctor tells what a faster backend needs.',
          )
        : null
    }
    ${notice('One seed, a small network and a few minutes of training: an illustration of the method, not a measurement of it.')}
    ${comparisonResultTable(story.comparison, 'dice', { a: 'From scratch', b: 'From GL-MAE' }, 'Dice of each part. The difference is GL-MAE minus scratch, with its 95 % bootstrap interval; p is not corrected for two parts.')}
    ${figure(
      evaluationDotChart(
        arms.map((arm) => ({ name: armNames[arm], evaluation: story.evaluations[arm] })),
        'dice',
      ),
      'Dice of every case (dots), mean (diamond) and 95 % bootstrap interval of the mean (bar).',
    )}
  `;
}

/** The case in the middle of the pre-trained network's ranking and its worst one. */
async function examples(story: DemoStory): Promise<Html[]> {
  const ranked = story.evaluations['pre-trained'].cases
    .map((c) => ({ id: c.case, dice: meanDice(c.segments.map((s) => s.dice)) }))
    .sort((a, b) => b.dice - a.dice);
  const chosen = [
    { at: ranked[Math.floor((ranked.length - 1) / 2)], word: 'A middling case' },
    { at: ranked.at(-1), word: 'The worst case' },
  ];
  const parts: Html[] = [];
  for (const { at, word } of chosen) {
    const example = story.examples.find((e) => e.id === at?.id);
    if (at !== undefined && example !== undefined)
      parts.push(await exampleFigure(example, `${word}: ${example.id}, Dice ${at.dice.toFixed(3)} from GL-MAE.`));
  }
  return parts;
}

async function exampleFigure(example: DemoExample, caption: string): Promise<Html> {
  const scan = (await readScan(example.scan)).volume;
  const reference = (await readScan(example.reference)).volume;
  const predictions = await Promise.all(arms.map(async (arm) => ({ arm, labels: (await readScan(example.predictions[arm])).volume })));
  const [low = 0, high = 1] = percentiles(Float32Array.from(scan.voxels), [0.5, 99.5]);
  const row = (plane: Plane): Html => {
    const at = fullestSlice(reference, plane);
    const grey = greyPicture(takeSlice(scan, plane, at), { low, high }, { size: 240 });
    const overlaid = (labels: Volume): typeof grey => overlayLabels(grey, takeSlice(labels, plane, at));
    return pictureRow([
      { picture: grey, alt: `${plane} slice of ${example.id}`, caption: `Scan, ${plane}` },
      { picture: overlaid(reference), alt: 'with the reference labels', caption: 'Reference' },
      ...predictions.map(({ arm, labels }) => ({
        picture: overlaid(labels),
        alt: `with the labels ${armNames[arm]}`,
        caption: armNames[arm],
      })),
    ]);
  };
  return figure(html`${row('sagittal')}${row('axial')}`, caption);
}

function reconstructionSection(story: DemoStory, sheet: ReconstructionSheet, id: string): Html {
  const { reconstruction } = demoNumbers(story) as {
    reconstruction: Record<'mse' | 'meanOfVisibleMse' | 'nearestVisibleMse' | 'improvement', number>;
  };
  const hidden = (100 * demoPretraining(1).maskRatio).toFixed(0);
  const row = (name: string, value: number): readonly string[] => [
    name,
    value.toFixed(3),
    `${((1 - value / reconstruction.meanOfVisibleMse) * 100).toFixed(0)} %`,
  ];
  return html`
    ${figure(html`${sheetHtml(sheet)}${heatLegend({ title: 'Absolute error', ...sheet.errorRange, unit: 'standard deviations' })}`, `A scan never seen (${id}), ${hidden} % of its patches hidden. Visible patches are shown as they are.`)}
    ${table({
      columns: [
        { title: 'Guess for the hidden voxels' },
        { title: 'Mean squared error', numeric: true },
        { title: 'Better than the mean by', numeric: true },
      ],
      rows: [
        row('Network', reconstruction.mse),
        row('Copy of the nearest visible patch', reconstruction.nearestVisibleMse),
        row('Mean of the visible voxels', reconstruction.meanOfVisibleMse),
      ],
      caption: `Over the hidden patches of ${String(story.reconstructions.length)} scans never seen; errors in squared standard deviations of the scan.`,
    })}
  `;
}

type Points = readonly (readonly [number, number])[];

function curves(story: DemoStory): Html {
  const points = (metrics: readonly Metrics[], name: string): Points =>
    metrics.filter((m) => typeof m[name] === 'number').map((m) => [Number(m['step']), Number(m[name])] as const);
  const chart = (title: string, unit: string, series: { name: string; points: Points }[], caption: string): Html =>
    figure(lineChart({ title, x: { label: 'step' }, y: { label: unit }, series }), caption);
  const pretraining = (name: string, metric: string): { name: string; points: Points } => ({
    name,
    points: points(story.curves.pretraining, metric),
  });
  return html`
    ${chart(
      'Pre-training',
      'mean squared error of hidden voxels',
      [pretraining('global views', 'reconstructionGlobal'), pretraining('local views', 'reconstructionLocal')],
      'Reconstruction error in pre-training. No label is read here.',
    )}
    ${chart(
      'Consistency',
      'nats',
      [
        pretraining('consistency loss', 'consistency'),
        pretraining('entropy of the teacher', 'entropy'),
        pretraining('entropy of its mean', 'meanEntropy'),
      ],
      'The consistency term is alive while the teacher’s entropy stays between 0 (one answer for all) and that of its mean.',
    )}
    ${chart(
      'Fine-tuning',
      'DiceCE loss',
      arms.map((arm) => ({ name: armNames[arm], points: smoothed(points(story.curves[arm], 'loss')) })),
      'Training loss on the labelled scans, mean of ten steps.',
    )}
  `;
}

function smoothed(points: Points): Points {
  return points.map(([x], i) => {
    const near = points.slice(Math.max(0, i - 9), i + 1);
    return [x, near.reduce((sum, [, y]) => sum + y, 0) / near.length] as const;
  });
}

function meanDice(values: readonly (number | null)[]): number {
  const known = values.filter((v) => v !== null);
  return known.reduce((sum, v) => sum + v, 0) / Math.max(1, known.length);
}
