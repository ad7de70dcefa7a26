import type { DomainFailure } from '../domain/failures.ts'
import type { ApiType, KnownAccount, Mark, Reading } from '../domain/reading.ts'
import type { KstDate } from '../domain/time.ts'

/** Where an institution is. Its id is its organisation code, which every call names as org_code. */
export type Institution = { institutionId: string; name: string; baseUrl: string }

/** One call, in the words of the contract. Every value is text, as the contract wants it. */
export type ApiRequest = {
  /** The contract's name of the API ('bank-004'): messages and marks use it. */
  api: string
  method: 'GET' | 'POST'
  path: string
  query?: Record<string, string>
  json?: Record<string, string>
  form?: Record<string, string>
}

/** A call and whose it is. A call without a token is one of the token APIs, of the standard or of the RFCs alone. */
export type HttpRequest = ApiRequest & { institution: Institution } & (
    | { accessToken: string; apiType: Visit['apiType'] }
    | { accessToken: null; apiType: null; speaks: 'standard' | 'rfc6749' }
  )

/**
 * An answer that may be trusted: the institution's, complete, and not an error. Numbers in it are their exact text.
 * 'nothingHeld' says that there is nothing for this person here, which deletes nothing.
 */
export type Answer = {
  outcome: 'data' | 'upToDate' | 'nothingHeld'
  body: Record<string, unknown>
}

/** What a visit calls with. It may change while the visit goes on. */
export type Bearer = {
  token: () => string
  /** Another token, after this one was refused; throws the refusal if there is none. */
  instead: (refused: string, refusal: DomainFailure) => Promise<string>
}

/** Makes one call of a visit. Whatever goes wrong is a DomainFailure, or the reason of the signal that stopped it. */
export type Call = (request: ApiRequest, options?: { signal?: AbortSignal }) => Promise<Answer>

/** One reading of one institution for one person: whom to ask, why, and what is stored already. */
export type Visit = {
  institution: Institution
  apiType: ApiType
  /** What the consent covers, in the standard's words: nothing else is asked for. */
  scope: string
  /** The day in Korea of the database's clock, taken before the first call. */
  today: KstDate
  /** How far back a first reading goes. */
  historyMonths: number
  known: { accounts: KnownAccount[]; marks: Mark[] }
  /** Bound to this visit: its bearer, its reason, its signal and its deadline (bindCall in http.ts). */
  call: Call
}

/** A way of reading an institution. Leaves by a Reading, a DomainFailure, or the reason of the visit's signal. */
export type Connector = {
  name: string
  industry: string
  collect(visit: Visit): Promise<Reading>
}
