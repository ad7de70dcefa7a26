import { z } from 'zod'

import { FAILURES, isFailureName, type Words } from '../domain/failures.ts'
import type { PartReason } from '../domain/refresh.ts'

/** Why something is missing or old: a name for programs, the sentence a person reads, and who must act. */
export const reasonAnswer = z
  .strictObject({
    name: z.string(),
    says: z.string().meta({ description: 'A sentence for the person whose data it is.' }),
    saysKo: z.string().meta({ description: 'The same in Korean, as a person is spoken to.' }),
    acts: z.enum(['nobody', 'user', 'operator', 'developer']).meta({ description: 'Who can mend it.' }),
    userMust: z
      .enum(['consent_again'])
      .nullable()
      .meta({ description: 'What the user must do before it is mended; null if nothing.' }),
  })
  .meta({ id: 'Reason', description: 'Why something is missing or old, and who must act.' })
export type ReasonAnswer = z.infer<typeof reasonAnswer>

const ENDED_KO = '새로 가져오기가 도중에 끝났어요.'

/** Reasons that are no failures. */
const OTHERS = {
  still_reading: {
    ko: '이 금융기관의 정보를 아직 가져오고 있어요.',
    en: 'This institution is still being read.',
  },
  excused: {
    ko: '이번에는 이 금융기관을 기다리지 않기로 했어요.',
    en: 'An operator decided that this refresh does not wait for this institution.',
  },
  older_than_asked: {
    ko: '요청하신 것보다 오래된 정보예요.',
    en: 'This data is older than was asked for.',
  },
  earlier_consent: {
    ko: '이전 동의로 가져온 정보예요. 새 동의로 다시 가져오고 있어요.',
    en: 'This data was read under an earlier consent; it is being read again.',
  },
  gaps: {
    ko: '이 금융기관의 정보 중 일부를 가져오지 못했어요.',
    en: 'Some of what this institution holds could not be read.',
  },
  never_collected: {
    ko: '이 금융기관의 정보는 아직 한 번도 가져오지 못했어요.',
    en: 'Nothing has been read from this institution yet.',
  },
  AnalysisRecomputing: {
    ko: '분석에 쓰인 정보의 동의가 끝나서 남은 정보로 다시 분석하고 있어요. 다음번에 보여 드릴게요.',
    en: 'A consent has ended for data it was made from. It is being made anew from what remains; the next snapshot has it.',
  },
  AnalysisRemoved: {
    ko: '분석에 쓰인 정보의 동의가 끝나서 더는 보여 드리지 않아요. 다음번 분석부터 다시 보실 수 있어요.',
    en: 'Data it was made from is no longer shown: its consent has ended. The next snapshot has its own.',
  },
  AnalysisNeverMade: {
    ko: '그때는 아직 없던 분석이에요.',
    en: 'This analysis did not exist yet when the snapshot was made.',
  },
  AnalysisOutdated: {
    ko: '이전 방식으로 만든 분석이에요. 다음번에는 지금 방식으로 보여 드릴게요.',
    en: 'It was made by an earlier version of the analysis. The next snapshot has the present one.',
  },
} as const satisfies Partial<Record<PartReason, Words>> & Record<string, Words>

/** A name of ours with its sentence; what ended a refresh from outside is already said in words, and in one language. */
export function reasonOf(name: string): ReasonAnswer {
  if (isFailureName(name)) {
    const { says, acts } = FAILURES[name]
    return { name, ...said(says), acts, userMust: acts === 'user' ? 'consent_again' : null }
  }
  const known = Object.entries(OTHERS).find(([other]) => other === name)
  const [shown, says] = known ?? ['Ended', { ko: ENDED_KO, en: name }]
  return { name: shown, ...said(says), acts: 'nobody', userMust: null }
}

/** Both languages in every answer: it is stored by apps and shared by streams, and a person may change theirs. */
const said = ({ ko, en }: Words) => ({ says: en, saysKo: ko })

export const reasonOrNull = (name: string | null): ReasonAnswer | null =>
  name === null ? null : reasonOf(name)

/** A refresh may have ended for several reasons; they are stored as names with commas between. */
export const reasonsOf = (names: string | null): ReasonAnswer[] =>
  names === null || names === '' ? [] : names.split(', ').map(reasonOf)
