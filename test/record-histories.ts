import { fileURLToPath } from 'node:url'

import { startVitest } from 'vitest/node'

/**
 * Writes test/histories anew, from real runs: tsx test/record-histories.ts. To be done when a workflow is changed on
 * purpose (with `patched` or a new deployment); the histories of the version before are kept until none of its runs
 * is left.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = await startVitest('test', [], {
  root,
  config: false,
  watch: false,
  include: ['test/system/support-e2e/recording.ts'],
  globalSetup: ['test/system/setup.ts'],
  pool: 'forks',
  testTimeout: 60_000,
})
await vitest.close()
