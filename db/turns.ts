import { DomainFailure } from '../domain/failures.ts'

// At 5 ms each the last in line waits for 5 s, which is as long as anybody should wait for a 202.
const MOST_IN_LINE = 1_000

/**
 * Lets work of one user go one after another within this process, before it takes a connection: it would wait for the
 * same row lock anyway, and all connections waiting there would keep everybody else out.
 */
export function createTurns() {
  const lines = new Map<number, { last: Promise<unknown>; length: number }>()

  return async function inTurn<T>(user: number, work: () => Promise<T>): Promise<T> {
    const line = lines.get(user) ?? { last: Promise.resolve(), length: 0 }
    if (line.length >= MOST_IN_LINE) {
      throw new DomainFailure('StorageUnavailable', 'too much is waiting for one user already')
    }
    lines.set(user, line)
    line.length += 1
    const turn = line.last.then(work)
    line.last = turn.catch(() => {})
    try {
      return await turn
    } finally {
      line.length -= 1
      if (line.length === 0) lines.delete(user)
    }
  }
}
