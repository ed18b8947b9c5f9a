/** The names most like a mistyped one, the nearest first; all of them where there are no more than `count`. */
export function nearestNames(typed: string, names: readonly string[], count = 3): string[] {
  const wanted = typed.toLowerCase();
  // A part of a dotted name counts as that name: "decoder.widht" and "widht" are both near "width".
  const distance = (name: string): number =>
    Math.min(...[name, name.split('.').at(-1) ?? name].map((form) => editDistance(wanted, form.toLowerCase())));
  return [...new Set(names)]
    .map((name) => ({ name, distance: distance(name) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** Insertions, deletions and replacements from one word to the other (Levenshtein, 1966). */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
