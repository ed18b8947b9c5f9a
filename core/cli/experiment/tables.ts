import { formatP } from '../../evaluation/index.ts';
import { markdownTable } from './markdown-table.ts';
import { curveOf, diceOfCases, differenceOf, intervalOf, mean, stepsTo, type DiceInterval } from './numbers.ts';
import { armNames, experiments, type Arm } from './plan.ts';
import type { CellResult, PretrainingResult, Results } from './results.ts';

/** The arms of one number of labels: Dice of the test scans, against the network from scratch, and how fast. */
export function diceTable(cells: readonly CellResult[], arms: readonly Arm[]): string {
  const of = (arm: Arm): CellResult[] => cells.filter((cell) => cell.arm === arm);
  const scratch = of('scratch');
  const scratchDice = diceOfCases(scratch);
  const scratchBest = Math.max(...curveOf(scratch).map(([, dice]) => dice));
  const rows = arms.flatMap((arm) => {
    const own = of(arm);
    if (own.length === 0) return [];
    const dice = diceOfCases(own);
    const less = arm === 'scratch' || scratch.length === 0 ? undefined : differenceOf(scratchDice, dice);
    const best = mean(own.map(({ chosen }) => chosen.validationDice));
    const reached = stepsTo(scratchBest, curveOf(own));
    return [
      [
        armNames[arm],
        seedsOf(own),
        interval(intervalOf(dice)),
        ...[1, 2].map((label) => score(intervalOf(diceOfCases(own, label)).mean)),
        less === undefined ? '' : interval(less, true),
        less === undefined ? '' : formatP(less.p),
        score(best),
        scratch.length === 0 ? '' : reached === undefined ? 'never' : `${String(reached)} of ${String(own[0]?.steps ?? 0)}`,
        `${(mean(own.map(({ seconds }) => seconds)) / 60).toFixed(0)} min`,
      ],
    ];
  });
  const titles = ['Dice of both parts', 'anterior', 'posterior', 'less scratch', 'p', 'validation', "steps to scratch's best", 'time'];
  return markdownTable([{ title: 'arm' }, { title: 'seeds' }, ...titles.map((title) => ({ title, numbers: true }))], rows);
}

/** The forms of the consistency term: what the meters said at the end, the probe, and fine-tuning. */
export function consistencyTable({ pretrainings, cells }: Results): string {
  const labels = experiments.consistency.labels[0];
  const off = cells.filter((c) => c.arm === 'gl-mae-without-consistency' && c.labels === labels);
  const rows = experiments.consistency.arms.flatMap((arm) => {
    const own = pretrainings.filter((p) => p.arm === arm);
    if (own.length === 0) return [];
    const meter = (name: string, digits: number): string => {
      const values = own.map(({ meters }) => meters[name]).filter((value) => value !== undefined);
      return values.length === 0 ? '' : small(mean(values), digits);
    };
    const probe = (name: string): string => score(mean(own.map((p) => p.probe[name] ?? Number.NaN)));
    const fine = cells.filter((c) => c.arm === arm && c.labels === labels);
    const less = fine.length === 0 || off.length === 0 || fine === off ? undefined : differenceOf(diceOfCases(off), diceOfCases(fine));
    return [
      [
        formNames[arm],
        [...new Set(own.map(({ seed }) => seed))].join(', '),
        meter('consistency', 3),
        meter('entropy', 3),
        meter('meanEntropy', 3),
        meter('spread', 4),
        verdict(own),
        probe('linearPatchDice'),
        probe('knnPatchDice'),
        fine.length === 0 ? 'not run' : interval(intervalOf(diceOfCases(fine))),
        less === undefined || arm === 'gl-mae-without-consistency' ? '' : `${interval(less, true)}, p ${formatP(less.p)}`,
      ],
    ];
  });
  const titles = ['loss', 'entropy', 'of the mean', 'spread'];
  return markdownTable(
    [
      { title: 'form' },
      { title: 'seeds' },
      ...titles.map((title) => ({ title, numbers: true })),
      { title: 'watch' },
      { title: 'linear probe', numbers: true },
      { title: 'k-NN probe', numbers: true },
      { title: `Dice, ${String(labels)} labels`, numbers: true },
      { title: 'less off', numbers: true },
    ],
    rows,
  );
}

const formNames: Readonly<Record<(typeof experiments.consistency.arms)[number], string>> = {
  'gl-mae-without-consistency': 'off (β = 0)',
  'gl-mae': 'patches, standardised',
  'gl-mae-patches-decorrelated': 'patches, standardised, decorrelated (γ = 1)',
  'gl-mae-class': 'class tokens, standardised',
  'gl-mae-class-decorrelated': 'class tokens, standardised, decorrelated (γ = 1)',
  'gl-mae-as-published': 'as published: nothing against collapse',
  'gl-mae-centre': 'class tokens, running centre',
  'gl-mae-sinkhorn': 'class tokens, Sinkhorn',
};

function verdict(runs: readonly PretrainingResult[]): string {
  const codes = [...new Set(runs.flatMap(({ health }) => health))];
  return codes.length === 0 ? 'nothing found' : codes.join(', ');
}

/** Squared errors over the masked patches of test scans. */
export function reconstructionTable(pretrainings: readonly PretrainingResult[]): string {
  const rows = pretrainings.flatMap(({ arm, seed, reconstruction }) =>
    reconstruction.map(({ maskRatio, mse, meanOfVisibleMse, nearestVisibleMse, of }) => [
      armNames[arm].replace('UNETR after ', ''),
      String(seed),
      maskRatio.toFixed(2),
      mse.toFixed(3),
      meanOfVisibleMse.toFixed(3),
      nearestVisibleMse.toFixed(3),
      `${percent(1 - mse / meanOfVisibleMse)}, ${percent(1 - mse / nearestVisibleMse)}`,
      of,
    ]),
  );
  const titles = ['seed', 'mask ratio', 'network', 'mean of visible', 'nearest visible patch', 'better than these by'];
  return markdownTable([{ title: 'pre-training' }, ...titles.map((title) => ({ title, numbers: true })), { title: 'error of' }], rows);
}

export const seedsOf = (cells: readonly CellResult[]): string => [...new Set(cells.map(({ seed }) => seed))].sort().join(', ');

const score = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : '–');
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function interval({ mean: middle, low, high }: DiceInterval, signed = false): string {
  const sign = (value: number): string => (signed ? `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}` : value.toFixed(3));
  const bound = (value: number): string => (value < 0 ? `−${Math.abs(value).toFixed(3)}` : value.toFixed(3));
  return `${sign(middle)} (${bound(low)} … ${bound(high)})`;
}

/** Meters that collapse are told apart from those that are merely small. */
function small(value: number, digits: number): string {
  return value !== 0 && Math.abs(value) < 10 ** -digits ? value.toExponential(0) : value.toFixed(digits);
}
