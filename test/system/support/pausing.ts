import type { Database, Tx } from '../../../db/database.ts'

/**
 * The same database, but asked before each statement whether it may go on: a test can hold a protocol between any two
 * of its statements, with every lock it has taken by then.
 */
export function pausing(database: Database, beforeStatement: () => Promise<void>): Database {
  return {
    asUser: (userId, work) => database.asUser(userId, (tx) => work(paused(tx, inOrder(beforeStatement)))),
    asReader: (userId, work) => database.asReader(userId, (tx) => work(paused(tx, inOrder(beforeStatement)))),
    asNobody: (work) => database.asNobody((tx) => work(paused(tx, inOrder(beforeStatement)))),
    close: database.close,
  }
}

// On its connection a statement goes behind those that were said before it, and so it must when one of them is held.
function inOrder(beforeStatement: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve()
  return () => {
    last = last.then(beforeStatement)
    return last
  }
}

// Statements are chains that are sent when awaited: whatever a chain's calls give is wrapped, until its `then`.
function paused(target: Tx, beforeStatement: () => Promise<void>): Tx {
  return wrap(target) as Tx

  function wrap(inner: object): object {
    return new Proxy(inner, {
      get(from, name) {
        const value: unknown = Reflect.get(from, name, from)
        if (typeof value !== 'function') return value
        if (name === 'then') {
          return (resolve: () => void, reject: () => void) =>
            beforeStatement()
              .then(() => from)
              .then(resolve, reject)
        }
        return (...given: unknown[]) => {
          const result: unknown = Reflect.apply(value, from, given)
          return typeof result === 'object' && result !== null ? wrap(result) : result
        }
      },
    })
  }
}

/** Stops whoever comes to it for the n-th time, until it is opened. */
export function createGate(at: number) {
  let arrivals = 0
  let arrived = () => {}
  let open = () => {}
  const hasArrived = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const isOpen = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    hasArrived,
    open,
    pass: async (): Promise<void> => {
      arrivals += 1
      if (arrivals !== at) return
      arrived()
      await isOpen
    },
    arrivals: () => arrivals,
  }
}
