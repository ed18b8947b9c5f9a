// A host in miniature, for tests of what starts it: `node stub-host.mjs serve --socket PATH --workspace DIR`, with the secret on its input.
// The name of the workspace says how it fares: damaged, deadly, busy, or well.
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

const [, , verb, , socket, , workspace] = process.argv;
const say = (greeting) => process.stdout.write(`${JSON.stringify(greeting)}\n`);
const job = {
  id: '0123456789abcdef',
  kind: 'segment',
  title: 'Fine-tune liver',
  state: 'running',
  uses: 'accelerator',
  priority: 'normal',
  progress: { fraction: 0.5, note: '' },
  created: '2026-01-01T00:00:00Z',
};

createInterface(process.stdin)
  .once('line', (secret) => {
    if (basename(workspace) === 'damaged') {
      say({ ready: false, error: { code: 'bad-file', message: 'The workspace is damaged.', advice: 'Choose another.' } });
      process.exitCode = 1;
      process.stdin.destroy();
      return;
    }
    if (basename(workspace) === 'deadly') process.exit(3);
    createServer((request, response) => void answer(request, response, secret)).listen(socket, () => say({ ready: true, version: '0' }));
  })
  .once('close', () => process.exit());

async function answer(request, response, secret) {
  const isSecret = request.headers['x-tessera-control'] === secret;
  const body = await text(request);
  const routes = {
    '/die': () => process.kill(process.pid, 'SIGKILL'),
    '/api/jobs': () => (basename(workspace) === 'busy' ? [job] : []),
    '/control/sources': () => isSecret && { source: JSON.parse(body).paths.length.toString(16).padStart(32, '0') },
    '/control/locate': () => isSecret && { path: `${workspace}/scans/${JSON.parse(body).id}` },
  };
  response.end(JSON.stringify(routes[request.url]?.() ?? { verb, workspace, isSecret, pid: process.pid }));
}
