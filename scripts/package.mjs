// `npm run package`: installers for this system into out/installers. `-- --dir` makes the folder that they would install, only.
// TensorFlow goes inside where it is installed here (`npm start` does that); TESSERA_RUNTIME=none leaves it out.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, Platform } from 'electron-builder';
import { packagingConfig } from './packaging.mjs';
import { prepareShell } from './prepare-desktop.mjs';
import { checkNode, fail, prepareBuild, preparePackages, root, say } from './prepare.mjs';
import { stageHost } from './stage-host.mjs';
import { shippableRuntime, stageRuntime } from './stage-runtime.mjs';

checkNode();
await preparePackages();
if (!(await prepareBuild()) || !(await prepareShell())) fail('The sources do not compile; the errors are above.');

const output = join(root, 'out', 'installers');
const host = join(root, 'out', 'staged-host');
say('Staging the host …');
const packages = stageHost(host);
const contents = [
  `Tessera ${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}`,
  `Node ${process.versions.node}`,
  stageRuntime(host, await shippableRuntime()),
  ...packages.map((path) => path.replace(/^node_modules\//, 'package ')),
];
// Read by whoever wonders what an installed Tessera has.
writeFileSync(join(host, 'CONTENTS.txt'), `${contents.join('\n')}\n`);
for (const line of contents.slice(0, 3)) say(line);

const dir = process.argv.includes('--dir');
// A system's installers are made on that system: the host carries packages and a Node that were made for it.
const files = await build({
  projectDir: root,
  targets: Platform.current().createTarget(dir ? 'dir' : undefined),
  config: packagingConfig({ host, node: process.execPath, output, electronDist: process.env.ELECTRON_OVERRIDE_DIST_PATH || undefined }),
});
for (const path of files) say(path);
