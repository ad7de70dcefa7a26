import { DomainFailure, FAILURES, type FailureName, isFailureName } from '../domain/failures.ts'

type ProblemKind = { http: number; says: string; headers?: Readonly<Record<string, string>> }

/** What can be wrong with a request itself; everything else that fails has a name in the table of failures. */
export const REQUEST_PROBLEMS = {
  InvalidRequest: { http: 400, says: 'The request is not as documented. Each error names a place in it.' },
  Unauthenticated: {
    http: 401,
    says: 'A valid bearer token is needed in the Authorization header.',
    headers: { 'www-authenticate': 'Bearer realm="moa"' },
  },
  NotEnrolled: { http: 403, says: 'The token is valid, but nobody has enrolled under its subject.' },
  NotAnOperator: { http: 403, says: 'The token is valid, but gives neither the role operator nor viewer.' },
  MayOnlyLook: { http: 403, says: 'The role viewer may look at everything here, and change nothing.' },
  EventNotYours: { http: 403, says: 'This event exists, but clients may not raise it.' },
  NotFound: { http: 404, says: 'There is nothing here for you.' },
  NothingPublished: { http: 404, says: 'Nothing has been published for you yet.' },
  NothingPublishedThen: { http: 404, says: 'Nothing had been published for you at that instant.' },
  SnapshotPurged: {
    http: 404,
    says: 'That snapshot is no longer kept. Ask without as_of or cursor for the newest one.',
  },
  AuthorizationUnknown: {
    http: 404,
    says: 'No authorization of yours waits for this answer. Please begin it again.',
  },
  MethodNotAllowed: { http: 405, says: 'This address does not take that method.' },
  NotAcceptable: { http: 406, says: 'None of the media types that are accepted can be answered with.' },
  OrderRefused: { http: 409, says: 'The order was refused; nothing was changed.' },
  ConsentMoved: {
    http: 409,
    says: 'The consent is another one by now, or has ended. Please look at it again.',
  },
  TooEarlyToRenew: {
    http: 409,
    says: 'A consent that stands can be renewed in its last 30 days; until then it can only be made wider.',
  },
  RequestTooSlow: { http: 408, says: 'The request took too long to arrive.' },
  PayloadTooLarge: {
    http: 413,
    says: 'The body is larger than is accepted.',
    headers: { connection: 'close' },
  },
  AddressTooLong: { http: 414, says: 'The address is longer than any of ours.' },
  UnsupportedMediaType: { http: 415, says: 'The body must be application/json in UTF-8, not compressed.' },
  IdempotencyConflict: {
    http: 422,
    says: 'This Idempotency-Key was used before with another body. Nothing was recorded.',
  },
  WiderScope: {
    http: 422,
    says: 'The person has not agreed to that much. Begin an authorization for it: POST /v1/me/consents.',
  },
  TooManyAuthorizations: {
    http: 429,
    says: 'Too many of your authorizations are open, or were begun within the hour. Finish one, or wait.',
    headers: { 'retry-after': '600' },
  },
  TooManyRequests: {
    http: 429,
    says: 'More requests came than are served in so short a time. Please wait as long as Retry-After says.',
    headers: { 'retry-after': '6' },
  },
  HeadersTooLarge: { http: 431, says: 'The headers are larger than is accepted.' },
  TooManyStreams: {
    http: 429,
    says: 'You have as many streams open as one person may. Close one, or ask without a stream.',
    headers: { 'retry-after': '30' },
  },
  StreamsFull: {
    http: 503,
    says: 'No further stream can be opened here now. Please try again in a moment, or ask without a stream.',
    headers: { 'retry-after': '5' },
  },
  IssuerUnavailable: {
    http: 503,
    says: 'The keys of the token issuer cannot be fetched. Please try again in a moment.',
    headers: { 'retry-after': '5' },
  },
} as const satisfies Record<string, ProblemKind>

/** What may be refused anywhere, before it is known what is asked for. */
export const DOOR_PROBLEMS = ['RequestTooSlow', 'AddressTooLong', 'HeadersTooLarge'] as const

export type RequestProblemName = keyof typeof REQUEST_PROBLEMS
export type ProblemName = RequestProblemName | FailureName

export const PROBLEM_NAMES: readonly ProblemName[] = [
  ...Object.keys(REQUEST_PROBLEMS).filter(isRequestProblemName),
  ...Object.keys(FAILURES).filter(isFailureName),
]

/** Status and sentence of a problem, whichever of the two tables it stands in. */
export const problemKind = (name: ProblemName): ProblemKind =>
  isFailureName(name) ? { ...FAILURES[name], says: FAILURES[name].says.en } : REQUEST_PROBLEMS[name]

function isRequestProblemName(name: string): name is RequestProblemName {
  return Object.hasOwn(REQUEST_PROBLEMS, name)
}

/** A place in a request and what was expected there; never what was found. */
export type RequestError = { path: string; message: string }

export type Problem = {
  name: ProblemName
  status: number
  says: string
  headers: Readonly<Record<string, string>>
  errors?: readonly RequestError[]
}

/** Thrown where a request is refused; carries nothing of the request. */
export class RequestProblem extends Error {
  readonly type: RequestProblemName
  readonly headers: Readonly<Record<string, string>>
  readonly errors: readonly RequestError[] | undefined

  constructor(
    type: RequestProblemName,
    more: { headers?: Record<string, string>; errors?: readonly RequestError[] } = {},
  ) {
    super(type)
    this.name = 'RequestProblem'
    this.type = type
    this.headers = more.headers ?? {}
    this.errors = more.errors
  }
}

export const invalid = (path: string, message: string): RequestProblem =>
  new RequestProblem('InvalidRequest', { errors: [{ path, message }] })

/** Whatever was thrown, as what a caller may know of it. What has no name is Unexpected, without its message. */
export function problemOf(error: unknown): Problem {
  if (error instanceof RequestProblem) return refused(error.type, error)
  if (error instanceof DomainFailure) return failed(error.type, error.notBefore)
  const type = bodyProblem(error)
  return type ? refused(type, {}) : failed('Unexpected')
}

function refused(name: RequestProblemName, { headers, errors }: Partial<RequestProblem>): Problem {
  const kind: ProblemKind = REQUEST_PROBLEMS[name]
  return {
    name,
    status: kind.http,
    says: kind.says,
    headers: { ...kind.headers, ...headers },
    ...(errors ? { errors } : {}),
  }
}

function failed(name: FailureName, notBefore?: Date): Problem {
  const { http, says, retry } = FAILURES[name]
  const seconds = notBefore ? Math.max(1, Math.ceil((notBefore.getTime() - Date.now()) / 1_000)) : 2
  const isWorthRetrying = notBefore !== undefined || (http === 503 && retry === 'soon')
  return {
    name,
    status: http,
    says: says.en,
    headers: isWorthRetrying ? { 'retry-after': String(seconds) } : {},
  }
}

/** Express and its body parser throw errors with a status; their messages quote the request. */
function bodyProblem(error: unknown): RequestProblemName | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return null
  if (error.status === 413) return 'PayloadTooLarge'
  if (error.status === 415) return 'UnsupportedMediaType'
  return error.status >= 400 && error.status < 500 ? 'InvalidRequest' : null
}
