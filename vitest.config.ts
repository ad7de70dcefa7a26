import { defineConfig } from 'vitest/config'

const notTests = ['**/node_modules/**', '.moa/**']

/**
 * unit: needs nothing running beforehand. system: one PostgreSQL, one Temporal server and one workflow bundle per run
 * (test/system/setup.ts). Forks, because the SDK's native runtime is one per process.
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
          exclude: [...notTests, 'test/system/**'],
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
    ],
  },
})
