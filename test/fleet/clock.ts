import type { Random } from '../system/support/random.ts'

type Due = { at: number; tie: number; run: () => void }

/** Time that passes only by what happens in it. What is due at one instant comes in an order drawn by the seed. */
export function createClock(random: Random, start: number) {
  const heap: Due[] = []
  let now = start

  const isBefore = (one: Due, other: Due) => one.at < other.at || (one.at === other.at && one.tie < other.tie)

  function at(instant: number, run: () => void): void {
    heap.push({ at: Math.max(now, Math.ceil(instant)), tie: random.next(), run })
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1
      if (!isBefore(heap[i]!, heap[parent]!)) return
      swap(heap, i, parent)
      i = parent
    }
  }

  function take(): Due {
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    heap[0] = last
    for (let i = 0; ;) {
      const left = 2 * i + 1
      if (left >= heap.length) return first
      const least = left + 1 < heap.length && isBefore(heap[left + 1]!, heap[left]!) ? left + 1 : left
      if (!isBefore(heap[least]!, heap[i]!)) return first
      swap(heap, i, least)
      i = least
    }
  }

  /** Until nothing is due any more, or the limit: a story that does not end is a finding. */
  function runUntil(limit: number): void {
    while (heap.length > 0 && heap[0]!.at <= limit) {
      const { at: instant, run } = take()
      now = instant
      run()
    }
    now = Math.max(now, limit)
  }

  return { now: () => now, at, after: (ms: number, run: () => void) => at(now + ms, run), runUntil }
}

export type Clock = ReturnType<typeof createClock>

function swap(heap: Due[], i: number, j: number): void {
  const held = heap[i]!
  heap[i] = heap[j]!
  heap[j] = held
}
