import { expect, test } from 'vitest'

import { instantFrom } from './kst.ts'
import { createTimestamps } from './timestamps.ts'

const NOON = '20261122120000'
const noon = instantFrom(NOON) ?? 0

/** An answer that changes at one instant. */
function changingAt(instant: number): (at: number) => string {
  return (at) => (at >= instant ? 'new' : 'old')
}

test('a time that was forgotten in a restart is judged by the histories', () => {
  const judge = (changedAt: number) =>
    createTimestamps().stamp('k', NOON, noon + 60_000, changingAt(changedAt))
  expect(judge(noon - 1)).toEqual({ isUpToDate: true })
  expect(judge(noon + 30_000)).toMatchObject({ isUpToDate: false })
})

test('what changed in the very second of a forgotten answer is sent again, rather than lost', () => {
  const stamped = createTimestamps().stamp('k', NOON, noon + 60_000, changingAt(noon))
  expect(stamped).toMatchObject({ isUpToDate: false })
})

test('one second never stands for two contents', () => {
  const timestamps = createTimestamps()
  const issued = ['a', 'a', 'b', 'c'].map((content) => timestamps.stamp('k', '0', noon, () => content))
  const times = issued.map((each) => (each.isUpToDate ? undefined : each.searchTimestamp))
  expect(times).toEqual([NOON, NOON, '20261122120001', '20261122120002'])
  const again = (since: string) => timestamps.stamp('k', since, noon, () => 'c').isUpToDate
  expect([NOON, '20261122120001', '20261122120002'].map(again)).toEqual([false, false, true])
})
