import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'

import { DomainFailure } from '../domain/failures.ts'

/** The one handle by which statements are made; inside a transaction nothing else is in scope. */
export type Tx = PostgresJsDatabase

/** A connection as it is lent to one transaction: its handle is of no use to anyone after that. */
export type Session = {
  tx: Tx
  /** Sends whatever the state: for BEGIN, COMMIT and ROLLBACK only. Answers what the server says it did. */
  send: (statement: string) => Promise<string>
  /** The connection was lost while it was lent. */
  isLost: boolean
  /** The transaction has ended, or never began: its statements are refused here, before they reach the server. */
  isOver: boolean
}

export type PoolOptions = {
  url: string
  /** Connections at most. */
  size: number
  applicationName: string
  /** Whoever holds a user's lock waits no longer than this for another row, then lets go and tries again. */
  lockTimeoutMs: number
  statementTimeoutMs: number
}

// Waiting for a connection longer than this means that the database is gone or the pool far too small.
const CHECKOUT_LIMIT_MS = 15_000
const CONNECT_LIMIT_S = 5
// The server ends a statement at its timeout and says so. Whoever then still hears nothing, connecting included, has
// nobody at the other end: a machine that went away resets no connection.
const SILENCE_BEYOND_TIMEOUT_MS = CONNECT_LIMIT_S * 1_000
// So long after the last packet the peer's machine is asked whether it is there, once a second, ten times.
const KEEP_ALIVE_S = 10
// What is held by somebody who says nothing any more is let go after this; no transaction of ours pauses so long.
const IDLE_IN_TRANSACTION_MS = 60_000

/**
 * Connections of which each is a client of its own. The driver's shared pool may send BEGIN on a connection it has not
 * reserved, and hands a reserved one on after it was lost, with the rest of a transaction running outside of it
 * (open upstream). A client with one connection can do neither: whoever holds it is told at once that it was lost.
 */
export function createPool(options: PoolOptions) {
  const idle: Connection[] = []
  const waiting: ((connection: Connection) => void)[] = []
  const all = new Set<Connection>()
  const lent = new Map<Session, Connection>()
  let isClosed = false

  async function checkOut(): Promise<Session> {
    if (isClosed) throw new DomainFailure('StorageUnavailable', 'the pool is closed')
    const connection = nextIntact() ?? (all.size < options.size ? add() : await nextIdle())
    const session = connection.lend()
    lent.set(session, connection)
    return session
  }

  function add(): Connection {
    const connection = openConnection(options)
    all.add(connection)
    return connection
  }

  function nextIntact(): Connection | undefined {
    for (let connection = idle.pop(); connection; connection = idle.pop()) {
      if (!connection.isLost()) return connection
      all.delete(connection)
    }
    return undefined
  }

  function nextIdle(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(take), 1)
        reject(new DomainFailure('StorageUnavailable', 'no connection became free in time'))
      }, CHECKOUT_LIMIT_MS)
      function take(connection: Connection): void {
        clearTimeout(timer)
        resolve(connection)
      }
      waiting.push(take)
    })
  }

  function giveBack(session: Session): void {
    const connection = lent.get(session)
    if (!connection) return
    session.isOver = true
    lent.delete(session)
    const next = waiting.shift()
    if (connection.isLost()) all.delete(connection)
    if (next) next(connection.isLost() ? add() : connection)
    else if (!connection.isLost()) idle.push(connection)
  }

  async function close(): Promise<void> {
    isClosed = true
    await Promise.all([...all].map((connection) => connection.end()))
  }

  return { checkOut, giveBack, close }
}

export type Pool = ReturnType<typeof createPool>

type Connection = { lend: () => Session; isLost: () => boolean; end: () => Promise<void> }
type Pending = ReturnType<postgres.Sql['unsafe']>

/**
 * One client, used until its connection is lost and never again: the driver would connect anew and send what it has
 * left, of a transaction that is gone, or wait for good for what it believes it has sent.
 */
function openConnection(options: PoolOptions): Connection {
  const unsettled = new Set<Pending>()
  let session: Session | null = null
  let isLost = false
  let silence: NodeJS.Timeout | undefined
  const client = postgres(options.url, {
    max: 1,
    connect_timeout: CONNECT_LIMIT_S,
    keep_alive: KEEP_ALIVE_S,
    // The driver ends an old connection between two statements, also of one transaction.
    max_lifetime: null,
    // The driver does not catch a connection that is lost while it fetches these, and the process dies of it.
    fetch_types: false,
    types: { textArray: TEXT_ARRAY },
    onnotice: () => {},
    onclose: lose,
    connection: {
      application_name: options.applicationName,
      TimeZone: 'UTC',
      lock_timeout: options.lockTimeoutMs,
      statement_timeout: options.statementTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    },
  })

  /** Whoever waits for an answer is told that there will be none. */
  function lose(): void {
    isLost = true
    if (session) session.isLost = true
    for (const pending of unsettled) if (isUnsent(pending)) pending.cancel()
    void client.end({ timeout: 0 })
  }

  /** Statements are answered one after another: from each answer on the next has the whole time. */
  function listenOn(): void {
    clearTimeout(silence)
    silence =
      unsettled.size > 0 && !isLost
        ? setTimeout(lose, options.statementTimeoutMs + SILENCE_BEYOND_TIMEOUT_MS)
        : undefined
  }

  function unsafe(...given: Parameters<typeof client.unsafe>): Pending {
    const pending = client.unsafe(...given)
    const settled = () => {
      unsettled.delete(pending)
      listenOn()
    }
    unsettled.add(pending)
    if (unsettled.size === 1) listenOn()
    // Not by its own `then`, which would send it before drizzle has said how it wants the rows.
    void Promise.prototype.then.call(pending, settled, settled)
    return pending
  }

  function lend(): Session {
    const lending: Session = {
      tx: drizzle({ options: client.options, unsafe: refusing } as unknown as postgres.Sql),
      send: async (statement) => (await unsafe(statement)).command,
      isLost: false,
      isOver: false,
    }
    // No statement of a lost or ended transaction reaches the server: it would run by itself, or in the next one's.
    // Prepared once per connection: one round trip instead of two, and no second parsing of what is said again and again.
    function refusing(query: string, parameters: Parameters<typeof client.unsafe>[1]): Pending {
      if (lending.isLost || lending.isOver) {
        throw new DomainFailure('StorageUnavailable', 'the transaction of this statement is over')
      }
      return unsafe(query, parameters, { prepare: true })
    }
    session = lending
    return lending
  }

  return { lend, isLost: () => isLost, end: () => client.end({ timeout: 5 }) }
}

/**
 * Queued in the driver behind another statement. When its connection is lost the driver would send it on the next one,
 * outside of any transaction; whoever cancels it first is told that it was never sent.
 */
const isUnsent = (pending: Pending): boolean => (pending as { state?: unknown }).state === null

/** Arrays are sent as text[] and cast by the statement: the one array type there is. */
const TEXT_ARRAY = {
  to: 1009,
  from: [1009],
  serialize: (values: readonly (string | null)[]): string =>
    `{${values.map((value) => (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`)).join(',')}}`,
  parse: (text: string): string => text,
}
