// `npm start`: makes a fresh clone ready and runs the program. `npm start -- ARGS` hands ARGS to the command line.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkNode, fail, prepareBuild, preparePackages, prepareRuntime, root, run, say } from './prepare.mjs';

checkNode();
await preparePackages();
if (!(await prepareBuild())) fail('The sources do not compile; the errors are above.');
await prepareRuntime();

const given = process.argv.slice(2);
// Until the workstation's window exists, the demo is what there is to see.
const demoFolder = join(root, 'out', 'demo');
const args = given.length > 0 ? given : ['demo', '--out', demoFolder];
process.exitCode = await run(process.execPath, [join(root, 'dist', 'core', 'cli', 'main.js'), ...args]);

const report = join(demoFolder, 'report.html');
if (given.length === 0 && process.exitCode === 0 && existsSync(report)) say(`The report is at ${relative(process.cwd(), report)}`);
