import { z } from 'zod'

import type { ListedInstitution } from '../../db/institution-list.ts'
import { type Health, HEALTH_STATES, type HealthState } from '../../domain/institution-health.ts'
import { instant } from './fields.ts'

type Words = { ko: string; en: string }

/** What a person reads of an institution before they connect it, or while they wait for it. */
const SAYS = {
  healthy: { ko: '정상적으로 응답하고 있어요.', en: 'It is answering as it should.' },
  slow: {
    ko: '응답이 느리거나 고르지 않아요. 평소보다 오래 걸릴 수 있어요.',
    en: 'It is answering slowly, or not every time. It may take longer than usual.',
  },
  down: {
    ko: '지금 응답하지 않아요. 다시 응답하면 자동으로 불러올게요.',
    en: 'It is not answering. Once it does, it is read without your doing anything.',
  },
  paused: {
    ko: '지금은 이 기관의 데이터를 불러오지 않고 있어요. 다시 시작하면 자동으로 불러올게요.',
    en: 'Readings of it are paused. Once they go on, it is read without your doing anything.',
  },
  unknown: {
    ko: '최근에 불러온 기록이 적어 상태를 알 수 없어요.',
    en: 'It was not read often enough lately to say how it is doing.',
  },
} as const satisfies Record<HealthState, Words>

const MAINTENANCE: Words = {
  ko: '점검 중이거나 이용 시간이 아니에요. 끝나면 자동으로 불러올게요.',
  en: 'It is in maintenance or outside its hours. After that it is read without your doing anything.',
}

const health = z
  .strictObject({
    state: z.enum(HEALTH_STATES).meta({
      description:
        'healthy; slow: it takes longer than four seconds, or fails, more than once in ten calls; down; paused: by an operator; unknown: too few calls were made lately to say.',
    }),
    since: instant
      .nullable()
      .meta({ description: 'Down: since then, or earlier where that is not known. Otherwise null.' }),
    nextTryAt: instant
      .nullable()
      .meta({ description: 'Down: when it is asked again. Null: nobody has set a time.' }),
    says: z
      .strictObject({ ko: z.string(), en: z.string() })
      .meta({ description: 'A sentence for a person, in Korean and in English.' }),
  })
  .meta({ id: 'InstitutionHealth', description: 'How an institution fares now, for everybody alike.' })

const institution = z
  .strictObject({
    institutionId: z.string(),
    name: z.string(),
    industry: z.string(),
    consent: z.enum(['active', 'needs_user', 'ended']).nullable().meta({
      description: 'How the person stands with it; GET /v1/me/consents says more. Null: never connected.',
    }),
    health,
  })
  .meta({ id: 'Institution', description: 'Somebody who holds data, and can be connected.' })

export const institutionsAnswer = z
  .strictObject({ institutions: z.array(institution) })
  .meta({ id: 'Institutions', description: 'Whom one can connect: the person’s own first, then by name.' })

export const institutionOf = (
  { institutionId, name, industry, consent }: ListedInstitution,
  found: Health | undefined,
): z.infer<typeof institution> => ({
  institutionId,
  name,
  industry,
  consent,
  health: healthOf(found ?? { state: 'unknown', since: null, nextTryAt: null, because: null }),
})

const healthOf = ({ state, since, nextTryAt, because }: Health): z.infer<typeof health> => ({
  state,
  since: since?.toISOString() ?? null,
  nextTryAt: nextTryAt?.toISOString() ?? null,
  says: state === 'down' && because === 'InstitutionInMaintenance' ? MAINTENANCE : SAYS[state],
})

export const institutionsExample = {
  institutions: [
    {
      institutionId: 'SBXBANK001',
      name: '모아은행',
      industry: 'bank',
      consent: 'active',
      health: { state: 'healthy', since: null, nextTryAt: null, says: SAYS.healthy },
    },
    {
      institutionId: 'SBXCARD001',
      name: '모아카드',
      industry: 'card',
      consent: null,
      health: {
        state: 'down',
        since: '2026-11-22T00:31:00.000Z',
        nextTryAt: '2026-11-22T00:36:12.500Z',
        says: SAYS.down,
      },
    },
  ],
} satisfies z.infer<typeof institutionsAnswer>
