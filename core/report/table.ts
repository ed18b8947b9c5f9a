import { html, type Content, type Html } from './html.ts';

export interface Column {
  readonly title: Content;
  /** Numbers are set to the right, in figures of one width; default false. */
  readonly numeric?: boolean;
}

/** A table; wider than the page, it scrolls by itself. The first cell of a row is its header. */
export function table({
  columns,
  rows,
  caption,
  emphasiseLast = false,
}: {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Content[])[];
  readonly caption?: Content;
  /** Sets the last row apart, for a total or mean. */
  readonly emphasiseLast?: boolean;
}): Html {
  const align = (c: number): string => (columns[c]?.numeric === true ? 'number' : 'text');
  const cell = (content: Content, c: number): Html =>
    c === 0 ? html`<th scope="row" class="${align(c)}">${content}</th>` : html`<td class="${align(c)}">${content}</td>`;
  const head = columns.map(({ title }, c) => html`<th scope="col" class="${align(c)}">${title}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map(cell)}
      </tr>`,
  );
  return html`<div class="scroll">
    <table class="data${emphasiseLast ? ' total' : ''}">
      ${
        caption !== undefined &&
        html`<caption>
          ${caption}
        </caption>`
      }
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** A few numbers that matter most, large, each with what it is and a note. */
export function keyFigures(items: readonly { readonly label: Content; readonly value: Content; readonly note?: Content }[]): Html {
  const figures = items.map(
    ({ label, value, note }) =>
      html`<div>
        <dt>${label}</dt>
        <dd class="value">${value}</dd>
        ${note !== undefined && html`<dd class="note">${note}</dd>`}
      </div>`,
  );
  return html`<dl class="key-figures">${figures}</dl>`;
}

/** Names and values, for settings and provenance. */
export function factList(items: readonly (readonly [Content, Content])[]): Html {
  const facts = items.map(
    ([name, value]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`,
  );
  return html`<dl class="facts">${facts}</dl>`;
}

/** A remark set apart from the text. */
export function notice(content: Content): Html {
  return html`<aside class="notice">${content}</aside>`;
}
