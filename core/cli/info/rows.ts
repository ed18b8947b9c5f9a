/** Names and values in two columns. */
export function rowsText(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd()).join('\n');
}

/** A number as people read it: at most six significant digits. */
export function readable(value: number): string {
  return String(Number(value.toPrecision(6)));
}
