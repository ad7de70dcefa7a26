import { defineConfig } from 'vitest/config'

/** unit: needs nothing running. system: one PostgreSQL, one Temporal server and one workflow bundle per run (test/system/setup.ts). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['**/node_modules/**', '.moa/**', 'test/system/**'],
          pool: 'forks',
          testTimeout: 30_000,
        },
      },
    ],
  },
})
