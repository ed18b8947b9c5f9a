const DIGIT = /[0-9.]/;
const LETTER = /[\p{L}\p{N}]/u;

/**
 * Whether a text stands somewhere in another, in capitals or not. A short one counts only as a word of its own, a number only when it is
 * no part of a longer one.
 * @param haystack a byte a character, in small letters
 */
export function contains(haystack: string, needle: string): boolean {
  const wanted = needle.toLowerCase();
  const digits = /^[\d.]+$/.test(wanted);
  const whole = digits ? DIGIT : wanted.length < 6 ? LETTER : undefined;
  for (let at = haystack.indexOf(wanted); at >= 0; at = haystack.indexOf(wanted, at + 1)) {
    if (whole === undefined) return true;
    if (!whole.test(haystack[at - 1] ?? ' ') && !whole.test(haystack[at + wanted.length] ?? ' ')) return true;
  }
  return false;
}
