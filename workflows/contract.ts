import type { RefreshRef } from '../domain/refresh.ts'
import type { RevocationRef } from '../domain/revocation.ts'

/** All of the stories that anyone outside may know: names, inputs, messages. */

/** One queue serves stories and steps alike, so that the engine can hand a step over without a round trip. */
export const MACHINE_QUEUE = 'moa'

export const REFRESH_SNAPSHOT = 'refreshSnapshot'

/** `since`: what a run that continues an earlier one takes over; absent where a refresh begins. */
export type RefreshInput = { refresh: RefreshRef; since?: { cutNo: number } }

/** Only ever returned for a complete snapshot; everything else ends as a failure or a cancellation. */
export type RefreshResult = { snapshot: 'complete'; cuts: number }

/** Rows were written from outside. A hint: the run reads them; losing it costs seconds, never correctness. */
export const ROWS_CHANGED = 'rowsChanged'

/**
 * An operator's hand from the engine's Web UI or CLI: signals with {"institutions": ["…"], "by": "…", "why": "…"}. Without
 * institutions, `resume` means all that failed. Cancelling is the engine's own. Each is written to the rows and audited.
 */
export const RESUME = 'resume'
export const EXCUSE = 'excuse'

/** One workflow per refresh; starting it again is harmless. */
export const refreshWorkflowId = ({ userKey, refreshNo }: RefreshRef): string =>
  `refresh/${userKey}/${refreshNo}`

export const REVOKE_CONSENT = 'revokeConsent'

export type RevocationInput = { revocation: RevocationRef }

/** `before`: another run had done it. */
export type RevocationResult = { done: 'now' | 'before' }

/** One workflow per end of a consent; starting it again is harmless. */
export const revocationWorkflowId = ({ userKey, revocationNo }: RevocationRef): string =>
  `revoke/${userKey}/${revocationNo}`

/** Search attributes of the engine. Never personal: anyone who may list runs reads them. */
export const SEARCH_ATTRIBUTES = { RefreshState: 'Keyword' } as const

/** Values of RefreshState. */
export type RunState =
  | 'collecting'
  | 'partial'
  | 'parked'
  | 'complete'
  | 'incomplete'
  | 'cancelled'
  | 'failed'
