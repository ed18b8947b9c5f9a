export interface MarkdownColumn {
  readonly title: string;
  readonly numbers?: boolean;
}

/** A table in the padded form that the documents of this project are formatted in. */
export function markdownTable(columns: readonly MarkdownColumn[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, c) => Math.max(3, title.length, ...rows.map((row) => row[c]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${columns.map(({ numbers }, c) => (numbers === true ? (cells[c] ?? '').padStart(widths[c] ?? 0) : (cells[c] ?? '').padEnd(widths[c] ?? 0))).join(' | ')} |`;
  const rule = columns.map(({ numbers }, c) => (numbers === true ? '-'.repeat((widths[c] ?? 3) - 1) + ':' : '-'.repeat(widths[c] ?? 3)));
  return [line(columns.map(({ title }) => title)), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}
