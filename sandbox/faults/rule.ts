import type { Mangle } from '../mangle.ts'
import type { Latency } from './latency.ts'
import type { RetryAfter } from './retry-after.ts'

/** Whose calls, when, and which of them: everything named must hold. */
export type Condition = {
  /** '*': every institution. */
  institutionId: string
  /** Only calls of this person. */
  person?: string | undefined
  /** Only calls of this x-api-type, e.g. 'scheduled' with 50009. */
  apiType?: string | undefined
  /** Only this API, e.g. 'bank-004'. */
  api?: string | undefined
  /** Both HH:MM: these hours of each day in Korea, over midnight if they must. Or instants, each alone or both. */
  from?: string | undefined
  until?: string | undefined
  /** Only so long after the rule was made. */
  forSeconds?: number | undefined
  /** From the so-manieth matching call on (1 = the first), e.g. a failure in the middle of paging. */
  after?: number | undefined
  /** Of the calls from there on, each so-manieth. */
  every?: number | undefined
  /** How many calls, then heals. */
  times?: number | undefined
  /** From 0 to 1, drawn for each call; with drawnEverySeconds once for so long, for an institution as a whole. */
  probability?: number | undefined
  drawnEverySeconds?: number | undefined
  /** Only this part of all institutions, the same ones for every rule that names the same group. */
  share?: number | undefined
  group?: string | undefined
  /** Only what a person's calls at an institution are more than this, in real time. */
  over?: { calls: number; perSeconds: number } | undefined
}

/** What an institution does instead of answering at once and well. */
export type Behaviour = Condition & {
  latencyMs?: Latency | undefined
  status?: { http: number; rspCode?: string; retryAfter?: RetryAfter } | undefined
  /** Never answers. */
  hang?: boolean | undefined
  /** Spoils the answer instead of replacing it. */
  mangle?: Mangle | undefined
}

/** What happens to one call. */
export type Effect = Pick<Behaviour, 'status' | 'hang' | 'mangle'> & {
  delayMs: number
  /** The rule that decided; undefined: none did. */
  rule?: string | undefined
  /** Until when its hours last, as an instant. */
  endsAt?: number | undefined
}

/** A call, as far as rules look at it. */
export type Struck = { institutionId: string; api: string; apiType: string | null; person: string | null }
