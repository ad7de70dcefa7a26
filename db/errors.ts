import { DrizzleQueryError } from 'drizzle-orm'

import { DomainFailure } from '../domain/failures.ts'

/**
 * What the database refused, without a word of what it was asked: driver errors quote parameters and key values in
 * message, detail and cause.
 */
export class StorageError extends Error {
  readonly code: string
  readonly constraint: string | undefined

  constructor(code: string, constraint: string | undefined) {
    super(`the database refused a statement (${code}${constraint ? ` ${constraint}` : ''})`)
    this.name = 'StorageError'
    this.code = code
    this.constraint = constraint
  }
}

/**
 * Deadlock, serialisation failure, lock timeout, or two tries of one reading at the same moment: nothing is wrong, and
 * whoever does the same work again finds what the other did.
 */
export const isWorthRepeating = (error: unknown): error is StorageError =>
  error instanceof StorageError &&
  (['40P01', '40001', '55P03'].includes(error.code) ||
    (error.code === '23505' && MET_ITS_TWIN.test(error.constraint ?? '')))

const MET_ITS_TWIN = /^(attempts_.*_pk|one_collection_per_round)$/

/** An error of the driver as something that carries no data. Our own failures pass. */
export function withoutData(error: unknown): Error {
  const ours = causesOf(error).find((at) => at instanceof DomainFailure || at instanceof StorageError)
  if (ours) return ours
  const { code, constraint } = sqlState(error)
  if (code === undefined)
    return error instanceof Error ? error : new Error('a value was thrown that is no error')
  if (isLostConnection(code)) {
    return new DomainFailure('StorageUnavailable', `the database did not answer (${code})`)
  }
  return new StorageError(code, constraint)
}

// Connection exceptions, a server that is shutting down or starting, too many connections; and what the socket says.
const LOST =
  /^(08\w{3}|57P0[1-5]|53300|53400|CONNECTION_\w+|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_AGAIN)$/

export const isLostConnection = (code: string): boolean => LOST.test(code)

/** An error and what it was caused by; four are deeper than any library goes. */
function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let at = error; at instanceof Error && causes.length < 4;) {
    causes.push(at)
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return causes
}

function sqlState(error: unknown): { code?: string; constraint?: string } {
  const causes = causesOf(error)
  for (const at of causes) {
    const { code, constraint_name: constraint } = at as { code?: unknown; constraint_name?: unknown }
    if (typeof code === 'string') {
      return typeof constraint === 'string' && constraint !== '' ? { code, constraint } : { code }
    }
  }
  // Whatever its cause may be, its own message quotes the parameters.
  return causes.some((at) => at instanceof DrizzleQueryError) ? { code: 'XX000' } : {}
}
