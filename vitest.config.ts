import { defineConfig } from 'vitest/config'

const notTests = ['**/node_modules/**', '.moa/**']

// Nothing is measured here: a limit only ends what hangs, on a machine that is busy with something else, too. What a test
// waits for it waits for by name (`until`, a minute), long before the runner's own limit says no more than that one passed.
const LOOKED_FOR_MS = 10_000
const UNIT_TEST_MS = 60_000
const SYSTEM_TEST_MS = 300_000
const LONG_TEST_MS = 1_800_000

/**
 * unit: needs nothing running beforehand. system: one PostgreSQL, one Temporal server and one workflow bundle per run
 * (test/system/setup.ts). Forks, because the SDK's native runtime is one per process. long: faults at their full length,
 * by `npm run test:long` alone; one file at a time, so that its figures are its own.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
          include: ['**/*.test.ts'],
          exclude: [...notTests, 'test/system/**', 'test/long/**'],
          pool: 'forks',
          testTimeout: UNIT_TEST_MS,
          expect: { poll: { timeout: LOOKED_FOR_MS } },
        },
      },
      {
        test: {
          name: 'system',
          sequence: { groupOrder: 1 },
          include: ['test/system/**/*.test.ts'],
          exclude: notTests,
          globalSetup: ['test/system/setup.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: SYSTEM_TEST_MS,
          hookTimeout: SYSTEM_TEST_MS,
          expect: { poll: { timeout: LOOKED_FOR_MS } },
        },
      },
      {
        test: {
          name: 'long',
          sequence: { groupOrder: 2 },
          include: ['test/long/**/*.test.ts'],
          exclude: notTests,
          globalSetup: ['test/system/setup.ts'],
          pool: 'forks',
          maxWorkers: 1,
          testTimeout: LONG_TEST_MS,
          hookTimeout: SYSTEM_TEST_MS,
        },
      },
    ],
  },
})
