import { figure, html, lineChart, table, type Content, type Html } from '../../report/index.ts';
import type { LabelCurve, LabelCurves } from '../api/label-efficiency.ts';

/** Dice against the number of labelled scans, and what more of them would bring. @returns undefined where no model can be placed */
export function labelEfficiencyContent({ curves, leftOut }: LabelCurves): Html | undefined {
  if (curves.length === 0) return undefined;
  const names = namesOf(curves);
  const chart = lineChart({
    title: 'Dice against the number of labelled scans',
    x: { label: 'Scans with labels that a model learned from', log: true },
    y: { label: 'Dice (higher is better)' },
    series: curves.map(({ curve, points }, at) => ({
      name: names[at] ?? '',
      points: curve.map(({ labels, dice }) => [labels, dice] as const),
      band: curve.map(({ labels, low, high }) => [labels, low, high] as const),
      marks: points.map(({ labels, dice, low, high }) => ({ at: labels, value: dice, low, high })),
    })),
  });
  return html`${figure(
      chart,
      'Mean Dice of the models of each size on the same scans, a dot each with its 95 % bootstrap interval over patients; line and band: the fitted law and its pointwise interval.',
    )}
    <p>
      Where there are three numbers of labels, 1 − Dice = a + b · n^−c was fitted to the mean error by least squares (0 ≤ a ≤ 1, 0.1 ≤ c ≤
      2, b at most 1 at the smallest n and possibly negative; a size weighs as many as it has models). Intervals are of a percentile
      bootstrap over patients, the same draw for all models. They hold the luck of the tested patients, not that of training again with
      other scans or another seed.
    </p>
    ${curves.map((curve, at) => ofCurve(curve, names[at] ?? ''))}
    ${leftOut.length > 0 && html`<p>Left out: ${leftOut.map(({ name, reason }) => `${name} (${reasons[reason]})`).join(', ')}.</p>`}`;
}

const reasons = {
  seen: 'it has learned from some of the scans',
  unknown: 'it is not known how many labelled scans it learned from',
} as const;

/** What the models of a curve have in common, told apart from the others. */
export function namesOf(curves: readonly LabelCurve[]): string[] {
  return curves.map(
    ({ network, from, frozen }) => `${network}, ${from === null ? 'fresh weights' : from.name}${frozen ? ', encoder frozen' : ''}`,
  );
}

function ofCurve({ models, points, cases, patients, cannot, law, forecasts }: LabelCurve, name: string): Html {
  const rows = points.map(({ labels, dice, low, high }): Content[] => [
    models
      .filter((model) => model.labels === labels)
      .map((model) => model.name)
      .join(', '),
    labels,
    low === null || high === null ? digits(dice) : `${digits(dice)} (${digits(low)} to ${digits(high)})`,
  ]);
  return html`<h3>${name}</h3>
    ${table({
      columns: [{ title: 'Models' }, { title: 'Labelled scans', numeric: true }, { title: 'Dice', numeric: true }],
      rows,
      caption: `${cases} scans of ${patients} patients that every one of these models has a Dice on.`,
    })}
    ${cannot !== undefined && html`<p>${why[cannot]}</p>`}
    ${law !== undefined && html`<p>1 − Dice = ${digits(law.a)} ${law.b < 0 ? '−' : '+'} ${digits(Math.abs(law.b))} · n^−${digits(law.c)}.</p>`}
    ${
      forecasts.length > 0 &&
      table({
        columns: [
          { title: 'More labelled scans' },
          { title: 'In all', numeric: true },
          { title: 'Gain of Dice', numeric: true },
          { title: '' },
        ],
        rows: forecasts.map(({ more, labels, gain, low, high, far }) => [
          `+${more}`,
          labels,
          `${signed(gain)} (${signed(low)} to ${signed(high)})`,
          [low <= 0 ? 'may be nothing' : '', far ? 'more than twice what was tried: a guess' : ''].filter((text) => text !== '').join('; '),
        ]),
        caption: 'Forecast by the fitted law, from the most labels that were tried.',
      })
    }`;
}

const why = {
  sizes: 'What more labels would bring cannot be told: three parameters need models of at least three different numbers of labelled scans.',
  patients: 'What more labels would bring cannot be told: an interval needs at least three patients among the tested scans.',
} as const;

const digits = (value: number): string => value.toFixed(3).replace('-', '−');
const signed = (value: number): string => `${value > 0 ? '+' : ''}${digits(value)}`;
