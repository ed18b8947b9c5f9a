import { describe, expect, it } from 'vitest';
import { commandIds } from '../../renderer/state/commands.ts';
import { de } from '../../renderer/messages/de.ts';
import { en } from '../../renderer/messages/en.ts';
import { LANGUAGES, messagesOf } from '../../renderer/messages/index.ts';

type Leaf = string | ((...values: never[]) => string);

/** Every message with its path, `library.columns.scan`. */
function leaves(node: object, path = ''): [string, Leaf][] {
  return Object.entries(node).flatMap(([key, value]: [string, Leaf | object]) =>
    typeof value === 'object' ? leaves(value, `${path}${key}.`) : [[`${path}${key}`, value] as [string, Leaf]],
  );
}

/** The text of a message; functions are called with numbers and words that can be found again. */
function textOf(leaf: Leaf, value: unknown): string {
  return typeof leaf === 'string' ? leaf : (leaf as (...values: unknown[]) => string)(value, value, value);
}

describe('message catalogues', () => {
  it('have the same keys in every language', () => {
    for (const { code } of LANGUAGES) expect(leaves(messagesOf(code)).map(([path]) => path)).toEqual(leaves(en).map(([path]) => path));
  });

  it('have no empty message', () => {
    for (const { code } of LANGUAGES)
      for (const [path, leaf] of leaves(messagesOf(code))) expect(textOf(leaf, 3).trim(), `${code} ${path}`).not.toBe('');
  });

  it('take what they are given into the sentence, in both languages alike', () => {
    const german = new Map(leaves(de));
    for (const [path, leaf] of leaves(en)) {
      if (typeof leaf === 'string') continue;
      const other = german.get(path);
      expect(typeof other, path).toBe('function');
      expect(textOf(leaf, '7').includes('7'), path).toBe(true);
      expect(other !== undefined && textOf(other, '7').includes('7'), path).toBe(true);
    }
  });

  it('count in the singular and the plural', () => {
    expect([en.general.scans(1), en.general.scans(2), en.general.scans(0)]).toEqual(['1 scan', '2 scans', '0 scans']);
    expect([de.general.files(1), de.general.files(2)]).toEqual(['1 Datei', '2 Dateien']);
  });

  it('name every command, each differently', () => {
    for (const { code } of LANGUAGES) {
      const names = commandIds.filter((id) => id !== 'undo').map((id) => messagesOf(code).commands[id]);
      const twice = names.filter((name, index) => names.indexOf(name) !== index);
      // The crosshair is both a tool and something to hide; rooms share a few names otherwise.
      expect(twice, code).toEqual([]);
    }
  });
});
