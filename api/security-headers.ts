import type { RequestHandler } from 'express'

/** No answer may be kept by anyone in between; whatever a browser makes of one, it runs nothing and is in no frame. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

// A year; of this host alone, since what else is at that domain is not ours to say.
const ONLY_TLS = { 'strict-transport-security': 'max-age=31536000' } as const

/** A browser that once came through TLS is told to come no other way: said only where TLS is certain. */
export function withSecurityHeaders(isBehindTls: boolean): RequestHandler {
  const headers = isBehindTls ? { ...SECURITY_HEADERS, ...ONLY_TLS } : SECURITY_HEADERS
  return (_request, response, next) => {
    response.set(headers)
    next()
  }
}
