import { createHash } from 'node:crypto'

import { forgetOldest } from './forget-oldest.ts'
import { instantFrom, timeDigits } from './kst.ts'

export type Timestamps = ReturnType<typeof createTimestamps>
export type Stamped = { isUpToDate: true } | { isUpToDate: false; searchTimestamp: string }
type Issued = { at: number; content: string }

/** Answers whose contents are known exactly; forgotten ones are worked out from the histories. */
const MAX_KNOWN = 100_000
/** A client that failed to store an answer comes back with an older time. */
const TIMES_PER_ANSWER = 8

/**
 * Says whether an answer changed since the time a client names. `contentAt` renders the answer as of an instant.
 * A time is never issued twice for different contents, even if the clock stands still.
 */
export function createTimestamps() {
  const known = new Map<string, Issued[]>()
  return {
    stamp: (key: string, since: string, now: number, contentAt: (at: number) => string): Stamped => {
      const content = digest(contentAt(now))
      const issued = known.get(key) ?? []
      const sinceAt = since === '0' ? undefined : instantFrom(since)
      if (sinceAt !== undefined) {
        // What falls into the second of a forgotten answer counts as newer: better sent twice than never.
        const then =
          issued.find(({ at }) => at === sinceAt)?.content ?? digest(contentAt(Math.min(sinceAt - 1, now)))
        if (then === content) return { isUpToDate: true }
      }
      const at = nextTime(issued.at(-1), content, Math.floor(now / 1000) * 1000)
      known.delete(key)
      known.set(key, [...issued.filter((each) => each.at !== at), { at, content }].slice(-TIMES_PER_ANSWER))
      if (known.size > MAX_KNOWN) forgetOldest(known)
      return { isUpToDate: false, searchTimestamp: timeDigits(at) }
    },
  }
}

function nextTime(last: Issued | undefined, content: string, second: number): number {
  if (!last || last.at < second) return second
  return last.content === content ? last.at : last.at + 1000
}

function digest(content: string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22)
}
