// The host that the kill test ends: a process of its own. It computes nothing, so its engine only waits. Prints the address to open.
import { serveBrowser } from '../../core/service/serve.ts';

const [workspace = '', engineProgram = '', pageFolder = ''] = process.argv.slice(2);
const { address } = await serveBrowser(0, { version: 'test', workspace, pageFolder, work: { engineProgram } });
process.stdout.write(`${address}\n`);
