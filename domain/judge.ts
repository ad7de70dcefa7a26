import type { ConsentState, PartReason, PartState } from './refresh.ts'

/** One institution as the rows stand when a cut is made or judged. */
export type PartFacts = {
  consent: ConsentState
  generation: number
  collected: { generation: number; asOf: Date; hasGaps: boolean } | null
  /** What this refresh was asked for: its plan row's bound, or the user's cycle. */
  notOlderThan: Date
  /** An operator took it out of the requirement, on purpose. */
  isExcused: boolean
  /** Its reading failed without a name too often: nobody waits for it. */
  isSetAside: boolean
  /** Its row is pending or being read: an answer may yet come. */
  isBeingRead: boolean
  failure: PartReason | null
}

export type Part = { state: PartState; reason: PartReason | null; isRequired: boolean }

/** Fresh: not older than asked, whoever collected it, and under the consent as it is now. */
export function judgePart(facts: PartFacts): Part {
  const { collected } = facts
  const isRequired = facts.consent === 'active' && !facts.isExcused && !facts.isSetAside
  const known = facts.failure ?? (facts.isExcused ? 'excused' : facts.isBeingRead ? 'still_reading' : null)
  if (!collected) return { state: 'absent', reason: known ?? 'never_collected', isRequired }
  if (collected.generation !== facts.generation) {
    return { state: 'carried_over', reason: known ?? 'earlier_consent', isRequired }
  }
  // Whoever waits for its user, or for us, is not read: what is there is only kept, however young it still is.
  if (collected.asOf < facts.notOlderThan || facts.consent === 'needs_user' || facts.isSetAside) {
    return { state: 'carried_over', reason: known ?? 'older_than_asked', isRequired }
  }
  return { state: 'fresh', reason: collected.hasGaps ? 'gaps' : null, isRequired }
}

/** Whether a part lets its snapshot be called complete: fresh and without gaps, unless it is not required. */
export const isWhole = ({ state, reason, isRequired }: Part): boolean =>
  !isRequired || (state === 'fresh' && reason === null)
