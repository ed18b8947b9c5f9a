// `npm start`: makes a fresh clone ready and opens the workstation. `npm start -- VERB …` is the command line, `npm start -- demo` the demo.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareProgram, root, run } from './prepare.mjs';
import { openWorkstation } from './workstation.mjs';

/** What the command line is given: the demo goes to out/demo unless it is told where. */
export function commandLine(given) {
  const isPlaced = given.some((argument) => argument === '--out' || argument.startsWith('--out='));
  return given[0] === 'demo' && !isPlaced ? [...given, '--out', join('out', 'demo')] : given;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await prepareProgram();
  const given = process.argv.slice(2);
  process.exitCode =
    given.length === 0
      ? await openWorkstation()
      : await run(process.execPath, [join(root, 'dist', 'core', 'cli', 'main.js'), ...commandLine(given)]);
}
