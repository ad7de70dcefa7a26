import { expect } from 'vitest'

import { refreshWorkflowId } from '../../../workflows/contract.ts'
import { closed, type Person, type World } from '../world.ts'
import { openEngine, type EnginePlace } from './engine.ts'
import { ledgerOf, storedIn } from './ledger.ts'

/**
 * What a first refresh must have left, whatever happened on its way: it succeeded; one snapshot for each cut and the last
 * one complete; every row once and equal to the ledger; nothing under way in rows or engine.
 */
export async function expectWhole(
  world: Pick<World, 'moa' | 'sandbox'> & { warnings?: () => string[] },
  engine: EnginePlace,
  person: Person,
  limitMs = 60_000,
): Promise<void> {
  const { userId, refreshNo } = person
  const refresh = await closed(world, userId, refreshNo, limitMs)
  const warnings = world.warnings?.().join('\n')
  expect([refresh.state, refresh.closedBecause], warnings).toEqual(['succeeded', null])
  expect(new Set(refresh.readings.map(({ state }) => state))).toEqual(new Set(['collected']))
  const { owner } = world.moa.test
  const cuts = await owner<{ cutNo: number; status: string }[]>`
    SELECT cut_no AS "cutNo", status FROM snapshots
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} ORDER BY snapshot_no`
  expect(cuts.map(({ cutNo }) => cutNo)).toEqual(cuts.map((_, i) => i + 1))
  expect(cuts.at(-1)?.status).toBe('complete')

  const ledger = await ledgerOf(world, person)
  expect(await storedIn(world, person, refresh.snapshot!.snapshotNo)).toEqual(ledger)
  const [rows] = await owner<{ all: number; removed: number; once: number }[]>`
    SELECT count(*)::int AS all, count(removed_seq)::int AS removed,
      count(DISTINCT (institution_id, natural_key))::int AS once
    FROM transactions WHERE user_id = ${userId}`
  const total = ledger.reduce((sum, { transactions }) => sum + transactions, 0)
  expect({ ...rows }).toEqual({ all: total, removed: 0, once: total })
  const [open] = await owner<{ attempts: number; refreshes: number }[]>`
    SELECT (SELECT count(*)::int FROM attempts WHERE ended_at IS NULL) AS attempts,
      (SELECT count(*)::int FROM refreshes WHERE closed_at IS NULL) AS refreshes`
  expect({ ...open }).toEqual({ attempts: 0, refreshes: 0 })

  const operator = await openEngine(engine)
  expect(await operator.ending(refreshWorkflowId(person))).toEqual({ status: 'COMPLETED', failure: null })
  await operator.close()
  expect(world.sandbox.control.violations().violations).toEqual([])
}
