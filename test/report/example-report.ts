import { seededRandom } from '../../core/base/random.ts';
import { compareEvaluations, evaluateCase, summarise, type Evaluation } from '../../core/evaluation/index.ts';
import { pointLPS, voxelCount, type Geometry, type Triple } from '../../core/imaging/volume.ts';
import {
  comparisonResultTable,
  evaluationDotChart,
  evaluationSummaryTable,
  factList,
  figure,
  fullestSlice,
  greyPicture,
  heatLegend,
  heatPicture,
  html,
  keyFigures,
  labelLegend,
  lineChart,
  notice,
  overlayLabels,
  pictureRow,
  renderReport,
  sheetHtml,
  takeSlice,
  type Plane,
  type Sheet,
} from '../../core/report/index.ts';

/** A page from made data that uses every part of core/report: for the tests, and to look at after a change of style. */

const segments = [
  { label: 1, name: 'liver' },
  { label: 2, name: 'spleen' },
  { label: 3, name: 'left kidney' },
  { label: 4, name: 'gallbladder' },
];
// Left-handed and anisotropic on purpose: the pictures must come out right all the same.
export const phantomGeometry: Geometry = {
  dims: [96, 76, 26],
  spacing: [3.4, 3.4, 6],
  origin: pointLPS(160, -130, -80),
  direction: [
    [-1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

/** A drawn abdomen in HU with its labels; `wobble` in mm moves the organs. */
export function phantom(seed: number, wobble: number): { voxels: Float32Array; labels: Uint8Array } {
  const { dims, spacing, origin, direction } = phantomGeometry;
  const random = seededRandom(seed);
  const move = (): number => wobble * random.normal();
  const organ = (
    label: number,
    hu: number,
    centre: Triple,
    radii: Triple,
  ): { label: number; hu: number; centre: Triple; radii: Triple } => ({
    label,
    hu,
    centre: [centre[0] + move(), centre[1] + move(), centre[2] + move()],
    radii: [radii[0] + move() / 2, radii[1] + move() / 2, radii[2] + move() / 2],
  });
  const organs = [
    organ(1, 118, [-62, -12, 10], [62, 58, 48]),
    organ(2, 126, [92, 32, 14], [24, 36, 34]),
    organ(3, 172, [58, 46, -30], [21, 24, 38]),
    organ(0, 168, [-54, 50, -34], [21, 24, 38]),
    organ(4, 12, [-38, -48, -18], [14, 16, 18]),
    organ(0, 330, [0, 62, 0], [20, 19, 200]),
    organ(0, 190, [8, 30, 0], [10, 10, 200]),
  ];
  const voxels = new Float32Array(voxelCount(dims));
  const labels = new Uint8Array(voxels.length);
  for (let k = 0, v = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      for (let i = 0; i < dims[0]; i++, v++) {
        const [x, y, z] = [origin[0] + i * spacing[0] * direction[0][0], origin[1] + j * spacing[1], origin[2] + k * spacing[2]];
        const body = (x / 148) ** 2 + (y / 104) ** 2;
        let hu = body > 1 ? -1000 : body > 0.84 ? -95 : 48 + 14 * Math.sin(x / 17) * Math.sin(y / 13) * Math.cos(z / 15);
        for (const o of organs) {
          if (((x - o.centre[0]) / o.radii[0]) ** 2 + ((y - o.centre[1]) / o.radii[1]) ** 2 + ((z - o.centre[2]) / o.radii[2]) ** 2 > 1)
            continue;
          hu = o.hu;
          labels[v] = o.label;
        }
        voxels[v] = hu + 44 * (random.next() - 0.5);
      }
    }
  }
  return { voxels, labels };
}

const caseCount = 9;

function madeEvaluation(wobble: number, offset: number): Evaluation {
  // Without a wobble every seed draws the same organs.
  const reference = phantom(0, 0).labels;
  const cases = Array.from({ length: caseCount }, (_, n) =>
    evaluateCase({
      case: `case_${String(n + 1).padStart(2, '0')}`,
      reference,
      prediction:
        n === 4 && wobble > 4
          ? phantom(n + offset, wobble).labels.map((label) => (label === 4 ? 0 : label))
          : phantom(n + offset, wobble).labels,
      geometry: phantomGeometry,
      segments,
      tolerance: 3,
    }),
  );
  return summarise(cases, { tolerance: 3, resamples: 2000 });
}

function curve(level: number, speed: number, seed: number): readonly (readonly [number, number])[] {
  const random = seededRandom(seed);
  return Array.from({ length: 200 }, (_, n) => [n + 1, level + 0.9 * Math.exp(-(n + 1) / speed) + 0.012 * random.normal()] as const);
}

export function exampleReport(): string {
  const scratch = madeEvaluation(6, 100);
  const pretrained = madeEvaluation(3, 200);
  const comparison = compareEvaluations(scratch, pretrained);
  const { voxels, labels } = phantom(1, 0);
  const predicted = phantom(201, 3).labels;
  const scan = { voxels, geometry: phantomGeometry };
  const at = (plane: Plane): number => fullestSlice({ voxels: labels, geometry: phantomGeometry }, plane);
  const window = { low: -120, high: 240 };
  const view = (plane: Plane, source: Float32Array = voxels): ReturnType<typeof greyPicture> =>
    greyPicture(takeSlice({ ...scan, voxels: source }, plane, at(plane)), window, { size: 300 });
  const overlaid = (plane: Plane, map: Uint8Array): ReturnType<typeof greyPicture> =>
    overlayLabels(view(plane), takeSlice({ voxels: map, geometry: phantomGeometry }, plane, at(plane)));

  const masked = voxels.map((value, v) => (hidden(v) ? -120 : value));
  const rebuilt = voxels.map((value, v) => (hidden(v) ? blur(voxels, v) : value));
  const error = voxels.map((value, v) => Math.abs(value - (rebuilt[v] ?? 0)));
  const sheet: Sheet = {
    columns: ['Input', 'What the network saw', 'Reconstruction', 'Absolute error'],
    rows: (['axial', 'coronal', 'sagittal'] as const).map((plane) => ({
      caption: plane,
      pictures: [
        ...[voxels, masked, rebuilt].map((source) =>
          greyPicture(takeSlice({ ...scan, voxels: source }, plane, at(plane)), window, { size: 200 }),
        ),
        heatPicture(takeSlice({ ...scan, voxels: error }, plane, at(plane)), { low: 0, high: 150 }, { size: 200 }),
      ],
    })),
  };
  const dice = comparison.overall.dice;
  const show = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

  return renderReport({
    title: 'Nine drawn abdomens, segmented <with & without> pre-training',
    intro: html`An example of the report builder. Every number and picture on this page is made from a formula; nothing was learned here.`,
    footer: 'Made by test/report/example-report.ts.',
    sections: [
      {
        title: 'Result',
        content: html`
          ${keyFigures([
            { label: 'Dice, from scratch', value: show(dice.meanA), note: '9 cases, 4 segments' },
            { label: 'Dice, pre-trained', value: show(dice.meanB), note: 'the same cases' },
            { label: 'Difference', value: `+${show(dice.difference)}`, note: `95 % interval ${show(dice.low)} to ${show(dice.high)}` },
            { label: 'Wilcoxon signed-rank', value: `p = ${show(dice.pValue)}`, note: 'two-sided, exact' },
          ])}
          ${notice('Nine cases are few: read the intervals, not the third decimal.')}
          ${comparisonResultTable(comparison, 'dice', { a: 'From scratch', b: 'Pre-trained' }, 'Dice for each segment. Difference is pre-trained minus from scratch, with its 95 % bootstrap interval; p is not corrected for several segments.')}
          ${figure(
            evaluationDotChart(
              [
                { name: 'from scratch', evaluation: scratch },
                { name: 'pre-trained', evaluation: pretrained },
              ],
              'dice',
            ),
            'Dice of every case (dots), with mean (diamond) and 95 % bootstrap interval of the mean (bar).',
          )}
        `,
      },
      {
        title: 'A held-out case',
        content: html`
          ${labelLegend(segments)}
          ${figure(
            pictureRow([
              { picture: view('axial'), alt: 'Axial slice', caption: 'Scan, −120 to 240 HU' },
              { picture: overlaid('axial', labels), alt: 'Axial slice with reference labels', caption: 'Reference' },
              { picture: overlaid('axial', predicted), alt: 'Axial slice with predicted labels', caption: 'Prediction' },
            ]),
            'The axial slice with most labelled tissue. Outlines follow the voxels.',
          )}
          ${figure(
            pictureRow(
              (['coronal', 'sagittal'] as const).map((plane) => ({
                picture: overlaid(plane, predicted),
                alt: `${plane} slice`,
                caption: plane,
              })),
            ),
            'The other two planes of the prediction.',
          )}
          <h3>All scores of the pre-trained network</h3>
          ${evaluationSummaryTable(pretrained, 'Mean over cases with its 95 % bootstrap interval.')}
        `,
      },
      {
        title: 'Reconstruction',
        content: html`<p>Three of four patches were hidden from the network. It rebuilds them from the fourth.</p>
          ${figure(html`${sheetHtml(sheet)}${heatLegend({ title: 'Absolute error', low: 0, high: 150, unit: 'HU' })}`, 'Masked input and its reconstruction in three planes.')}`,
      },
      {
        title: 'Training',
        content: html`
          ${figure(
            lineChart({
              title: 'Validation loss by epoch',
              x: { label: 'Epoch' },
              y: { label: 'Validation loss', log: true },
              series: [
                {
                  name: 'from scratch',
                  points: curve(0.22, 34, 1),
                  band: curve(0.22, 34, 1).map(([x, y]) => [x, y * 0.88, y * 1.12] as const),
                },
                {
                  name: 'pre-trained',
                  points: curve(0.15, 18, 2),
                  band: curve(0.15, 18, 2).map(([x, y]) => [x, y * 0.88, y * 1.12] as const),
                },
              ],
            }),
            'Validation loss on a logarithmic axis; the band is made up.',
          )}
          ${factList([
            ['Network', 'UNETR, ViT-S'],
            ['Seed', 47],
            ['Spacing', '1.5 × 1.5 × 1.5 mm'],
            ['Learning rate', '1e-4, cosine'],
          ])}
        `,
      },
    ],
  });
}

function hidden(v: number): boolean {
  const [nx, ny] = phantomGeometry.dims;
  const patch = Math.floor((v % nx) / 8) + 31 * Math.floor((Math.floor(v / nx) % ny) / 8) + 977 * Math.floor(v / (nx * ny) / 4);
  return Math.imul(patch + 1, 0x9e3779b1) >>> 30 !== 0;
}

function blur(voxels: Float32Array, v: number): number {
  const [nx] = phantomGeometry.dims;
  let total = 0;
  for (let dy = -3; dy <= 3; dy++) for (let dx = -3; dx <= 3; dx++) total += voxels[v + dx + nx * dy] ?? -1000;
  return total / 49;
}
