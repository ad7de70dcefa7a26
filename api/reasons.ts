import { z } from 'zod'

import { FAILURES, isFailureName } from '../domain/failures.ts'
import type { PartReason } from '../domain/refresh.ts'

/** Why something is missing or old: a name for programs, and the sentence a person reads. */
export const reasonAnswer = z.strictObject({ name: z.string(), says: z.string() })
export type ReasonAnswer = z.infer<typeof reasonAnswer>

const PARTS = {
  still_reading: 'This institution is still being read.',
  excused: 'An operator decided that this refresh does not wait for this institution.',
  older_than_asked: 'This data is older than was asked for.',
  earlier_consent: 'This data was read under an earlier consent; it is being read again.',
  gaps: 'Some of what this institution holds could not be read.',
  never_collected: 'Nothing has been read from this institution yet.',
} as const satisfies Partial<Record<PartReason, string>>

/** A name of ours with its sentence; what ended a refresh from outside is already said in words. */
export function reasonOf(name: string): ReasonAnswer {
  if (isFailureName(name)) return { name, says: FAILURES[name].says }
  const part = Object.entries(PARTS).find(([known]) => known === name)
  return part ? { name, says: part[1] } : { name: 'Ended', says: name }
}

export const reasonOrNull = (name: string | null): ReasonAnswer | null =>
  name === null ? null : reasonOf(name)

/** A refresh may have ended for several reasons; they are stored as names with commas between. */
export const reasonsOf = (names: string | null): ReasonAnswer[] =>
  names === null || names === '' ? [] : names.split(', ').map(reasonOf)
