/** A segment as far as it can be found again in another layer. */
export interface KnownSegment {
  readonly value: number;
  readonly name: string;
  readonly code?: { readonly value: string; readonly scheme: string };
}

/** Which segments of a layer the segments of another one stand for. */
export interface SegmentMatch<T extends KnownSegment> {
  /** For each of their values the value here. */
  readonly values: ReadonlyMap<number, number>;
  /** Those that this layer has not yet, with the number that they would get here. */
  readonly fresh: readonly T[];
}

/**
 * Finds the segments of another layer in this one: by code, else by name (case and underscores aside). One that is not here keeps its number
 * if that is free, and gets the lowest free one if not. Where numbers run out it is left aside.
 * @param most largest number that this layer can hold
 */
export function matchSegments<T extends KnownSegment>(mine: readonly KnownSegment[], theirs: readonly T[], most: number): SegmentMatch<T> {
  const byCode = new Map<string, number>();
  const byName = new Map<string, number>();
  for (const segment of [...mine].reverse()) {
    const code = codeOf(segment);
    if (code !== undefined) byCode.set(code, segment.value);
    byName.set(plainName(segment), segment.value);
  }
  const taken = new Set(mine.map(({ value }) => value));
  const values = new Map<number, number>();
  const unknown: T[] = [];
  for (const segment of theirs) {
    const known = byCode.get(codeOf(segment) ?? '') ?? byName.get(plainName(segment));
    if (known === undefined) unknown.push(segment);
    else values.set(segment.value, known);
  }
  const fresh: T[] = [];
  let lowest = 1;
  // Those that can keep their number come first, so that none of them loses it to another.
  const keeps = ({ value }: T): boolean => !taken.has(value) && value <= most;
  for (const segment of [...unknown.filter(keeps), ...unknown.filter((one) => !keeps(one))]) {
    let { value } = segment;
    if (taken.has(value) || value > most) {
      while (taken.has(lowest)) lowest++;
      value = lowest;
    }
    if (value > most) continue;
    taken.add(value);
    values.set(segment.value, value);
    fresh.push({ ...segment, value });
  }
  return { values, fresh };
}

function codeOf({ code }: KnownSegment): string | undefined {
  return code === undefined || code.value === '' ? undefined : `${code.scheme} ${code.value}`;
}

function plainName({ name }: KnownSegment): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, ' ');
}
