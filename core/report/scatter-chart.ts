import { axisScale, bottomAxis, leftAxis, px, type Frame } from './chart-axes.ts';
import { html, type Html } from './html.ts';

/** Two values of each case against each other, over the same range, with the line where they are equal. */
export interface ScatterChart {
  /** Read out by screen readers. */
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly points: readonly { readonly name: string; readonly x: number; readonly y: number }[];
}

const [width, height] = [460, 420];
const frame: Frame = { left: 60, right: width - 16, top: 34, bottom: height - 48 };

/** A square of dots; a dot above the line is a case that the second does better. Hovering a dot names its case. */
export function scatterChart({ title, x, y, points }: ScatterChart): Html {
  const values = points.flatMap((point) => [point.x, point.y]);
  const across = axisScale({ label: x }, values, [frame.left, frame.right], 5);
  const up = axisScale({ label: y }, values, [frame.bottom, frame.top], 5);
  const dots = points
    .filter((point) => across.holds(point.x) && up.holds(point.y))
    .map(
      (point) =>
        html`<circle class="dot faint s1" cx="${px(across.place(point.x))}" cy="${px(up.place(point.y))}" r="4">
          <title>${point.name}: ${Number(point.x.toPrecision(4))}, ${Number(point.y.toPrecision(4))}</title>
        </circle>`,
    );
  return html`<div class="chart scatter">
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
      ${leftAxis(up, frame, y)}${bottomAxis(across, frame, x)}
      <path class="zero" d="M${frame.left} ${frame.bottom}L${frame.right} ${frame.top}" />
      ${dots}
    </svg>
  </div>`;
}
