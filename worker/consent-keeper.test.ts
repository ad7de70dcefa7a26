import { expect, test, vi } from 'vitest'

import type { DueConsent } from '../db/consent-watch.ts'
import { createLog } from '../log.ts'
import { createConsentKeeper } from './consent-keeper.ts'

const ref = (userId: number) => ({ userId, institutionId: 'A', generation: 1 })
const makeDue = (userId: number, isOver: boolean): DueConsent => ({ ...ref(userId), isOver })

function makeKeeper(due: () => Promise<DueConsent[]>) {
  const ends = { expire: vi.fn(async () => true), notice: vi.fn(async () => 7 as const) }
  const log = createLog('worker', 'silent')
  const warn = vi.spyOn(log, 'warn')
  return { ends, warn, keeper: createConsentKeeper({ watch: { due }, ends, log, everyMs: 1 }) }
}

test('ends what is over, and tells of what will be', async () => {
  const { keeper, ends } = makeKeeper(async () => [makeDue(1, true), makeDue(2, false)])
  await keeper.round()
  expect(ends.expire.mock.calls).toEqual([[ref(1)]])
  expect(ends.notice.mock.calls).toEqual([[ref(2)]])
})

test('looks after the others where one cannot be, and says so without a name', async () => {
  const { keeper, ends, warn } = makeKeeper(async () => [makeDue(1, true), makeDue(2, true)])
  ends.expire.mockRejectedValueOnce(new TypeError('secret palimpsest'))
  await keeper.round()
  expect(ends.expire).toHaveBeenCalledTimes(2)
  expect(warn.mock.calls.map(([facts]) => facts)).toEqual([
    { institutionId: 'A', case: 'consent', failure: 'TypeError' },
  ])
})

test('goes on after a round that failed, until it is told to stop', async () => {
  const stop = new AbortController()
  let rounds = 0
  const { keeper, warn } = makeKeeper(async () => {
    rounds += 1
    if (rounds === 3) stop.abort()
    throw new Error('the database is away')
  })
  await keeper.run(stop.signal)
  expect(rounds).toBe(3)
  expect(warn).toHaveBeenCalledTimes(3)
})
