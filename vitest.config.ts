import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longestFirst.js';

export default defineConfig({
  test: {
    // lmdb, ONNX Runtime and koffi do not share a process well when it runs tests in threads.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/buildOnce.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
