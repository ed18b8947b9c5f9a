import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cli, json, temporaryFolder } from './support.ts';

/** The whole story with next to no training: what it leaves on disk, not how well it learned. */
it('tells the whole story, and finishes at once when asked again', async () => {
  const out = join(temporaryFolder(), 'demo');
  const args = ['demo', '--out', out, '--minutes', '0.02', '--json'];
  const first = await cli(args);
  expect(first.stderr).not.toMatch(/error/i);
  expect(first.status).toBe(0);

  // WebAssembly measures on fewer, to end in time.
  const { numbers } = json(first) as { numbers: { cases: number } };
  expect([2, 12]).toContain(numbers.cases);

  const page = readFileSync(join(out, 'report.html'), 'utf8');
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(page.match(/data:image\/png;base64/g)?.length).toBeGreaterThan(20);
  expect(readFileSync(join(out, 'reconstruction.png')).subarray(1, 4).toString()).toBe('PNG');
  for (const arm of ['pre-trained', 'scratch']) {
    expect(readdirSync(join(out, 'labels', arm))).toHaveLength(numbers.cases);
    const evaluation = JSON.parse(readFileSync(join(out, `evaluation-${arm}.json`), 'utf8')) as { cases: unknown[] };
    expect(evaluation.cases).toHaveLength(numbers.cases);
  }
  for (const run of ['fine-tuned', 'scratch']) expect(existsSync(join(out, run, 'model', 'weights.safetensors'))).toBe(true);

  // The cases kept for the test were not seen in training, with or without labels.
  const { test } = JSON.parse(readFileSync('resources/samples/hippocampus/split.json', 'utf8')) as { test: string[] };
  for (const run of ['pretraining', 'fine-tuned', 'scratch']) {
    const { data } = JSON.parse(readFileSync(join(out, run, 'run.json'), 'utf8')) as { data: { cases: { id: string }[] } };
    expect(data.cases.filter((c) => test.includes(c.id))).toEqual([]);
  }

  const again = await cli(args);
  expect(again.status).toBe(0);
  const timeless = (result: typeof first): unknown => {
    const { numbers } = json(result) as { numbers: Record<string, unknown> };
    return { ...numbers, seconds: undefined };
  };
  expect(timeless(again)).toEqual(timeless(first));

  const other = await cli(['demo', '--out', out, '--minutes', '0.02', '--seed', '5']);
  expect(other.status).not.toBe(0);
  expect(other.stderr).toContain('--out');
}, 900_000);
