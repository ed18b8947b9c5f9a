// `npm run docs`: writes the pages of docs/ that are made from the code.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, prepareBuild, root, say } from './prepare.mjs';

if (!(await prepareBuild())) fail('The sources do not compile; the errors are above.');
const { commandLineDocs } = await import(pathToFileURL(join(root, 'dist', 'core', 'cli', 'docs.js')).href);
const { format, resolveConfig } = await import('prettier');
const path = join(root, 'docs', 'cli.md');
writeFileSync(path, await format(await commandLineDocs(), { ...(await resolveConfig(path)), filepath: path }));
say('Wrote docs/cli.md');
process.exit(0);
