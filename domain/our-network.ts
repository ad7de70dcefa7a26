import { type Breaker, type Changed, isForced, moved, NOTHING_SEEN } from './breaker.ts'

/** When an institution last answered us, and when it last did not. */
export type Sighting = Pick<Breaker, 'answeredAt' | 'missedAt'>

// Five institutions do not fall silent together within moments; with fewer nobody could tell.
const LEAST_INSTITUTIONS = 5
// Between two answers of healthy ones a burst of the others' deadlines may fall: silence is judged once it has lasted.
const SILENCE_MS = 5_000
// Whoever has a breaker open is called once in ten minutes; an older miss says nothing of today.
const MISS_HOLDS_MS = 660_000
// With nobody called there is nothing to judge.
const STILL_CALLING_MS = 30_000

/**
 * Whether what fails is we: nobody has answered for a while, and since somebody last did, at least five institutions
 * were called in vain. For the sightings of the whole fleet, and as well for those of one worker alone.
 */
export function ourNetworkIsDown(sightings: readonly Sighting[], now: number): boolean {
  const lastAnswer = lastAnsweredAt(sightings)
  if (now - lastAnswer < SILENCE_MS) return false
  const misses = sightings.flatMap(({ missedAt }) =>
    missedAt !== null && missedAt > lastAnswer && missedAt > now - MISS_HOLDS_MS ? missedAt : [],
  )
  return misses.length >= LEAST_INSTITUTIONS && Math.max(...misses) > now - STILL_CALLING_MS
}

/** When anybody last answered; long ago if nobody ever did. */
export const lastAnsweredAt = (sightings: readonly Sighting[]): number =>
  Math.max(0, ...sightings.map(({ answeredAt }) => answeredAt ?? 0))

/** What opened since anybody last answered opened for our sake: it closes at once, and nothing of it is remembered. */
export function absolve(breaker: Breaker, lastAnswer: number, now: number): Changed {
  const { state, openedAt } = breaker
  if (state === 'closed' || isForced(breaker, now) || openedAt === null || openedAt <= lastAnswer) {
    return { breaker, transition: null }
  }
  return moved({ ...breaker, ...NOTHING_SEEN, openings: 0 }, 'closed', 'our_network', now)
}
