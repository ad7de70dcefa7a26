import { errors } from 'undici'
import { expect, test } from 'vitest'

import type { FailureName } from '../domain/failures.ts'
import { NotConnected } from './not-connected.ts'
import { transportFailure } from './transport-failures.ts'

/** Every error of undici's, by its class: one that an update brings is found here before it is met. */
const UNDICI: Record<string, FailureName> = {
  ConnectTimeoutError: 'InstitutionUnavailable',
  HeadersTimeoutError: 'InstitutionUnavailable',
  BodyTimeoutError: 'InstitutionUnavailable',
  SocketError: 'InstitutionUnavailable',
  InformationalError: 'InstitutionUnavailable',
  AbortError: 'InstitutionUnavailable',
  RequestAbortedError: 'InstitutionUnavailable',
  RequestRetryError: 'InstitutionUnavailable',
  ResponseError: 'InstitutionUnavailable',
  UndiciError: 'InstitutionUnavailable',
  HeadersOverflowError: 'UnexpectedResponse',
  ResponseContentLengthMismatchError: 'UnexpectedResponse',
  ResponseExceededMaxSizeError: 'UnexpectedResponse',
  HTTPParserError: 'UnexpectedResponse',
  InvalidArgumentError: 'Unexpected',
  InvalidReturnValueError: 'Unexpected',
  NotSupportedError: 'Unexpected',
  RequestContentLengthMismatchError: 'Unexpected',
  ClientDestroyedError: 'Unexpected',
  ClientClosedError: 'Unexpected',
  BalancedPoolMissingUpstreamError: 'Unexpected',
  MaxOriginsReachedError: 'Unexpected',
  SecureProxyConnectionError: 'Unexpected',
  // Of proxies and web sockets, which nobody here speaks.
  Socks5ProxyError: 'InstitutionUnavailable',
  MessageSizeExceededError: 'InstitutionUnavailable',
}

/** What Node says of a connection, and of TLS. */
const CODES: Record<string, FailureName> = {
  ECONNREFUSED: 'InstitutionUnavailable',
  ECONNRESET: 'InstitutionUnavailable',
  EPIPE: 'InstitutionUnavailable',
  ETIMEDOUT: 'InstitutionUnavailable',
  EHOSTUNREACH: 'InstitutionUnavailable',
  ENETUNREACH: 'InstitutionUnavailable',
  ENOTFOUND: 'InstitutionUnavailable',
  EAI_AGAIN: 'InstitutionUnavailable',
  CERT_HAS_EXPIRED: 'InstitutionNotTrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'InstitutionNotTrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'InstitutionNotTrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'InstitutionNotTrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'InstitutionNotTrusted',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'InstitutionNotTrusted',
  EPROTO: 'InstitutionNotTrusted',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'ClientCertificateUnusable',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'ClientCertificateUnusable',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'ClientCertificateUnusable',
}

const secret = 'https://bank.example/accounts?account_num=99900010000001'

test.each(Object.entries(errors))('%s has a name, and is not quoted', (name, kind) => {
  const made: unknown = Reflect.construct(kind, [secret, secret, {}])
  const failure = transportFailure(made)
  expect(failure.type).toBe(UNDICI[name])
  expect(failure.expected).not.toContain('999')
})

test('every name in the table is an error of the library', () => {
  expect(Object.keys(UNDICI).toSorted()).toEqual(Object.keys(errors).toSorted())
})

test.each(Object.entries(CODES))('%s is %s', (code, type) => {
  const failure = transportFailure(Object.assign(new Error(secret), { code }))
  expect(failure.type).toBe(type)
  expect(failure.expected).not.toContain('999')
})

test('what is said before a connection is made keeps its name', () => {
  expect(transportFailure(new NotConnected('AddressRefused', 'expected a public address'))).toEqual({
    type: 'AddressRefused',
    expected: 'expected a public address',
  })
})

test.each([new Error(secret), new TypeError(secret), secret, null, undefined, { code: 7 }])(
  'an error that nobody knows is ours, and is not quoted',
  (error) => {
    const { type, expected } = transportFailure(error)
    expect(type).toBe('Unexpected')
    expect(expected).not.toContain('999')
  },
)
