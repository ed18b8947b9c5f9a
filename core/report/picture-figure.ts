import { cssColour, heatGradient, labelColour } from './colours.ts';
import { html, type Content, type Html } from './html.ts';
import type { Picture, Rgb } from './picture.ts';
import { pngDataUri } from './png.ts';
import type { SlicePicture } from './slice-picture.ts';

export interface PictureOptions {
  /** What the picture shows, for those who cannot see it. */
  readonly alt: string;
  /** Letters at the edges and a scale bar, where the picture is of a slice; default true. */
  readonly annotate?: boolean;
}

/** A picture inside the page itself. Slices carry R/L, A/P or S/I at their edges and a scale bar. */
export function pictureHtml(picture: Picture | SlicePicture, { alt, annotate = true }: PictureOptions): Html {
  const { width, height } = picture;
  return html`<span class="picture" style="--width:${width}px">
    <img src="${pngDataUri(picture)}" alt="${alt}" width="${width}" height="${height}" />
    ${annotate && 'marks' in picture ? annotations(picture) : null}
  </span>`;
}

function annotations({ marks, width, mmPerPixel }: SlicePicture): readonly Html[] {
  const wide = width * mmPerPixel;
  const edges = (['left', 'right', 'top', 'bottom'] as const).map((edge) => html`<i class="mark ${edge}">${marks[edge]}</i>`);
  const bar = [200, 100, 50, 20, 10, 5, 2, 1].find((mm) => mm <= 0.35 * wide);
  if (bar === undefined) return edges;
  return [...edges, html`<i class="scale" style="width:${((100 * bar) / wide).toFixed(2)}%"><b>${bar} mm</b></i>`];
}

/** A figure with a numbered caption. */
export function figure(body: Content, caption: Content): Html {
  return html`<figure>
    <div class="figure-body">${body}</div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** Pictures side by side, each with a short caption under it. */
export function pictureRow(
  items: readonly { readonly picture: Picture | SlicePicture; readonly alt: string; readonly caption: string }[],
): Html {
  const cells = items.map(
    ({ picture, alt, caption }) =>
      html`<div class="picture-item">
        ${pictureHtml(picture, { alt })}
        <span class="under">${caption}</span>
      </div>`,
  );
  return html`<div class="picture-row">${cells}</div>`;
}

/** What the heat colours mean. */
export function heatLegend({ title, low, high, unit = '' }: { title: string; low: number; high: number; unit?: string }): Html {
  const number = (value: number): string => `${Number(value.toPrecision(3))}${unit === '' ? '' : ` ${unit}`}`;
  return html`<div class="legend">
    <span>${title}</span>
    <span class="heat-ends">${number(low)}</span>
    <span class="heat" style="background:${heatGradient}"></span>
    <span class="heat-ends">≥ ${number(high)}</span>
  </div>`;
}

/** Which colour is which segment. */
export function labelLegend(
  segments: readonly { readonly label: number; readonly name: string }[],
  colour: (label: number) => Rgb = labelColour,
): Html {
  const keys = segments.map(
    ({ label, name }) =>
      html`<span class="key">
        <span class="swatch" style="background:${cssColour(colour(label))}"></span>
        ${name}
      </span>`,
  );
  return html`<div class="legend">${keys}</div>`;
}
