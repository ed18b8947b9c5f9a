// An engine whose handlers do what a test needs: they wait at gates (files in the workspace's cache), and end their process when asked to.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TesseraError } from '../../dist/core/base/errors.js';
import { runEngine } from '../../dist/core/service/engine/run-engine.js';

/** Goes on when the gate is open; gives way and can be cancelled meanwhile. */
async function wait(gate, { workspace, task, breathe }) {
  task.progress({ stage: `waiting for ${gate}`, done: 1, total: 4 });
  while (!existsSync(join(workspace.cachePath, `gate-${gate}`))) {
    await breathe();
    await pause(5);
  }
}

const endings = {
  killed: () => process.kill(process.pid, 'SIGKILL'),
  exited: () => process.exit(3),
  outOfMemory: () => {
    process.stderr.write('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n', () => process.abort());
  },
  hung: () => {
    for (;;);
  },
};

function namesIn(paths) {
  return paths.flatMap((path) => (statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [basename(path)])).sort();
}

const missing = () => Promise.reject(new Error('this fake engine does not do that'));

runEngine({
  import: async ({ paths }, context) => {
    const names = namesIn(paths);
    for (const name of names) endings[name]?.();
    if (names.some((name) => name in endings)) await new Promise(() => undefined);
    if (names.includes('bad')) {
      throw new TesseraError('bad-file', 'is damaged.', { subject: join(paths[0], 'bad'), advice: 'Copy it again.' });
    }
    await wait('import', context);
    return { scans: [], problems: names.map((name) => ({ name, error: { code: 'bad-file', message: 'is no scan.', subject: name } })) };
  },
  segment: async ({ model, scans }, context) => {
    const layers = [];
    for (const [n, scan] of scans.entries()) {
      await wait(`segment-${n}`, context);
      const layer = await context.workspace.createLayer(scan, { name: 'proposal', kind: 'proposal', model });
      context.emit({ kind: 'layer-stored', scan, layer: layer.id });
      layers.push({ scan, layer: layer.id });
    }
    return { layers };
  },
  consistency: async ({ seed }, context) => {
    if (seed === 1) await wait('consistency', context);
    return { views: ['view'], matrix: [[seed]] };
  },
  'prepare-volume': async ({ scan }, { workspace }) => {
    const { geometry, voxels } = await workspace.scan(scan);
    const { dims, spacing } = geometry;
    return {
      range: [0, 1],
      levels: [{ level: 0, dims: [...dims], spacing: [...spacing], bytes: voxels.bytes, file: `scans/${scan}/voxels.raw` }],
    };
  },
  thumbnail: () => Promise.resolve({ file: '../outside.png' }),
  models: () => Promise.resolve([]),
  'import-layer': missing,
  'import-model': missing,
  'layer-statistics': missing,
  inspect: missing,
  features: missing,
  similar: missing,
});
