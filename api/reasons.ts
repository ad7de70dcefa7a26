import { z } from 'zod'

import { FAILURES, isFailureName } from '../domain/failures.ts'
import type { PartReason } from '../domain/refresh.ts'

/** Why something is missing or old: a name for programs, the sentence a person reads, and who must act. */
export const reasonAnswer = z
  .strictObject({
    name: z.string(),
    says: z.string().meta({ description: 'A sentence for the person whose data it is.' }),
    acts: z.enum(['nobody', 'user', 'operator', 'developer']).meta({ description: 'Who can mend it.' }),
    userMust: z
      .enum(['consent_again'])
      .nullable()
      .meta({ description: 'What the user must do before it is mended; null if nothing.' }),
  })
  .meta({ id: 'Reason', description: 'Why something is missing or old, and who must act.' })
export type ReasonAnswer = z.infer<typeof reasonAnswer>

/** Reasons that are no failures. */
const OTHERS = {
  still_reading: 'This institution is still being read.',
  excused: 'An operator decided that this refresh does not wait for this institution.',
  older_than_asked: 'This data is older than was asked for.',
  earlier_consent: 'This data was read under an earlier consent; it is being read again.',
  gaps: 'Some of what this institution holds could not be read.',
  never_collected: 'Nothing has been read from this institution yet.',
  AnalysisRecomputing:
    'A consent has ended for data it was made from. It is being made anew from what remains; the next snapshot has it.',
  AnalysisRemoved:
    'Data it was made from is no longer shown: its consent has ended. The next snapshot has its own.',
  AnalysisNeverMade: 'This analysis did not exist yet when the snapshot was made.',
  AnalysisOutdated:
    'It was made by an earlier version of the analysis. The next snapshot has the present one.',
} as const satisfies Partial<Record<PartReason, string>> & Record<string, string>

/** A name of ours with its sentence; what ended a refresh from outside is already said in words. */
export function reasonOf(name: string): ReasonAnswer {
  if (isFailureName(name)) {
    const { says, acts } = FAILURES[name]
    return { name, says, acts, userMust: acts === 'user' ? 'consent_again' : null }
  }
  const known = Object.entries(OTHERS).find(([other]) => other === name)
  const [shown, says] = known ?? ['Ended', name]
  return { name: shown, says, acts: 'nobody', userMust: null }
}

export const reasonOrNull = (name: string | null): ReasonAnswer | null =>
  name === null ? null : reasonOf(name)

/** A refresh may have ended for several reasons; they are stored as names with commas between. */
export const reasonsOf = (names: string | null): ReasonAnswer[] =>
  names === null || names === '' ? [] : names.split(', ').map(reasonOf)
