// `npm run experiment -- hippocampus`: does pre-training help? Runs for hours, can be stopped at any time and gone on with; without words it
// tells its options.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepareProgram, root } from './prepare.mjs';

await prepareProgram();
const program = join(root, 'dist', 'core', 'cli', 'experiment', 'main.js');
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (status) => process.exit(status ?? 1));
