import { defineConfig } from 'vitest/config'

const notTests = ['**/node_modules/**', '.moa/**']

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
          testTimeout: 30_000,
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
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
          testTimeout: 600_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
