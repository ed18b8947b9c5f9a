import { axisScale, bottomAxis, chartLegend, gridLine, px, seriesClass, type Axis, type Frame, type Scale } from './chart-axes.ts';
import { html, type Html } from './html.ts';

/** Values of one series in one row: a dot a case, their mean and its interval. */
export interface DotEntry {
  readonly dots: readonly { readonly name: string; readonly value: number }[];
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface DotChart {
  /** Read out by screen readers. */
  readonly title: string;
  readonly value: Axis;
  /** Names of the series, one lane each inside every row. */
  readonly series: readonly string[];
  /** A row for each segment; `entries` in the order of `series`. */
  readonly rows: readonly { readonly name: string; readonly entries: readonly (DotEntry | undefined)[] }[];
  /** Draws a line at this value, such as 0 for differences. */
  readonly mark?: number;
}

const width = 720;
const lane = 22;

/** Every case as a dot, with mean and confidence interval, row by row; static SVG. Hovering a dot names its case. */
export function dotChart({ title, value, series, rows, mark }: DotChart): Html {
  const longestName = Math.max(0, ...rows.map(({ name }) => [...name].length));
  const left = Math.min(220, 24 + 7.2 * longestName);
  const rowHeight = series.length * lane + 14;
  const frame: Frame = { left, right: width - 20, top: 8, bottom: 8 + rows.length * rowHeight };
  const height = frame.bottom + 48;
  const values = rows.flatMap((row) =>
    row.entries.flatMap((e) => (e === undefined ? [] : [...e.dots.map((d) => d.value), e.low ?? NaN, e.high ?? NaN])),
  );
  const scale = axisScale(value, mark === undefined ? values : [...values, mark], [frame.left, frame.right], 7);
  const markX = mark === undefined ? undefined : px(scale.place(mark));
  const lines = rows.map((row, r) => {
    const top = frame.top + r * rowHeight;
    const middle = px(top + rowHeight / 2);
    return html`<g>
      ${r === 0 ? null : gridLine(px(left), px(top), px(frame.right), px(top))}
      <text class="row-name" x="${px(left - 12)}" y="${middle}" dy="0.32em" text-anchor="end">${shorten(row.name)}</text>
      ${row.entries.map((entry, s) => entry && drawn(entry, seriesClass(s), scale, top + 7 + (s + 0.5) * lane))}
    </g>`;
  });
  return html`<div class="chart">
    ${series.length > 1 && chartLegend(series, 'dots')}
    <svg viewBox="0 0 ${width} ${px(height)}" role="img" aria-label="${title}">
      ${bottomAxis(scale, frame, value.label)}
      ${markX !== undefined && html`<path class="zero" d="M${markX} ${frame.top}V${px(frame.bottom)}" />`} ${lines}
    </svg>
  </div>`;
}

function drawn({ dots, mean, low, high }: DotEntry, style: string, scale: Scale, y: number): Html {
  // Spread by a golden-ratio sequence: equal values stay apart, and the picture is the same each time.
  const spread = (n: number): number => (((n + 1) * 0.618034) % 1) * 12 - 6;
  const known = (v: number | null): v is number => v !== null && scale.holds(v);
  const tip = (name: string, v: number): Html => html`<title>${name}: ${Number(v.toPrecision(4))}</title>`;
  const circles = dots.map(({ name, value }, n) => {
    if (!scale.holds(value)) return null;
    return html`<circle class="dot faint" cx="${px(scale.place(value))}" cy="${px(y + spread(n))}" r="3">${tip(name, value)}</circle>`;
  });
  const bar = known(low) && known(high) && html`<path class="interval" d="M${px(scale.place(low))} ${px(y)}H${px(scale.place(high))}" />`;
  const diamond = (v: number): string => `M${px(scale.place(v))} ${px(y - 6)}l5.5 6l-5.5 6l-5.5 -6z`;
  return html`<g class="${style}"
    >${circles}${bar}${known(mean) && html`<path class="mean" d="${diamond(mean)}">${tip('mean', mean)}</path>`}</g
  >`;
}

const shorten = (name: string): string => ([...name].length > 27 ? `${[...name].slice(0, 26).join('')}…` : name);
