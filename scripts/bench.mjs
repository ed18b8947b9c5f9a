// `npm run bench`: times one GL-MAE step, one UNETR training step, one sliding-window segmentation and the reading of scans, each in a process
// of its own. `--only` takes names of workloads or of groups (train, import).
// `npm run bench -- workstation` times host, window, volumes and inspection in Chromium instead, and compares them with their goals.
// `npm run bench -- labelling` does the same with the labelling tools: alone, through the host, and in the page.
// `npm run bench -- preflight` compares what the check before a run says of time and memory with what the run takes, and
// `npm run bench -- yield` times questions to a model while it trains.
// `npm run bench -- ranking-study` compares what to label next with random choice, `npm run bench -- labelling-loop` simulates labelling with it;
// their own options follow another --.
// `npm run bench -- --reference PYTHON [--script torch_reference.py]` runs the PyTorch reference in turn (ours, theirs, ours, theirs).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkNode, prepareBuild, preparePackages, prepareRuntime, root, say } from './prepare.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
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
if (options.reference !== undefined && !existsSync(options.script)) {
  say(`the reference script ${options.script} is missing: give it with --script`);
  process.exit(2);
}

if (positionals[0] === 'workstation') {
  await prepareRuntime();
  printAgainstGoals(['workstation']);
  process.exit();
}
if (positionals[0] === 'labelling') {
  await prepareRuntime();
  printAgainstGoals(['labelling-paint', 'labelling-shape', 'labelling-host', 'labelling-page']);
  process.exit();
}

if (positionals[0] === 'preflight') {
  await prepareRuntime();
  printPredictions();
  process.exit();
}
if (positionals[0] === 'yield') {
  await prepareRuntime();
  printAgainstGoals(['yield']);
  process.exit();
}

if (['ranking-study', 'labelling-loop'].includes(positionals[0])) {
  await prepareRuntime();
  const program = join(root, 'dist', 'test', 'bench', `${positionals[0]}.js`);
  process.exit(spawnSync(process.execPath, [program, ...positionals.slice(1)], { stdio: 'inherit' }).status ?? 1);
}

const workloads = {
  'glmae-vit-t': ['glmae', '--width', '192', '--heads', '3', '--globals', '1', '--locals', '4', '--decoder', '288x4x8'],
  'glmae-vit-b': ['glmae', '--width', '768', '--heads', '12', '--globals', '1', '--locals', '2', '--decoder', '384x8x12'],
  unetr: ['unetr', '--width', '192', '--heads', '3', '--features', '16', '--size', '96', '--classes', '14'],
  window: ['window', '--width', '192', '--heads', '3', '--features', '16', '--volume', '160x160x128', '--overlap', '0.5'],
};
const imports = ['import-ct', 'import-jpegls', 'import-nifti', 'import-tree'];
const wanted = (name, group) => options.only === undefined || [name, group].some((one) => options.only.split(',').includes(one));
const names = Object.keys(workloads).filter((name) => wanted(name, 'train'));
if (names.length > 0) await prepareRuntime();
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
for (const name of imports.filter((one) => wanted(one, 'import'))) {
  say(name);
  const { ms, again_ms, cpu_ms, peak_mb } = measure(process.execPath, [
    join(root, 'dist', 'test', 'bench', 'import-scans.js'),
    name,
    '--runs',
    options.runs,
  ]);
  results.push({ workload: name, ms, ...(again_ms === undefined ? {} : { againMs: again_ms }), cpuMs: cpu_ms, peakMb: peak_mb });
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

/** What a program of test/bench prints, or the end of this one where it fails. */
function rowsOf(name) {
  const program = join(root, 'dist', 'test', 'bench', `${name}.js`);
  const { stdout, status } = spawnSync(process.execPath, [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
  return JSON.parse(stdout);
}

/** Predicted against true, and their ratio. The clock runs on while other programs work; processor time hardly does. */
function printPredictions() {
  const pair = (a, b, text) => `${text(a)} / ${text(b)} = ${(a / b).toFixed(2)}`;
  const seconds = (ms) => `${(ms / 1000).toPrecision(3)} s`;
  const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
  console.log('predicted / true = ratio\n');
  console.log('| run | step, processor | step, clock | epoch, clock | memory |\n| --- | --- | --- | --- | --- |');
  for (const { name, predicted: p, measured: m } of rowsOf('preflight')) {
    const cells = [
      pair(p.step.processor, m.step.processor, seconds),
      pair(p.step.clock, m.step.clock, seconds),
      pair(1000 * p.secondsPerEpoch, 1000 * m.secondsPerEpoch, seconds),
      pair(p.bytes, m.bytes, megabytes),
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

/** A line for each number, with its goal where it has one. */
function printAgainstGoals(programs) {
  const rows = programs.flatMap(rowsOf);
  const figure = (value, unit) => `${unit === 'ms' && value >= 100 ? Math.round(value) : Math.round(value * 100) / 100} ${unit}`;
  console.log('| what | measured | goal | |\n| --- | --- | --- | --- |');
  for (const { what, value, unit, goal } of rows) {
    const judged = goal === undefined ? '| ' : `| ${goal === 0 ? 'none' : `≤ ${figure(goal, unit)}`} | ${value <= goal ? 'met' : 'missed'}`;
    console.log(`| ${what} | ${figure(value, unit)} ${judged} |`);
  }
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
