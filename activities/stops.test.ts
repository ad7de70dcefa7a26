import { expect, test } from 'vitest'

import { DomainFailure } from '../domain/failures.ts'
import { createStops } from './stops.ts'

const reading = (over: Partial<{ userId: number; refreshNo: number; institutionId: string }> = {}) => ({
  userId: 1,
  refreshNo: 3,
  institutionId: 'BANKA00001',
  ...over,
})

test('a closed refresh stops its own readings and no others', () => {
  const stops = createStops()
  const own = stops.watch(reading())
  const anotherRefresh = stops.watch(reading({ refreshNo: 4 }))
  const anotherUser = stops.watch(reading({ userId: 2 }))
  stops.heard({ userId: 1, refreshNo: 3 })
  expect([own, anotherRefresh, anotherUser].map(({ signal }) => signal.aborted)).toEqual([true, false, false])
  expect(own.signal.reason).toBeInstanceOf(DomainFailure)
})

test('an ended consent stops the readings of that institution in every refresh of its user', () => {
  const stops = createStops()
  const own = stops.watch(reading())
  const later = stops.watch(reading({ refreshNo: 9 }))
  const sibling = stops.watch(reading({ institutionId: 'BANKB00001' }))
  stops.heard({ userId: 1, institutionId: 'BANKA00001' })
  expect([own, later, sibling].map(({ signal }) => signal.aborted)).toEqual([true, true, false])
})

test('a reading that has ended is not told any more', () => {
  const stops = createStops()
  const own = stops.watch(reading())
  own.release()
  stops.heard({ userId: 1, refreshNo: 3 })
  expect(own.signal.aborted).toBe(false)
})
