// `npm run bench`: times one GL-MAE step, one UNETR training step and one sliding-window segmentation, each in a process of its own.
// `npm run bench -- --reference PYTHON [--script torch_reference.py]` runs the PyTorch reference in turn (ours, theirs, ours, theirs).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkNode, prepareBuild, preparePackages, prepareRuntime, root, say } from './prepare.mjs';

const { values: options } = parseArgs({
  options: {
    reference: { type: 'string' },
    script: { type: 'string', default: join(root, '..', 'shared', 'bench', 'torch_reference.py') },
    rounds: { type: 'string', default: '3' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
  },
});

checkNode();
await preparePackages();
await prepareBuild();
await prepareRuntime();
if (options.reference !== undefined && !existsSync(options.script)) {
  say(`the reference script ${options.script} is missing: give it with --script`);
  process.exit(2);
}

const workloads = {
  'glmae-vit-t': ['glmae', '--width', '192', '--heads', '3', '--globals', '1', '--locals', '4', '--decoder', '288x4x8'],
  'glmae-vit-b': ['glmae', '--width', '768', '--heads', '12', '--globals', '1', '--locals', '2', '--decoder', '384x8x12'],
  unetr: ['unetr', '--width', '192', '--heads', '3', '--features', '16', '--size', '96', '--classes', '14'],
  window: ['window', '--width', '192', '--heads', '3', '--features', '16', '--volume', '160x160x128', '--overlap', '0.5'],
};
const names = Object.keys(workloads).filter((name) => options.only === undefined || options.only.split(',').includes(name));
const rounds = options.reference === undefined ? 1 : Number(options.rounds);
const results = [];
for (const name of names) {
  const own = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    say(`${name}, round ${round + 1} of ${rounds}`);
    own.push(
      measure(process.execPath, [
        join(root, 'dist', 'test', 'bench', 'one.js'),
        ...workloads[name],
        '--runs',
        options.runs,
        '--backend',
        options.backend,
      ]),
    );
    if (options.reference !== undefined)
      theirs.push(measure(options.reference, [options.script, ...torchArguments(workloads[name]), '--runs', options.runs]));
  }
  results.push(summary(name, own, theirs));
}
console.log(JSON.stringify(results, null, 2));

/** PyTorch's script takes the volume as three arguments. */
function torchArguments(args) {
  return args.flatMap((arg, i) => (args[i - 1] === '--volume' ? arg.split('x') : [arg]));
}

function measure(command, args) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function summary(name, own, theirs) {
  const first = own[0];
  const result = {
    workload: name,
    ms: median(own.map((r) => r.ms)),
    peakMb: median(own.map((r) => r.peak_mb)),
    backend: first.backend,
    fused: first.fused,
    threads: first.threads,
  };
  if (theirs.length === 0) return result;
  const ratio = (key) => own.map((r, i) => r[key] / theirs[i][key]);
  return {
    ...result,
    reference: {
      ms: median(theirs.map((r) => r.ms)),
      peakMb: median(theirs.map((r) => r.peak_mb)),
      torch: theirs[0].torch,
      threads: theirs[0].threads,
    },
    // Each of ours against the reference run right after it, so that a drifting machine cancels out.
    timeRatio: round3(median(ratio('ms'))),
    memoryRatio: round3(median(ratio('peak_mb'))),
  };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function round3(value) {
  return Math.round(value * 1000) / 1000;
}
