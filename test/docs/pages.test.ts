import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
const pages = ['README.md', ...inDocs.map((name) => join('docs', name))];

/** What a pattern captures, everywhere in a text. */
function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

describe.each(pages)('%s', (name) => {
  const text = readFileSync(join(root, name), 'utf8');

  it('names only files of this project that exist', () => {
    const named = all(text, /`((?:core|scripts|resources|test|docs)\/[\w./-]+)`/g);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('links only to pages that exist', () => {
    const linked = all(text, /(?<!!)\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)/g);
    expect(linked.filter((path) => !existsSync(join(root, dirname(name), path)))).toEqual([]);
  });

  it('names only functions that their file has', () => {
    const pairs = [...text.matchAll(/`(core\/[\w./-]+\.ts)`\s\(((?:`\w+`,?\s?)+)\)/g)];
    const absent = pairs.flatMap(([, path = '', names = '']) => {
      const source = readFileSync(join(root, path), 'utf8');
      return all(names, /`(\w+)`/g)
        .filter((called) => !new RegExp(`(?:function|class|const) ${called}\\b`).test(source))
        .map((called) => `${path} has no ${called}`);
    });
    expect(absent).toEqual([]);
  });
});
