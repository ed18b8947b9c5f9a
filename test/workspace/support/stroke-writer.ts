// The process that the kill test ends: changes a layer without pause, and says on standard output which changes were acknowledged.
import { writeSync } from 'node:fs';
import { openWorkspace } from '../../../core/workspace/index.ts';
import { changeLayer } from './changes.ts';

const [folder = '', scanId = '', layerId = ''] = process.argv.slice(2);
const workspace = await openWorkspace(folder, { who: 'tester' });
if (workspace.access.mode === 'read') throw new Error(workspace.access.reason);
const layer = await workspace.openLayer(scanId, layerId);
// Written at once and not through a stream, whose buffer would die with the process.
const say = (line: string): void => void writeSync(1, `${line}\n`);
say(`open ${layer.sequence}`);
for (;;) {
  // Some go together, as when a hand is faster than the disk.
  await Promise.all(Array.from({ length: 1 + (layer.sequence % 4) }, () => changeLayer(layer).then((n) => say(`change ${n}`))));
  if (layer.sequence % 11 === 0) void layer.compact();
  if (layer.sequence % 37 === 0) say(`version ${(await layer.version('kept', 'tester')).id} ${layer.sequence}`);
}
