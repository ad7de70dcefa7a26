import { setTimeout as sleep } from 'node:timers/promises'

import { DomainFailure } from '../domain/failures.ts'
import { isWorthRepeating, StorageError, withoutData } from './errors.ts'
import { createPool, type PoolOptions, type Session, type Tx } from './pool.ts'

export type { Tx } from './pool.ts'

/** A user as the database knows one. */
export type UserId = number

// Deadlock, serialisation and lock timeout: five tries with growing, jittered pauses; 2 s of lock timeout each.
const TRIES = 5
const FIRST_PAUSE_MS = 20
// The short steps of a story have five seconds: whoever comes late must not go on unseen behind the next try.
const MOST_MS = 4_000

/**
 * The one door to the database. Every statement runs in a transaction that says whose rows it may see; nothing else
 * in Moa begins one. Work that is refused by a lock is done again from its start, so it must hold no state of its own.
 */
export function createDatabase(options: PoolOptions) {
  const pool = createPool(options)

  /** Runs as one user: row-level security shows that user's rows and no others. */
  const asUser = <T>(userId: UserId, work: (tx: Tx) => Promise<T>): Promise<T> => repeatedly(work, { userId })

  /**
   * Runs as one user who only reads: every statement sees the database as it was at the first one. What is deleted or
   * purged meanwhile is there for all of the statements or for none.
   */
  const asReader = <T>(userId: UserId, work: (tx: Tx) => Promise<T>): Promise<T> =>
    repeatedly(work, { userId, isReader: true })

  /** Runs without a user: tables without user data, look-up functions, and what the caretaker's role may see. */
  const asNobody = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => repeatedly(work, { userId: null })

  async function repeatedly<T>(work: (tx: Tx) => Promise<T>, as: As): Promise<T> {
    const begunAt = performance.now()
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(work, as)
      } catch (error) {
        if (!isWorthRepeating(error)) throw error
        // Whoever holds the rows works on, perhaps for long: that is a matter of waiting, not a fault.
        if (attempt === TRIES || performance.now() - begunAt >= MOST_MS)
          throw new DomainFailure('StorageUnavailable', `rows stayed locked (${error.code})`)
        await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random()))
      }
    }
  }

  async function once<T>(work: (tx: Tx) => Promise<T>, as: As): Promise<T> {
    const session = await pool.checkOut()
    try {
      return await inTransaction(session, work, as)
    } catch (error) {
      if (session.isLost && !(error instanceof DomainFailure)) {
        throw new DomainFailure('StorageUnavailable', 'the connection to the database was lost')
      }
      throw withoutData(error)
    } finally {
      pool.giveBack(session)
    }
  }

  return { asUser, asReader, asNobody, close: pool.close }
}

export type Database = ReturnType<typeof createDatabase>

type As = { userId: UserId | null; isReader?: boolean }

async function inTransaction<T>(session: Session, work: (tx: Tx) => Promise<T>, as: As): Promise<T> {
  const { tx } = session
  // Sent ahead of the work's first statement, in the same packet; a failure of theirs is the transaction's.
  const opened = session.send(opening(as)).catch((error: unknown) => {
    session.isOver = true
    throw error
  })
  // Both must have settled before the end: work that goes on after a ROLLBACK would run outside of any transaction.
  const [begun, done] = await Promise.allSettled([opened, work(tx)])
  session.isOver = true
  if (begun.status === 'fulfilled' && done.status === 'fulfilled') {
    // A transaction that has failed answers a COMMIT with a ROLLBACK, and calls that a success.
    if ((await session.send('COMMIT')) !== 'COMMIT') throw new StorageError('25P02', undefined)
    return done.value
  }
  if (!session.isLost) await session.send('ROLLBACK').catch(() => {})
  throw begun.status === 'rejected' ? begun.reason : (done as PromiseRejectedResult).reason
}

/** One message for both. SET takes no parameters: the number is checked to be one. */
function opening({ userId, isReader = false }: As): string {
  const begin = `BEGIN ISOLATION LEVEL ${isReader ? 'REPEATABLE READ READ ONLY' : 'READ COMMITTED'}`
  if (userId === null) return begin
  if (!Number.isSafeInteger(userId)) throw new RangeError('a user is a whole number')
  return `${begin}; SET LOCAL moa.user_id = '${userId}'`
}
