import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/seed.ts'],
    // A TensorFlow cannot be unloaded and lives once in a process, so every test file gets a process of its own.
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    // Real networks take steps here; the bound only ends what hangs.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
