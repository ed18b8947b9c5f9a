import { area, line } from 'd3-shape';
import { axisScale, bottomAxis, chartLegend, leftAxis, px, seriesClass, type Axis, type Frame, type Scale } from './chart-axes.ts';
import { html, type Html } from './html.ts';

export interface LineSeries {
  readonly name: string;
  /** (x, y) with rising x; a y that is not finite breaks the line. */
  readonly points: readonly (readonly [number, number])[];
  /** (x, low, high) of a shaded band, such as the spread over folds. */
  readonly band?: readonly (readonly [number, number, number])[];
  /** What was measured, beside what was fitted to it: a dot each, with its interval where there is one. */
  readonly marks?: readonly LineMark[];
}

export interface LineMark {
  readonly at: number;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface LineChart {
  /** Read out by screen readers. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly LineSeries[];
}

export const chartWidth = 720;
export const chartHeight = 330;
const width = chartWidth;
const height = chartHeight;
const frame: Frame = { left: 60, right: width - 16, top: 34, bottom: height - 48 };

/** Lines over two axes, as a static SVG with its legend. Long series are thinned to the lowest and highest point of each pixel column. */
export function lineChart(chart: LineChart): Html {
  const { title, series } = chart;
  const names = series.map((s) => s.name);
  return html`<div class="chart">
    ${series.length > 1 && chartLegend(names, 'lines')}
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">${lineChartBody(chart)}</svg>
  </div>`;
}

/** Axes, bands and lines alone, for a drawing of `chartWidth` by `chartHeight`. */
export function lineChartBody({ x, y, series }: LineChart): Html {
  const xs = series.flatMap((s) => [
    ...s.points.map(([at]) => at),
    ...(s.band ?? []).map(([at]) => at),
    ...(s.marks ?? []).map(({ at }) => at),
  ]);
  const ys = series.flatMap((s) => [
    ...s.points.map(([, value]) => value),
    ...(s.band ?? []).flatMap(([, low, high]) => [low, high]),
    ...(s.marks ?? []).flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]),
  ]);
  const scaleX = axisScale({ domain: tightDomain(xs, x), ...x }, xs, [frame.left, frame.right], 7);
  const scaleY = axisScale(y, ys, [frame.bottom, frame.top], 5);
  const bands = series.map((s, n) => s.band && html`<path class="band ${seriesClass(n)}" d="${bandPath(s.band, scaleX, scaleY)}" />`);
  const lines = series.map((s, n) => drawn(s, seriesClass(n), scaleX, scaleY));
  const marks = series.map((s, n) => (s.marks ?? []).map((mark) => marked(mark, seriesClass(n), scaleX, scaleY)));
  return html`${leftAxis(scaleY, frame, y.label)}${bottomAxis(scaleX, frame, x.label)}${bands}${lines}${marks}`;
}

function marked({ at, value, low, high }: LineMark, style: string, scaleX: Scale, scaleY: Scale): Html | null {
  if (!scaleX.holds(at) || !scaleY.holds(value)) return null;
  const x = px(scaleX.place(at));
  const bar =
    low !== null && high !== null && html`<path class="interval ${style}" d="M${x} ${px(scaleY.place(low))}V${px(scaleY.place(high))}" />`;
  return html`${bar}<circle class="dot ${style}" cx="${x}" cy="${px(scaleY.place(value))}" r="4" />`;
}

/** Time runs to the edge of the drawing: rounding an axis of epochs up would leave a blank strip. */
function tightDomain(xs: readonly number[], { log }: Axis): readonly [number, number] {
  const kept = xs.filter((at) => Number.isFinite(at) && (log !== true || at > 0));
  const low = kept.reduce((a, b) => Math.min(a, b), Infinity);
  const high = kept.reduce((a, b) => Math.max(a, b), -Infinity);
  return low < high ? [low, high] : low === high ? [low * 0.9, low * 1.1 || 1] : [log === true ? 0.1 : 0, 1];
}

function drawn({ points }: LineSeries, style: string, scaleX: Scale, scaleY: Scale): Html | null {
  const [only, ...others] = points.filter(([at, value]) => scaleX.holds(at) && scaleY.holds(value));
  if (only === undefined) return null;
  if (others.length === 0)
    return html`<circle class="dot ${style}" cx="${px(scaleX.place(only[0]))}" cy="${px(scaleY.place(only[1]))}" r="3.5" />`;
  const path = line<readonly [number, number]>()
    .defined(([at, value]) => scaleX.holds(at) && scaleY.holds(value))
    .x(([at]) => scaleX.place(at))
    .y(([, value]) => scaleY.place(value))
    .digits(1);
  return html`<path class="series ${style}" d="${path(thin(points, scaleX)) ?? ''}" />`;
}

function bandPath(band: readonly (readonly [number, number, number])[], scaleX: Scale, scaleY: Scale): string {
  const path = area<readonly [number, number, number]>()
    .defined(([at, low, high]) => scaleX.holds(at) && scaleY.holds(low) && scaleY.holds(high))
    .x(([at]) => scaleX.place(at))
    .y0(([, low]) => scaleY.place(low))
    .y1(([, , high]) => scaleY.place(high))
    .digits(1);
  return path(band) ?? '';
}

/** At most four points for each pixel column: first, lowest, highest, last. The drawn line looks the same. */
function thin(points: readonly (readonly [number, number])[], scaleX: Scale): readonly (readonly [number, number])[] {
  if (points.length <= 2 * width) return points;
  const columns = new Map<number, number[]>();
  points.forEach(([at], n) => {
    const column = scaleX.holds(at) ? Math.floor(scaleX.place(at)) : -1;
    const members = columns.get(column);
    if (members === undefined) columns.set(column, [n]);
    else members.push(n);
  });
  const valueOf = (n: number): number => points[n]?.[1] ?? NaN;
  const kept = new Set(
    [...columns.values()].flatMap((members) => {
      const lowest = members.reduce((a, b) => (valueOf(b) < valueOf(a) ? b : a));
      const highest = members.reduce((a, b) => (valueOf(b) > valueOf(a) ? b : a));
      return [members[0], lowest, highest, members.at(-1)];
    }),
  );
  return points.filter((_, n) => kept.has(n));
}
