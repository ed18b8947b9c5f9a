// A host with a fake engine, as a process of its own that a test can kill. Prints the address to open.
import { join } from 'node:path';
import { serveBrowser } from '../../dist/core/service/serve.js';

const [workspace] = process.argv.slice(2);
const { address } = await serveBrowser(0, {
  version: 'test',
  workspace,
  work: { engineProgram: join(import.meta.dirname, 'fake-engine.mjs') },
});
process.stdout.write(`${address}\n`);
