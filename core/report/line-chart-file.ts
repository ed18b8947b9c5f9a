import { seriesClass } from './chart-axes.ts';
import { html, markupOf } from './html.ts';
import { chartHeight, chartWidth, lineChartBody, type LineChart } from './line-chart.ts';

/** Of the style sheet of reports what a chart needs, in its colours on white. */
const style = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.grid { stroke: #dfe3e5; } .axis { stroke: #59646c; } .tick { fill: #59646c; font-size: 12px; } .axis-label { fill: #59646c; font-size: 12.5px; }
.key { fill: #1d2327; font-size: 12.5px; }
.series { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.band { fill: currentColor; opacity: 0.16; } .dot { fill: currentColor; }
.s1 { color: #0072b2; } .s2 { color: #c4510a; } .s3 { color: #00815e; } .s4 { color: #a8548a; } .s5 { color: #8a6d00; } .s6 { color: #2f8fc4; }
.series.s2 { stroke-dasharray: 7 4; } .series.s3 { stroke-dasharray: 2 4.5; } .series.s4 { stroke-dasharray: 10 4 2 4; }
.series.s5 { stroke-dasharray: 4 3; } .series.s6 { stroke-dasharray: 14 4; }
`;
const LINE = 19;

/** Lines over two axes as an SVG file of its own, with the legend above, for pages that take pictures only. */
export function lineChartFile(chart: LineChart): string {
  const top = LINE * chart.series.length + 8;
  const keys = chart.series.map(
    ({ name }, n) =>
      html`<path class="series ${seriesClass(n)}" d="M60,${LINE * n + 14}h34" /><text class="key" x="102" y="${LINE * n + 18}"
          >${name}</text
        >`,
  );
  return markupOf(
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${chartWidth} ${chartHeight + top}" role="img">
      <title>${chart.title}</title>
      <style>
        ${style}
      </style>
      <rect width="${chartWidth}" height="${chartHeight + top}" fill="#fff" />
      ${keys}
      <g transform="translate(0 ${top})">${lineChartBody(chart)}</g>
    </svg> `,
  );
}
