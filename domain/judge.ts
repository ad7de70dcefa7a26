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
  failure: PartReason | null
}

export type Part = { state: PartState; reason: PartReason | null; isRequired: boolean }

/** Fresh: not older than asked, whoever collected it, and under the consent as it is now. */
export function judgePart(facts: PartFacts): Part {
  const { collected, failure } = facts
  const isRequired = facts.consent === 'active' && !facts.isExcused
  if (!collected) return { state: 'absent', reason: failure ?? 'never_collected', isRequired }
  if (collected.generation !== facts.generation) {
    return { state: 'carried_over', reason: failure ?? 'earlier_consent', isRequired }
  }
  if (collected.asOf < facts.notOlderThan) {
    return { state: 'carried_over', reason: failure ?? 'older_than_asked', isRequired }
  }
  return { state: 'fresh', reason: collected.hasGaps ? 'gaps' : null, isRequired }
}

/** Whether a part lets its snapshot be called complete: fresh and without gaps, unless it is not required. */
export const isWhole = ({ state, reason, isRequired }: Part): boolean =>
  !isRequired || (state === 'fresh' && reason === null)
