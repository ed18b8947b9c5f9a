// `npm test`: makes a fresh clone ready, runs every check in turn, and sums them up in the last line.
// `npm test -- PATTERN` hands PATTERN to Vitest.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkNode, prepareBuild, prepareJudges, prepareOtherNodes, preparePackages, prepareRuntime, root, run, say } from './prepare.mjs';

checkNode();
await preparePackages();
await prepareOtherNodes();
prepareJudges();
// Type errors are reported by the type check below; what compiles is still worth testing.
await prepareBuild();
await prepareRuntime();

const total = { passed: 0, failed: 0, skipped: 0 };
const add = ({ passed = 0, failed = 0, skipped = 0 }) => {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
};

// Each of them keeps one core busy.
const checks = await Promise.all([
  check('lint', ['eslint', '.'], ['prettier', '--check', '--log-level', 'warn', '.']),
  check(
    'type check',
    ['tsc', '--noEmit'],
    ['tsc', '--noEmit', '-p', 'test/scene'],
    ['tsc', '--noEmit', '-p', 'test/renderer'],
    ['svelte-check', '--tsconfig', 'renderer/tsconfig.json', '--output', 'human'],
  ),
]);
for (const counts of checks) add(counts);
add(await vitest(process.argv.slice(2)));

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** One test that passes when all of its commands do; what they say is shown when the last has ended. */
async function check(name, ...commands) {
  let said = '';
  let passed = true;
  for (const [tool, ...args] of commands) {
    const { status, output } = await collected([binary(tool), ...args]);
    said += output;
    passed &&= status === 0;
  }
  console.log(`\n${name}\n${said}${name}: ${passed ? 'passed' : 'failed'}`);
  return passed ? { passed: 1 } : { failed: 1 };
}

function collected(args) {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, maxBuffer: 2 ** 26 }, (error, out, err) =>
      resolve({ status: error === null ? 0 : 1, output: out + err }),
    );
  });
}

async function vitest(args) {
  console.log('\nvitest');
  const folder = mkdtempSync(join(tmpdir(), 'tessera-test-'));
  try {
    const results = join(folder, 'results.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
    const status = await run(process.execPath, [binary('vitest'), 'run', ...reporters, ...args]);
    return vitestCounts(results, status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vitestCounts(results, status) {
  let files;
  try {
    files = JSON.parse(readFileSync(results, 'utf8')).testResults;
  } catch {
    say('vitest wrote no results');
    return { failed: 1 };
  }
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const skippedTests = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  // The names say why: a test that can be skipped carries the reason in its title.
  for (const test of skippedTests) console.log(`skipped: ${test.fullName}`);
  // A file that cannot even be loaded has no tests to count, yet it failed.
  const brokenFiles = files.filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'));
  const failed = tests.filter((test) => test.status === 'failed').length + brokenFiles.length;
  return { passed, skipped: skippedTests.length, failed: failed === 0 && status !== 0 ? 1 : failed };
}

/** The program behind a package's command, to be run by this same Node without a shell. */
function binary(name) {
  const folder = { tsc: 'typescript' }[name] ?? name;
  const { bin } = JSON.parse(readFileSync(join(root, 'node_modules', folder, 'package.json'), 'utf8'));
  return join(root, 'node_modules', folder, typeof bin === 'string' ? bin : bin[name]);
}
