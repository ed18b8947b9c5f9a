import { scaleLinear, scaleLog } from 'd3-scale';
import { html, type Html } from './html.ts';

export interface Axis {
  readonly label: string;
  /** Logarithmic; values that are not above 0 (1e-100) are then left out. */
  readonly log?: boolean;
  /** Ends of the axis; from the data where not given. */
  readonly domain?: readonly [number, number];
}

/** Smaller magnitudes count as zero: no axis can be ruled in them. */
const tiny = 1e-100;

/** From values to places, with the ticks to draw. */
export interface Scale {
  place(value: number): number;
  /** Whether a value can be placed at all. */
  holds(value: number): boolean;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
}

/** A linear or logarithmic scale over the data, widened to round ends; `range` in pixels, `count` is about how many ticks. */
export function axisScale(axis: Axis, values: readonly number[], range: readonly [number, number], count: number): Scale {
  const logarithmic = axis.log === true;
  const holds = (value: number): boolean => Number.isFinite(value) && (!logarithmic || value > tiny);
  const [low, high] = axis.domain ?? extent(values.filter(holds), logarithmic);
  if (!logarithmic) {
    const scale = scaleLinear()
      .domain([low, high])
      .range([...range]);
    if (axis.domain === undefined) scale.nice(count);
    const format = scale.tickFormat(count);
    return { place: (value) => scale(value), holds, ticks: scale.ticks(count).map((value) => ({ value, text: format(value) })) };
  }
  const steps = logSteps(low, high, count);
  const ends = axis.domain ?? [steps[0] ?? low, steps.at(-1) ?? high];
  const scale = scaleLog()
    .domain([...ends])
    .range([...range]);
  const inside = steps.filter((value) => value >= Math.min(...ends) && value <= Math.max(...ends));
  return { place: (value) => scale(value), holds, ticks: inside.map((value) => ({ value, text: plainNumber(value) })) };
}

/** 1, 2, 5, 10, … from at or below `low` to at or above `high`; whole decades, or every few, where those would be too many. */
function logSteps(low: number, high: number, count: number): number[] {
  const decades = [Math.floor(Math.log10(low) + 1e-9), Math.ceil(Math.log10(high) - 1e-9)] as const;
  const span = decades[1] - decades[0];
  const every = Math.max(1, Math.ceil(span / count));
  const digits = 3 * span <= 2 * count ? [1, 2, 5] : [1];
  const all: number[] = [];
  for (let e = decades[0]; e < decades[1] + every; e += every) for (const digit of digits) all.push(Number(`${digit}e${e}`));
  const last = all.findIndex((value) => value >= high * (1 - 1e-9));
  const first = all.findLastIndex((value) => value <= low * (1 + 1e-9));
  return all.slice(Math.max(0, first), last < 0 ? undefined : last + 1);
}

const plainNumber = (value: number): string =>
  value >= 1e-4 && value < 1e6 ? String(value) : value.toExponential(0).replace('+', '').replace('-', '−');

function extent(values: readonly number[], logarithmic: boolean): readonly [number, number] {
  if (values.length === 0) return logarithmic ? [0.1, 1] : [0, 1];
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  const room = (size > tiny ? size : 1) / 2;
  // Values that differ only by rounding need room around them, or there is no tick that a double can hold.
  if (high - low > Math.max(1e-9 * size, tiny)) return [low, high];
  return logarithmic ? [low / 2, high * 2] : [low - room, high + room];
}

export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Grid lines and numbers along the bottom, with the axis label under them. */
export function bottomAxis(scale: Scale, { left, right, top, bottom }: Frame, label: string): Html {
  const ticks = scale.ticks.map(({ value, text }) => {
    const x = px(scale.place(value));
    const number = html`<text class="tick" x="${x}" y="${px(bottom + 18)}" text-anchor="middle">${text}</text>`;
    return [gridLine(x, px(top), x, px(bottom)), number];
  });
  return html`<g>
    ${ticks}
    <line class="axis" x1="${px(left)}" x2="${px(right)}" y1="${px(bottom)}" y2="${px(bottom)}" />
    <text class="axis-label" x="${px((left + right) / 2)}" y="${px(bottom + 38)}" text-anchor="middle">${label}</text>
  </g>`;
}

/** Grid lines and numbers along the left, with the axis label above them, where it can be read without turning one's head. */
export function leftAxis(scale: Scale, { left, right, top }: Frame, label: string): Html {
  const ticks = scale.ticks.map(({ value, text }) => {
    const y = px(scale.place(value));
    const number = html`<text class="tick" x="${px(left - 8)}" y="${y}" dy="0.32em" text-anchor="end">${text}</text>`;
    return [gridLine(px(left), y, px(right), y), number];
  });
  return html`<g>
    ${ticks}
    <text class="axis-label" x="12" y="${px(top - 14)}">${label}</text>
  </g>`;
}

export function gridLine(x1: string, y1: string, x2: string, y2: string): Html {
  return html`<line class="grid" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" />`;
}

/** Keys of series drawn as lines or as dots, as markup beside the drawing so that it wraps on narrow screens. */
export function chartLegend(names: readonly string[], drawnAs: 'lines' | 'dots'): Html {
  const line = html`<path class="series" d="M1 5H25" />`;
  const dots = [html`<path class="interval" d="M3 5H23" />`, html`<path class="mean" d="M13 0l5 5l-5 5l-5 -5z" />`];
  const keys = names.map(
    (name, n) =>
      html`<span class="key">
        <svg class="line-key ${seriesClass(n)}" viewBox="0 0 26 10" aria-hidden="true">${drawnAs === 'lines' ? line : dots}</svg>
        ${name}
      </span>`,
  );
  return html`<div class="legend">${keys}</div>`;
}

/** Colour and dash of the n-th series, defined in style.ts. */
export const seriesClass = (n: number): string => `s${(n % 6) + 1}`;

/** Tenths of a pixel: finer is not seen and only makes the file longer. */
export const px = (value: number): string => String(Number(value.toFixed(1)));
