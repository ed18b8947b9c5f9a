import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { commandLineDocs } from '../../core/cli/docs.ts';

it('docs/cli.md says what the code does (npm run docs writes it)', async () => {
  const path = join(import.meta.dirname, '..', '..', 'docs', 'cli.md');
  const made = await format(await commandLineDocs(), { ...(await resolveConfig(path)), filepath: path });
  expect(readFileSync(path, 'utf8')).toBe(made);
});
