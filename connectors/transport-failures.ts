import { errors } from 'undici'

import type { FailureName } from '../domain/failures.ts'
import { NotConnected } from './not-connected.ts'

/** A call that brought no whole answer: its name, and what was expected. */
type TransportFailure = { type: FailureName; expected: string }

/** What undici and Node call an answer that breaks HTTP, as opposed to one that never came or broke off. */
const BROKEN_HTTP = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
])

/** What undici calls mistakes of ours: a header that no header may hold, a client that was closed already. */
const OUR_MISTAKES = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_INVALID_RETURN_VALUE',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  'UND_ERR_BPL_MISSING_UPSTREAM',
  'UND_ERR_MAX_ORIGINS_REACHED',
  'UND_ERR_PRX_TLS',
])

/** What an institution's TLS says of the certificate that we have shown, or not shown. */
const OUR_CERTIFICATE =
  /_ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REVOKED|EXPIRED|UNKNOWN|REQUIRED)|UNKNOWN_CA|ACCESS_DENIED)$/

/** What Node says of an institution's certificate that it does not believe: OpenSSL's X509_V_ERR names, and its own. */
const THEIR_CERTIFICATE =
  /^(CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_|ERROR_IN_CERT_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_)/

/** How a call ended that brought no whole answer: refused, reset, no such host, TLS, broken HTTP. */
export function transportFailure(error: unknown): TransportFailure {
  if (error instanceof NotConnected) return { type: error.type, expected: error.message }
  const code = codeOf(error)
  const tls = code === null ? null : tlsFailure(code)
  return tls ?? { type: nameOf(error, code), expected: 'expected an answer, the connection failed' }
}

/** Of TLS only the code is told, which is a constant of the library. */
function tlsFailure(code: string): TransportFailure | null {
  if (OUR_CERTIFICATE.test(code))
    return { type: 'ClientCertificateUnusable', expected: `expected it to accept our certificate: ${code}` }
  if (THEIR_CERTIFICATE.test(code) || /^(ERR_SSL_|EPROTO$)/.test(code))
    return { type: 'InstitutionNotTrusted', expected: `expected TLS that can be trusted: ${code}` }
  return null
}

function nameOf(error: unknown, code: string | null): FailureName {
  if (error instanceof errors.HTTPParserError) return 'UnexpectedResponse'
  if (code === null || OUR_MISTAKES.has(code)) return 'Unexpected'
  return BROKEN_HTTP.has(code) ? 'UnexpectedResponse' : 'InstitutionUnavailable'
}

/** Whether a connection ended before the first byte of an answer; undici says so by one of these. */
export const isReset = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error) ?? '')

function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : null
}
