import { ESLint } from 'eslint';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
let eslint: ESLint;

beforeAll(() => {
  eslint = new ESLint({
    cwd: root,
    // The made-up files are on no disk, so they have no types; the rules about layers need none.
    overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } } }],
    ruleFilter: ({ ruleId }) => ruleId.startsWith('boundaries/'),
  });
});

/** What lint says to one statement in a file that would lie at `path`. */
async function complaints(path: string, statement: string): Promise<string[]> {
  const results = await eslint.lintText(`${statement}\n`, { filePath: join(root, path) });
  return results.flatMap((result) => result.messages.map((message) => message.message));
}

describe('layers', () => {
  it.each([
    ['core/base/made-up.ts', `import '../imaging/index.ts';`, 'core/base may import no other room'],
    ['core/imaging/made-up.ts', `import '../compute/index.ts';`, 'core/imaging may import core/base'],
    ['core/imaging/nifti/made-up.ts', `import '../../evaluation/index.ts';`, 'core/imaging may import core/base'],
    ['core/compute/made-up.ts', `export { readScan } from '../imaging/index.ts';`, 'core/compute may import core/base'],
    [
      'core/evaluation/made-up.ts',
      `export const later = import('../compute/index.ts');`,
      'core/evaluation may import core/imaging, core/base',
    ],
    [
      'core/model/made-up.ts',
      `import type { Split } from '../learning/index.ts';`,
      'core/model may import core/compute, core/imaging, core/base',
    ],
    ['core/inference/made-up.ts', `import '../evaluation/index.ts';`, 'core/inference may import'],
    ['core/report/made-up.ts', `import '../compute/index.ts';`, 'core/report may import'],
    ['core/workspace/made-up.ts', `import '../compute/index.ts';`, 'core/workspace may import core/imaging, core/labelling, core/base'],
    ['core/pacs/made-up.ts', `import '../workspace/index.ts';`, 'core/pacs may import core/imaging, core/base'],
  ])('refuses in %s: %s', async (path, statement, complaint) => {
    expect(await complaints(path, statement)).toEqual([expect.stringContaining(complaint)]);
  });

  it.each([
    ['core/imaging/made-up.ts', `import '../base/errors.ts';`],
    ['core/imaging/made-up.ts', `import './volume.ts';`],
    ['core/imaging/nifti/made-up.ts', `import '../volume.ts';`],
    ['core/model/made-up.ts', `import '../imaging/index.ts'; import '../compute/index.ts';`],
    ['core/learning/made-up.ts', `import '../imaging/index.ts'; import '../inference/segment.ts'; import '../evaluation/index.ts';`],
    ['core/report/made-up.ts', `import '../evaluation/index.ts'; import '../imaging/index.ts';`],
    ['core/workspace/made-up.ts', `import '../imaging/index.ts'; import '../base/errors.ts';`],
    ['core/pacs/made-up.ts', `import '../imaging/index.ts'; import '../base/errors.ts'; import 'dcmjs-dimse';`],
    ['core/cli/made-up.ts', `import '../compute/index.ts'; import '../report/index.ts'; import '../base/task.ts';`],
    ['core/base/made-up.ts', `import 'node:fs'; import 'zod';`],
  ])('allows in %s: %s', async (path, statement) => {
    expect(await complaints(path, statement)).toEqual([]);
  });
});

describe('packages', () => {
  it.each(['core/model/made-up.ts', 'core/learning/made-up.ts', 'core/cli/made-up.ts', 'electron/made-up.ts', 'renderer/scene/made-up.ts'])(
    'refuses TensorFlow.js in %s',
    async (path) => {
      expect(await complaints(path, `import * as tf from '@tensorflow/tfjs-core';`)).toEqual([
        expect.stringContaining('Only core/compute imports TensorFlow.js'),
      ]);
    },
  );

  it.each(['core/compute/made-up.ts', 'core/compute/ops/made-up.ts', 'core/compute/runtime/made-up.ts'])(
    'allows TensorFlow.js in %s',
    async (path) => {
      expect(await complaints(path, `import * as tf from '@tensorflow/tfjs-core';`)).toEqual([]);
    },
  );

  it.each([`import { app } from 'electron';`, `import { mount } from 'svelte';`, `import { writable } from 'svelte/store';`])(
    'refuses in core/: %s',
    async (statement) => {
      for (const room of ['base', 'compute', 'imaging', 'cli']) {
        expect(await complaints(`core/${room}/made-up.ts`, statement)).toEqual([expect.stringContaining('core/ runs in plain Node')]);
      }
    },
  );

  it('allows Electron in electron/', async () => {
    expect(await complaints('electron/made-up.ts', `import { app } from 'electron';`)).toEqual([]);
  });
});
