import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Permit } from './breaker.ts'
import { nextToWake, type Room, roomFor, type Waiting } from './recovery-order.ts'

const waits = (id: string, priority: number, since: number): Waiting => ({ id, priority, since })
const room = (given: Partial<Room> = {}): Room => ({ permit: 'go', concurrency: 40, busy: 0, ...given })
const ids = (waiting: readonly Waiting[]) => waiting.map(({ id }) => id)

const waiting = fc.uniqueArray(
  fc.record({ id: fc.string(), priority: fc.integer({ min: 1, max: 5 }), since: fc.nat(5) }),
  { maxLength: 60, selector: ({ id }) => id },
)
const anyRoom = fc.record({
  permit: fc.constantFrom<Permit>('go', 'probe', { notBefore: 1 }),
  concurrency: fc.integer({ min: 1, max: 60 }),
  busy: fc.nat(70),
})

test('people come before schedules, a button before a page, and who waited longest first', () => {
  const all = [
    waits('schedule', 3, 0),
    waits('page', 2, 1),
    waits('late button', 1, 5),
    waits('button', 1, 4),
  ]
  expect(ids(nextToWake(all, room()))).toEqual(['button', 'late button', 'page', 'schedule'])
})

test('one is woken where a probe is due, be it a schedule, and nobody while the institution is not called', () => {
  const two = [waits('a', 3, 0), waits('b', 4, 0)]
  expect(ids(nextToWake(two, room({ permit: 'probe', busy: 35 })))).toEqual(['a'])
  expect(nextToWake(two, room({ permit: { notBefore: 1 } }))).toEqual([])
  expect(nextToWake(two, room({ permit: 'probe', concurrency: 1, busy: 1 }))).toEqual([])
})

test('a quarter of the room is filled at a look, and the last one too', () => {
  const many = Array.from({ length: 50 }, (_, i) => waits(`${i}`, 1, i))
  const woken = [0, 10, 36, 39, 40].map((busy) => nextToWake(many, room({ busy })).length)
  expect(woken).toEqual([10, 8, 1, 1, 0])
})

test('schedules leave a quarter of the slots to people', () => {
  const many = Array.from({ length: 50 }, (_, i) => waits(`${i}`, 3, i))
  const woken = [0, 25, 29, 30, 39].map((busy) => nextToWake(many, room({ busy })).length)
  expect(woken).toEqual([10, 4, 1, 0, 0])
  expect(nextToWake(many, room({ concurrency: 1 }))).toHaveLength(1)
})

test('never more are woken than there is room for, and nobody is passed over by who comes after', () => {
  fc.assert(
    fc.property(waiting, anyRoom, (all, given) => {
      const woken = nextToWake(all, given)
      expect(woken.length).toBeLessThanOrEqual(roomFor(given))
      const rank = ({ priority, since }: Waiting) => priority * 10 + since
      const left = all.filter((each) => !woken.includes(each))
      const last = Math.max(0, ...woken.map(rank))
      expect(left.every((each) => rank(each) >= last)).toBe(true)
    }),
  )
})

test('the order in which they are found changes nothing', () => {
  const shuffled = waiting.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  )
  fc.assert(
    fc.property(shuffled, anyRoom, ([all, other], given) => {
      expect(nextToWake(other, given)).toEqual(nextToWake(all, given))
    }),
  )
})

test('everybody is woken in the end, as long as readings end', () => {
  fc.assert(
    fc.property(waiting, fc.integer({ min: 1, max: 60 }), (all, concurrency) => {
      let left: readonly Waiting[] = all
      for (let look = 0; look < 60 && left.length > 0; look += 1) {
        const woken = nextToWake(left, room({ concurrency }))
        left = left.filter((each) => !woken.includes(each))
      }
      expect(left).toEqual([])
    }),
  )
})
