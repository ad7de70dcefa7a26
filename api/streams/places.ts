import type { UserId } from '../../db/database.ts'
import { RequestProblem } from '../problems.ts'

export type Limits = { perUser: number; perProcess: number }

/** How many streams may be open: of one user, so that nobody takes all; of this process, so that it stays on its feet. */
export function createPlaces({ perUser, perProcess }: Limits) {
  const taken = new Map<UserId, number>()
  let total = 0

  /** Takes one, or throws; answers with what gives it back. */
  function take(userId: UserId): () => void {
    const own = taken.get(userId) ?? 0
    if (own >= perUser) throw new RequestProblem('TooManyStreams')
    if (total >= perProcess) throw new RequestProblem('StreamsFull')
    taken.set(userId, own + 1)
    total += 1
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      total -= 1
      const left = taken.get(userId)! - 1
      if (left > 0) taken.set(userId, left)
      else taken.delete(userId)
    }
  }

  return { take }
}
