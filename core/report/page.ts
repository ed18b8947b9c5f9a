import { createHash } from 'node:crypto';
import { html, markupOf, type Content, Html } from './html.ts';
import { style } from './style.ts';

export interface ReportSection {
  readonly title: string;
  readonly content: Content;
}

export interface Report {
  readonly title: string;
  /** What this is and what came out, in a sentence or two. */
  readonly intro: Content;
  readonly sections: readonly ReportSection[];
  /** How it was made: program version, date, machine. */
  readonly footer?: Content;
}

/**
 * A whole page in one string: no scripts, nothing fetched, pictures inside. Its own policy forbids anything else, so it is as safe to open
 * from a mail as from disk. Write it with `writeFileAtomic`.
 */
export function renderReport({ title, intro, sections, footer }: Report): string {
  const ids = sectionIds(sections);
  const links = sections.map((section, n) => html`<li><a href="#${ids[n]}">${section.title}</a></li>`);
  const body = sections.map(
    (section, n) =>
      html`<section id="${ids[n]}" aria-labelledby="${ids[n]}-title">
        <h2 id="${ids[n]}-title">${section.title}</h2>
        ${section.content}
      </section>`,
  );
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policy}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="referrer" content="no-referrer" />
      <title>${title}</title>
      ${new Html(`<style>${style}</style>`)}
    </head>
    <body>
      <header class="masthead">
        <div>
          <div class="brand">${mosaic}Tessera</div>
          <h1>${title}</h1>
          <div class="lead">${intro}</div>
          ${
            sections.length >= 3 &&
            html`<nav aria-label="Contents">
              <ol>
                ${links}
              </ol>
            </nav>`
          }
        </div>
      </header>
      <main>${body}</main>
      <footer>
        <div>
          ${footer !== undefined && html`<p>${footer}</p>`}
          <p>For research. Not for diagnosis.</p>
        </div>
      </footer>
    </body>
  </html>`;
  return `<!doctype html>\n${markupOf(page)}\n`;
}

/** What a host says beside a report that it shows: nothing but its own style sheet and pictures within. */
export const reportPolicy = [
  "default-src 'none'",
  'img-src data:',
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Nine tiles, some faded as masked patches are. */
const tiles = [1, 0.25, 1, 0.25, 1, 0.25, 0.25, 1, 1].map(
  (opacity, n) => html`<rect x="${4 * (n % 3)}" y="${4 * Math.floor(n / 3)}" width="3" height="3" rx="0.5" opacity="${opacity}" />`,
);
const mosaic = html`<svg viewBox="0 0 11 11" aria-hidden="true">${tiles}</svg>`;

function sectionIds(sections: readonly ReportSection[]): string[] {
  const used = new Set<string>();
  return sections.map(({ title }) => {
    const slug =
      title
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '') || 'section';
    let id = slug;
    for (let n = 2; used.has(id); n++) id = `${slug}-${n}`;
    used.add(id);
    return id;
  });
}
