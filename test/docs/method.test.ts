import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { listSettings } from '../../core/base/settings.ts';
import { classifySettings, finetuneSettings, pretrainSettings, segResNetFinetuneSettings } from '../../core/learning/index.ts';
import { segResNetSettings } from '../../core/model/segresnet.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'method.md'), 'utf8');

/** Rows of the table below a heading, by the name in their first column; the padding that Prettier adds is taken away. */
function tableBelow(heading: string): Map<string, string[]> {
  const section = page.split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) => row.split('|').slice(1, -1));
  return new Map(cells.map((row) => [row[0]?.trim().replaceAll('`', '') ?? '', row.slice(1).map((cell) => cell.trim())]));
}

describe.each([
  ['Settings of pretrain', pretrainSettings],
  ['Settings of finetune', finetuneSettings],
  ['Settings of finetune --network segresnet', segResNetSettings.omit({ classes: true })],
  ['Settings of classify', classifySettings],
])('%s in docs/method.md', (heading, schema) => {
  const rows = tableBelow(heading);
  const settings = listSettings(schema);

  it('are those of the code, all of them', () => {
    expect([...rows.keys()]).toEqual(settings.map(({ path }) => path));
  });

  it.each(settings)('$path has its default, its range and a source', ({ path, default: value, range, unit }) => {
    const [written, allowed, source = ''] = rows.get(path) ?? [];
    expect(written).toBe(`\`${value}\`${unit === undefined ? '' : ` ${unit}`}`);
    expect(allowed).toBe(range);
    expect(source).toMatch(/^(paper|code|ours)\b/);
  });
});

it('SegResNet has its own settings, then those of every network in the order of the table above', () => {
  const paths = (schema: z.ZodType): string[] => listSettings(schema).map(({ path }) => path);
  const shared = paths(finetuneSettings);
  expect(paths(segResNetFinetuneSettings)).toEqual([
    ...paths(segResNetSettings.omit({ classes: true })),
    ...shared.slice(shared.indexOf('learningRate')),
  ]);
});
