import { z } from 'zod'

import type { ConsentList } from '../../db/consent-list.ts'
import type { ConsentTerms } from '../../db/consent-terms.ts'
import { CYCLE_DAYS, cycleMsOf } from '../../domain/consent-time.ts'
import { fullScope, parseScope } from '../../domain/consent.ts'
import {
  consentAnswer,
  consentExample,
  consentOf,
  consentWithHistory,
  historyExample,
  termsOf,
} from '../answers/consents.ts'
import { eventAnswer, eventExample, outcomeOf } from '../answers/events.ts'
import { institutionId, number } from '../answers/fields.ts'
import type { Announcer } from '../events/announce.ts'
import { invalid, RequestProblem } from '../problems.ts'
import { answer, defineRoute } from '../route.ts'

export type ConsentDeps = {
  consentList: Pick<ConsentList, 'list' | 'one' | 'history'>
  consentTerms: Pick<ConsentTerms, 'change'>
  announce: Announcer['announce']
}

const listAnswer = z
  .strictObject({ consents: z.array(consentAnswer) })
  .meta({ id: 'Consents', description: 'Every institution the person ever agreed with.' })

export const ofInstitution = z.strictObject({
  institutionId: institutionId.meta({ description: 'As the list names it.' }),
})

/** Every institution a person ever agreed with, by its latest consent. */
export const readConsents = defineRoute(
  {
    id: 'readConsents',
    method: 'get',
    path: '/v1/me/consents',
    section: 'Consents',
    summary: 'What may be read, where, and until when',
    description:
      'By institution the latest consent, whether it stands, waits for the person or has ended. Of one that waits it says why, and what mends it.',
    access: 'member',
    answers: { 200: { says: 'The consents.', schema: listAnswer, example: { consents: [consentExample] } } },
    problems: [],
  },
  ({ consentList }: ConsentDeps) =>
    async ({ userId }) =>
      answer(200, { consents: (await consentList.list(userId())).map(consentOf) }),
)

/** One of them, with all that went before it. */
export const readConsent = defineRoute(
  {
    id: 'readConsent',
    method: 'get',
    path: '/v1/me/consents/{institutionId}',
    section: 'Consents',
    summary: 'One consent and its history',
    description: 'Every consent there was with this institution, and why each of them ended.',
    access: 'member',
    params: ofInstitution,
    answers: { 200: { says: 'The consent.', schema: consentWithHistory, example: historyExample } },
    problems: ['NotFound'],
  },
  ({ consentList }: ConsentDeps) =>
    async ({ params, userId }) => {
      const found = await consentList.one(userId(), params.institutionId)
      if (!found) throw new RequestProblem('NotFound')
      const history = await consentList.history(userId(), params.institutionId)
      return answer(200, { ...consentOf(found), history: history.map(termsOf) })
    },
)

const cycleDays = z
  .int()
  .min(CYCLE_DAYS.least)
  .max(CYCLE_DAYS.most)
  .meta({ description: 'How many days old its data may grow: a week to a month.' })

const change = z
  .strictObject({
    generation: number.meta({
      description: 'Of the consent as it was read: a change of another is refused.',
    }),
    scope: z
      .string()
      .max(200)
      .optional()
      .meta({ description: 'Less than what stands. More takes a new authorization.' }),
    cycleDays: cycleDays.nullable().optional().meta({ description: 'Null: as the other institutions.' }),
  })
  .refine(
    (body) => body.scope !== undefined || body.cycleDays !== undefined,
    'a scope or a cycle was expected',
  )
  .meta({ id: 'ConsentChange', description: 'What its user wants of a consent that stands.' })

const changed = z
  .strictObject({
    consent: consentAnswer,
    read: eventAnswer
      .nullable()
      .meta({ description: 'What a narrower scope led to: it is read anew. Null: nothing is read.' }),
  })
  .meta({ id: 'ConsentChanged' })

/** A narrower scope, or another cycle. */
export const changeConsent = defineRoute(
  {
    id: 'changeConsent',
    method: 'patch',
    path: '/v1/me/consents/{institutionId}',
    section: 'Consents',
    summary: 'Share less, or have it read more or less often',
    description:
      'A narrower scope holds at once: whatever was read of the institution is gone from every answer, and it is read anew within what is left. Of two changes at once the second is refused by its generation.',
    access: 'member',
    params: ofInstitution,
    body: { schema: change, example: { generation: 1, scope: 'bank.list bank.deposit' } },
    answers: {
      200: {
        says: 'The consent as it is now.',
        schema: changed,
        example: { consent: consentExample, read: eventExample },
      },
    },
    problems: ['NotFound', 'ConsentMoved', 'WiderScope'],
  },
  ({ consentList, consentTerms, announce }: ConsentDeps) =>
    async ({ params, body, userId }) => {
      const id = userId()
      const found = await consentList.one(id, params.institutionId)
      if (!found) throw new RequestProblem('NotFound')
      const done = await consentTerms.change(id, params.institutionId, {
        generation: body.generation,
        scope: body.scope === undefined ? undefined : scopeOf(body.scope, found.industry),
        cycleMs: typeof body.cycleDays === 'number' ? cycleMsOf(body.cycleDays) : body.cycleDays,
      })
      if (done.outcome !== 'changed') throw new RequestProblem(REFUSALS[done.outcome])
      if (done.read) announce(id, 'consent.narrowed', done.read)
      const now = await consentList.one(id, params.institutionId)
      return answer(200, { consent: consentOf(now ?? found), read: done.read && outcomeOf(done.read) })
    },
)

const REFUSALS = {
  none: 'NotFound',
  ended: 'ConsentMoved',
  moved: 'ConsentMoved',
  wider: 'WiderScope',
} as const

function scopeOf(text: string, industry: string): string {
  const scope = parseScope(text, industry)
  if (scope === null) throw invalid('scope', `words of its industry were expected: ${fullScope(industry)}`)
  return scope
}
