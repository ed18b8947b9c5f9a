// A host in miniature, for tests of what starts it: `node stub-host.mjs serve --socket PATH --workspace DIR`, with the secret on its input.
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

const [, , verb, , socket, , workspace] = process.argv;
const say = (greeting) => process.stdout.write(`${JSON.stringify(greeting)}\n`);

createInterface(process.stdin)
  .once('line', (secret) => {
    if (basename(workspace) === 'damaged') {
      say({ ready: false, error: { code: 'bad-file', message: 'The workspace is damaged.', advice: 'Choose another.' } });
      process.exitCode = 1;
      process.stdin.destroy();
      return;
    }
    if (basename(workspace) === 'deadly') process.exit(3);
    createServer((request, response) => {
      if (request.url === '/die') process.kill(process.pid, 'SIGKILL');
      response.end(JSON.stringify({ verb, workspace, isSecret: request.headers['x-tessera-control'] === secret, pid: process.pid }));
    }).listen(socket, () => say({ ready: true, version: '0' }));
  })
  .once('close', () => process.exit());
