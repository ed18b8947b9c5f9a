// The program behind `npm run fuzz` (scripts/fuzz.mjs) and its test.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import { formats, type Format } from './open.ts';
import { loadSeeds } from './seeds.ts';

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: '.' },
    minutes: { type: 'string' },
    mutations: { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** Number of the first case. */
    case: { type: 'string', default: '0' },
    format: { type: 'string', default: formats.join(',') },
    /** Only the files in test/fuzz/seeds, which are the same on every machine. */
    own: { type: 'boolean', default: false },
    out: { type: 'string' },
    'make-seeds': { type: 'boolean', default: false },
  },
});

if (values['make-seeds']) {
  const { makeSeeds } = await import('./make-seeds.ts');
  await makeSeeds(join(values.root, 'test', 'fuzz', 'seeds'));
  process.exit(0);
}

const wanted = values.format.split(',');
const unknown = wanted.filter((name) => !formats.some((format) => format === name));
if (unknown.length > 0) {
  console.error(`There is no format ${unknown.join(', ')}; choose from ${formats.join(', ')}.`);
  process.exit(2);
}
const seeds = await loadSeeds(
  values.root,
  formats.filter((format: Format) => wanted.includes(format)),
  values.own,
);
// Without a number of either kind, one minute.
const minutes = Number(values.minutes ?? (values.mutations === undefined ? 1 : 1e6));
const result = await campaign({
  seeds,
  seed: Number(values.seed),
  first: Number(values.case),
  mutations: Number(values.mutations ?? Infinity),
  minutes,
  out: values.out ?? join(values.root, 'out', 'fuzz'),
  say: (line) => console.error(line),
});
console.log(JSON.stringify({ seed: Number(values.seed), files: seeds.length, ...result }, null, 2));
process.exitCode = result.findings.length === 0 ? 0 : 1;
