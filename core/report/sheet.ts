import { html, type Html } from './html.ts';
import { pictureHtml } from './picture-figure.ts';
import { blankPicture, type Picture, type Rgb } from './picture.ts';
import { encodePng } from './png.ts';

/** Pictures in rows and columns, such as a scan a row and input, mask, reconstruction, error as columns. */
export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly caption: string; readonly pictures: readonly (Picture | undefined)[] }[];
}

export interface SheetStyle {
  /** Pixels between pictures and around them; default 8. */
  readonly gap?: number;
  /** Default near black, as a light box for scans. */
  readonly background?: Rgb;
}

/** The sheet as one picture: cells as large as the largest picture, each picture in the middle of its cell. It holds no text; see {@link describeSheet}. */
export function sheetPicture({ columns, rows }: Sheet, { gap = 8, background = [17, 17, 17] }: SheetStyle = {}): Picture {
  const pictures = rows.flatMap((row) => row.pictures.filter((picture) => picture !== undefined));
  const cellWidth = Math.max(1, ...pictures.map(({ width }) => width));
  const cellHeight = Math.max(1, ...pictures.map(({ height }) => height));
  const sheet = blankPicture(gap + columns.length * (cellWidth + gap), gap + rows.length * (cellHeight + gap), background);
  rows.forEach((row, r) =>
    row.pictures.slice(0, columns.length).forEach((picture, c) => {
      if (picture === undefined) return;
      const left = gap + c * (cellWidth + gap) + Math.floor((cellWidth - picture.width) / 2);
      const top = gap + r * (cellHeight + gap) + Math.floor((cellHeight - picture.height) / 2);
      for (let y = 0; y < picture.height; y++) {
        sheet.rgba.set(picture.rgba.subarray(4 * picture.width * y, 4 * picture.width * (y + 1)), 4 * (left + sheet.width * (top + y)));
      }
    }),
  );
  return sheet;
}

/** What is where on the sheet, in words: for an aria-label, and inside the PNG file as its Description. */
export function describeSheet({ columns, rows }: Sheet): string {
  return `Columns from the left: ${columns.join(', ')}. Rows from the top: ${rows.map((row) => row.caption).join(', ')}.`;
}

/** The sheet as PNG bytes that carry their own description. */
export function sheetPng(sheet: Sheet, style: SheetStyle = {}): Uint8Array {
  return encodePng(sheetPicture(sheet, style), { Description: describeSheet(sheet) });
}

/** The sheet as a table in the page, with captions; the first picture of each row carries orientation marks and a scale bar. */
export function sheetHtml(sheet: Sheet): Html {
  const cell = (row: Sheet['rows'][number], column: string, c: number): Html => {
    const picture = row.pictures[c];
    return html`<td>${picture && pictureHtml(picture, { alt: `${row.caption}, ${column}`, annotate: c === 0 })}</td>`;
  };
  const head = sheet.columns.map((caption) => html`<th scope="col">${caption}</th>`);
  const body = sheet.rows.map(
    (row) =>
      html`<tr>
        <th scope="row">${row.caption}</th>
        ${sheet.columns.map((column, c) => cell(row, column, c))}
      </tr>`,
  );
  return html`<div class="scroll">
    <table class="sheet" aria-label="${describeSheet(sheet)}">
      <thead>
        <tr>
          <td></td>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}
