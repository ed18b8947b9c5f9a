// `npm run fuzz -- --minutes N [--seed S] [--format dicom,nifti]`: opens damaged files as the program does; see docs/fuzzing.md.
import { join } from 'node:path';
import { checkNode, prepareBuild, preparePackages, root, run } from './prepare.mjs';

checkNode();
await preparePackages();
if (!(await prepareBuild())) process.exit(1);
process.exitCode = await run(process.execPath, [join(root, 'dist', 'test', 'fuzz', 'run.js'), '--root', root, ...process.argv.slice(2)]);
