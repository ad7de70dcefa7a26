import type { FailureName } from '../../domain/failures.ts'
import type { ApiType } from '../../domain/reading.ts'
import { kstDate, instantOfKst, plusDays } from '../../domain/time.ts'
import type { Answer } from '../connector.ts'

/** What an answer's status and code mean: an outcome, or a failure with the instant before which nobody tries again. */
export type Verdict =
  | { outcome: Answer['outcome'] }
  | { failure: FailureName; code: string | null; notBefore: Date | null }

/** What is known of an answer before its content is looked at. */
export type Signs = {
  status: number
  code: string | null
  /** What Retry-After says. */
  notBefore: Date | null
  apiType: ApiType | null
  now: Date
}

type Wait = (signs: Signs) => Date

const MINUTE_MS = 60 * 1000
const after =
  (minutes: number): Wait =>
  ({ now }) =>
    new Date(now.getTime() + minutes * MINUTE_MS)

// When nothing is stated. A throttle counts in seconds or a minute; a maintenance and a window end on a half hour; the
// securities market's opening and close last about an hour.
const aMinute = after(1)
const halfAnHour = after(30)
const anHour = after(60)

/** The quota of scheduled transfers is a week's, Sunday to Saturday. Other calls have none: for them it is a throttle. */
const nextQuota: Wait = (signs) => (signs.apiType === 'scheduled' ? nextSunday(signs.now) : aMinute(signs))

function nextSunday(now: Date): Date {
  const today = kstDate(now)
  const weekday = new Date(`${today}T00:00:00Z`).getUTCDay()
  return instantOfKst(`${plusDays(today, 7 - weekday)} 00:00:00`)
}

type Meaning = { outcome: Answer['outcome'] } | { failure: FailureName; wait?: Wait }

/**
 * Every rsp_code of the data APIs. 40105 speaks of one asset (no longer shared), unlike 40104 and 40106; 40403 and 99999
 * say that there is nothing here for this person; 40404 and 42902 are the names of 40305 and 42901 in old drafts.
 */
const DATA_CODES: Record<string, Meaning> = {
  '00000': { outcome: 'data' },
  '00001': { outcome: 'upToDate' },
  '99999': { outcome: 'nothingHeld' },
  '40001': { failure: 'RequestRejected' },
  '40002': { failure: 'RequestRejected' },
  '40003': { failure: 'RequestRejected' },
  '40004': { failure: 'RequestRejected' },
  '40101': { failure: 'CredentialsRejected' },
  '40102': { failure: 'RequestRejected' },
  '40103': { failure: 'RequestRejected' },
  '40104': { failure: 'OutsideConsent' },
  '40105': { failure: 'AssetGone' },
  '40106': { failure: 'ConsentEnded' },
  '40301': { failure: 'RequestRejected' },
  '40302': { failure: 'RateLimited', wait: aMinute },
  '40303': { failure: 'RequestRejected' },
  '40304': { failure: 'RequestRejected' },
  '40305': { failure: 'AssetGone' },
  '40401': { failure: 'RequestRejected' },
  '40402': { failure: 'RequestRejected' },
  '40403': { outcome: 'nothingHeld' },
  '40404': { failure: 'AssetGone' },
  '40501': { failure: 'RequestRejected' },
  '42901': { failure: 'RateLimited', wait: nextQuota },
  '42902': { failure: 'RateLimited', wait: nextQuota },
  '50001': { failure: 'InstitutionUnavailable' },
  '50002': { failure: 'InstitutionUnavailable' },
  '50003': { failure: 'InstitutionUnavailable' },
  '50004': { failure: 'InstitutionUnavailable' },
  '50005': { failure: 'InstitutionUnavailable' },
  '50006': { failure: 'InstitutionUnavailable' },
  '50007': { failure: 'InstitutionUnavailable' },
  '50008': { failure: 'InstitutionInMaintenance', wait: halfAnHour },
  '50009': { failure: 'InstitutionInMaintenance', wait: halfAnHour },
  '50010': { failure: 'InstitutionInMaintenance', wait: anHour },
}

/** The error names of the token APIs. invalid_grant: the code is spent, or the consent behind a refresh is over. */
const TOKEN_ERRORS: Record<string, Meaning> = {
  '00000': { outcome: 'data' },
  '99999': { outcome: 'nothingHeld' },
  invalid_request: { failure: 'RequestRejected' },
  invalid_client: { failure: 'RequestRejected' },
  invalid_grant: { failure: 'CredentialsRejected' },
  unauthorized_client: { failure: 'RequestRejected' },
  unsupported_grant_type: { failure: 'RequestRejected' },
  unsupported_response_type: { failure: 'RequestRejected' },
  invalid_scope: { failure: 'RequestRejected' },
  unauthorized_user: { failure: 'CredentialsRejected' },
  access_denied: { failure: 'CredentialsRejected' },
  method_not_allowed: { failure: 'RequestRejected' },
  server_error: { failure: 'InstitutionUnavailable' },
  temporarily_unavailable: { failure: 'RateLimited', wait: aMinute },
}

/** Judges a data API by status and rsp_code. A code that says success under a status that does not is no code. */
export const judgeData = (signs: Signs): Verdict => judge(DATA_CODES, signs)

/**
 * Judges a token API by status and error name. A success needs no code, except that a revoke has one. A 401 without a name
 * says that the client is not known, which is us; the person's consent is refused by name only.
 */
export const judgeToken = (signs: Signs): Verdict => {
  if (signs.status === 200 && signs.code === null) return { outcome: 'data' }
  return judge(TOKEN_ERRORS, signs, (status) =>
    status === 401 ? { failure: 'RequestRejected' } : byStatus(status),
  )
}

function judge(codes: Record<string, Meaning>, signs: Signs, unnamed: typeof byStatus = byStatus): Verdict {
  const said = signs.code !== null && Object.hasOwn(codes, signs.code) ? codes[signs.code] : undefined
  const isContradiction = said && 'outcome' in said && said.outcome !== 'nothingHeld' && signs.status !== 200
  const meaning = said && !isContradiction ? said : unnamed(signs.status)
  return 'outcome' in meaning ? meaning : failed(meaning, signs)
}

function byStatus(status: number): { failure: FailureName; wait?: Wait } {
  if (status === 401) return { failure: 'CredentialsRejected' }
  if (status === 403 || status === 429) return { failure: 'RateLimited', wait: aMinute }
  if (status >= 500) return { failure: 'InstitutionUnavailable' }
  if (status >= 400) return { failure: 'RequestRejected' }
  return { failure: 'UnexpectedResponse' }
}

/** 503 with a time is a maintenance, whatever else it says, unless it says who is too fast. */
function failed({ failure, wait }: { failure: FailureName; wait?: Wait }, signs: Signs): Verdict {
  const { code, notBefore, status } = signs
  if (failure === 'InstitutionUnavailable' && status === 503 && notBefore)
    return { failure: 'InstitutionInMaintenance', code, notBefore }
  return { failure, code, notBefore: notBefore ?? wait?.(signs) ?? null }
}
