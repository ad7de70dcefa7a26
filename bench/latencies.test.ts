import { expect, test } from 'vitest'

import { always, lognormal } from './latencies.ts'
import { median } from './statistics.ts'

test('the same place draws the same, another place something else', () => {
  const { drawMs } = lognormal(350, 0.5)
  expect(drawMs('1', 'A', 'bank-001')).toBe(drawMs('1', 'A', 'bank-001'))
  expect(drawMs('1', 'A', 'bank-001')).not.toBe(drawMs('2', 'A', 'bank-001'))
})

test('the median is the one asked for', () => {
  const { drawMs } = lognormal(350, 0.5)
  const drawn = Array.from({ length: 2_000 }, (_, at) => drawMs(String(at)))
  expect(median(drawn)).toBeGreaterThan(330)
  expect(median(drawn)).toBeLessThan(370)
})

test('a fixed latency is fixed', () => {
  expect(always(300).drawMs('x')).toBe(300)
})
