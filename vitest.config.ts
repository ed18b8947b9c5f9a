import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';

/** Rooms without a state of their own in the process: their files share one, which saves loading the same modules 120 times. */
const TOGETHER = ['base', 'evaluation', 'imaging', 'labelling', 'renderer', 'report'].map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    environment: 'node',
    setupFiles: ['test/support/seed.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    // Real networks take steps here; the bound only ends what hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      // A TensorFlow cannot be unloaded and lives once in a process, so these files get a process each.
      { extends: true, test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: TOGETHER } },
      { extends: true, test: { name: 'together', include: TOGETHER, isolate: false } },
    ],
  },
});
