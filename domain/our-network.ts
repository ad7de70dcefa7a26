import { type Breaker, type Changed, isForced, moved, NOTHING_SEEN } from './breaker.ts'

/** When an institution last answered us, and when it last did not. */
export type Sighting = Pick<Breaker, 'answeredAt' | 'missedAt'>

// Five institutions do not fall silent together within moments; with fewer nobody could tell.
const LEAST_INSTITUTIONS = 5
// A relay may take many down at once. Most of those that are called must be silent before it is we.
const LEAST_SHARE = 0.5
// Between two answers of healthy ones a burst of the others' deadlines may fall: silence is judged once it has lasted.
const SILENCE_MS = 5_000
// Whoever has a breaker open is called once in ten minutes; what was seen before that says nothing of today.
const SEEN_HOLDS_MS = 660_000
// With nobody called there is nothing to judge.
const STILL_CALLING_MS = 30_000

/**
 * Whether what fails is we: nobody has answered for a while, and since somebody last did, at least five institutions and
 * most of those that are called at all were called in vain. For the sightings of the whole fleet, and as well for those
 * of one worker alone.
 */
export function ourNetworkIsDown(sightings: readonly Sighting[], now: number): boolean {
  const lastAnswer = lastAnsweredAt(sightings)
  if (now - lastAnswer < SILENCE_MS) return false
  const isRecent = (at: number | null) => at !== null && at > now - SEEN_HOLDS_MS
  const called = sightings.filter(({ answeredAt, missedAt }) => isRecent(answeredAt) || isRecent(missedAt))
  const misses = called.flatMap(({ missedAt }) =>
    missedAt !== null && isRecent(missedAt) && missedAt > lastAnswer ? missedAt : [],
  )
  const least = Math.max(LEAST_INSTITUTIONS, called.length * LEAST_SHARE)
  return misses.length >= least && Math.max(...misses) > now - STILL_CALLING_MS
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
