import { InvalidArgumentError } from 'commander';

/** Reads an option as a whole number in a range. */
export function wholeNumber(low: number, high: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    const range = high === Number.MAX_SAFE_INTEGER ? `from ${low}` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`It takes a whole number ${range}.`);
  };
}

/** Reads an option as a number in a range, both ends included unless said otherwise. */
export function numberBetween(low: number, high: number, options: { readonly above?: boolean } = {}): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value <= high && (options.above === true ? value > low : value >= low)) return value;
    throw new InvalidArgumentError(`It takes a number ${options.above === true ? 'above' : 'from'} ${low} to ${high}.`);
  };
}

/** Collects an option that may be given several times. */
export function repeated(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Reads an option as three whole numbers above 0: 12,12,2 or 12x12x2. */
export function wholeTriple(text: string): [number, number, number] {
  const [a = 0, b = 0, c = 0, ...rest] = text.split(/[,x×]/).map(Number);
  if (rest.length === 0 && [a, b, c].every((n) => Number.isInteger(n) && n > 0)) return [a, b, c];
  throw new InvalidArgumentError('It takes three whole numbers a,b,c above 0.');
}
