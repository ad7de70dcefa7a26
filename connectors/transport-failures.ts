import { errors } from 'undici'

import type { FailureName } from '../domain/failures.ts'

/** What undici and Node call an answer that breaks HTTP, as opposed to one that never came or broke off. */
const BROKEN_HTTP = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
])

/** The name of a call that brought no whole answer: refused, reset, no such host, TLS, broken HTTP. */
export function transportFailure(error: unknown): FailureName {
  if (error instanceof errors.HTTPParserError) return 'UnexpectedResponse'
  const code = codeOf(error)
  if (code === null) return 'Unexpected'
  // Our own mistake, such as a header that no header may hold.
  if (code === 'UND_ERR_INVALID_ARG') return 'Unexpected'
  return BROKEN_HTTP.has(code) ? 'UnexpectedResponse' : 'InstitutionUnavailable'
}

/** Whether a connection ended before the first byte of an answer; undici says so by one of these. */
export const isReset = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error) ?? '')

function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : null
}
