/** Columns of text lined up for a terminal: the first to the left, the others to the right, a rule under the header. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, c) => Math.max(...[header, ...rows].map((row) => [...(row[c] ?? '')].length), title.length));
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, c) => {
        const cell = cells[c] ?? '';
        const space = ' '.repeat(Math.max(0, width - [...cell].length));
        return c === 0 ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd();
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
