import { expect, type TestContext } from 'vitest'

import type { Ground } from '../system/support-chaos/ground.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** What a long test counted, for the page that tells of it. */
    counts?: Record<string, number | string>
  }
}

/** What a test counted is written down beside whether it passed. */
export function count({ task }: Pick<TestContext, 'task'>, counts: Record<string, number | string>): void {
  task.meta.counts = { ...task.meta.counts, ...counts }
}

/** Broken for as long as it takes, then well: nothing that was promised is found broken, and how it went is counted. */
export async function expectEndured(
  context: Pick<TestContext, 'task'>,
  ground: Ground,
  withinMs: number,
  breakIt: () => Promise<unknown>,
): Promise<void> {
  const pids = ground.workers.map((worker) => worker.pid())
  const { violations, wrong, facts } = await ground.endure(withinMs, breakIt)
  const seconds = (ms: number) => Math.round(ms / 100) / 10
  count(context, {
    'refreshes accepted': facts.refreshes,
    'reads answered': facts.reads,
    'told to come again': facts.unavailable,
    'seconds broken': seconds(facts.brokenMs),
    'seconds until all had ended': seconds(facts.recoveredMs),
  })
  expect(wrong).toEqual([])
  expect(violations).toEqual([])
  expect(facts.refreshes).toBeGreaterThan(0)
  expect(facts.reads).toBeGreaterThan(0)
  expect(ground.api.pid()).toBeDefined()
  expect(ground.workers.map((worker) => worker.pid())).toEqual(pids)
}
