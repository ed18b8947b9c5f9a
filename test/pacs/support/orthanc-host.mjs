// Runs Orthanc, in its own network namespace where the caller made one, until standard input closes: `node orthanc-host.mjs CONFIG [RELAY...]`,
// each relay as FROM=TO of `unix:path` or `tcp:port`. Sockets on disk are the way out of the namespace and into it.
import { spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { pathToFileURL } from 'node:url';

/** Passes connections on from one place to another, both of this machine alone. */
export function relay(from, to) {
  const server = createServer((socket) => {
    const other = connect(place(to));
    // What was said before the end still goes through.
    socket.on('error', () => other.destroy()).on('close', () => other.end());
    other.on('error', () => socket.destroy()).on('close', () => socket.end());
    socket.pipe(other).pipe(socket);
  });
  return new Promise((resolve, reject) => server.on('error', reject).listen(place(from), () => resolve(server)));
}

function place(text) {
  const [, kind, value] = /^(unix|tcp):(.+)$/.exec(text);
  return kind === 'unix' ? { path: value } : { host: '127.0.0.1', port: Number(value) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [config, ...relays] = process.argv.slice(2);
  // The loopback interface of a new namespace is down.
  if (relays.length > 0) spawnSync('ip', ['link', 'set', 'lo', 'up']);
  for (const text of relays) await relay(...text.split('='));
  const orthanc = spawn('Orthanc', [config], { stdio: ['ignore', 'inherit', 'inherit'] });
  orthanc.on('error', () => process.exit(127)).on('exit', (code) => process.exit(code ?? 1));
  process.stdin.on('end', () => orthanc.kill('SIGKILL')).resume();
}
