import { z } from 'zod'

import type { CallbackAnswer, ConsentCallbacks } from '../../db/consent-callbacks.ts'
import { CYCLE_DAYS } from '../../domain/consent-time.ts'
import { PURPOSE_NAMES } from '../../domain/consent.ts'
import { instant, institutionId, number } from '../answers/fields.ts'
import type { BeginConsent } from '../consents/begin.ts'
import type { Announcer } from '../events/announce.ts'
import { RequestProblem } from '../problems.ts'
import { answer, defineRoute } from '../route.ts'
import { sessionOf } from '../signed-in.ts'

export type AuthorizationDeps = {
  beginConsent: BeginConsent
  consentCallbacks: Pick<ConsentCallbacks, 'finish'>
  announce: Announcer['announce']
  failpoint: (name: string) => Promise<void>
}

// The portal knows some 700 institutions, a person some 40 of them.
const MOST_AT_ONCE = 100

const wish = z
  .strictObject({
    institutions: z
      .array(z.strictObject({ institutionId, scope: z.string().max(200).optional() }))
      .min(1)
      .max(MOST_AT_ONCE)
      .meta({ description: 'Without a scope, all that the institution has.' }),
    purpose: z.enum(PURPOSE_NAMES).optional(),
    isRegular: z.boolean().optional().meta({ description: 'Whether it may be read on schedule.' }),
    endsAt: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'Until when; as long as is allowed unless said otherwise.' }),
    cycleDays: z
      .int()
      .min(CYCLE_DAYS.least)
      .max(CYCLE_DAYS.most)
      .optional()
      .meta({ description: 'How many days old its data may grow: a week to a month.' }),
  })
  .meta({ id: 'ConsentWish', description: 'What a person is to be asked to agree to.' })

const begun = z
  .strictObject({
    requestId: z.guid(),
    authorizeUrl: z.string().meta({ description: 'Where the person’s browser is to be sent.' }),
    expiresAt: instant,
  })
  .meta({ id: 'AuthorizationBegun' })

/** Begins an authorization: the person agrees at the institution, not here. */
export const beginAuthorization = defineRoute(
  {
    id: 'beginAuthorization',
    method: 'post',
    path: '/v1/me/consents',
    section: 'Consents',
    summary: 'Ask for a consent, a renewal, or more than there is',
    description:
      'Answers the address to send the person to. The institution sends them back to the app’s registered address with a state and a code, which the app brings to the callback. One address serves many institutions, where there is a door for that.',
    access: 'member',
    body: { schema: wish, example: { institutions: [{ institutionId: 'SBXBANK001' }], cycleDays: 14 } },
    answers: {
      201: {
        says: 'Where to send the person; for ten minutes.',
        schema: begun,
        example: {
          requestId: 'f5a3c1d2-0b6e-4d1f-9a57-3c2b1a09e8d7',
          authorizeUrl: 'https://bank.example/oauth/2.0/authorize?response_type=code&state=…',
          expiresAt: '2026-11-22T00:41:01.902Z',
        },
      },
    },
    problems: ['TooManyAuthorizations', 'TooEarlyToRenew'],
  },
  ({ beginConsent }: AuthorizationDeps) =>
    async ({ body, userId, request }) => {
      const { expiresAt, ...opened } = await beginConsent(userId(), sessionOf(request), body)
      return answer(201, { ...opened, expiresAt: expiresAt.toISOString() })
    },
)

// RFC 6749: visible ASCII. The standard's longest codes have 1,000 characters; a state of ours has 40.
const visible = (longest: number) =>
  z
    .string()
    .regex(new RegExp(`^[\\x21-\\x7e]{1,${longest}}$`), `1 to ${longest} visible characters were expected`)
const came = {
  state: visible(128),
  iss: z.string().max(255).optional().meta({ description: 'As it came back, if it did (RFC 9207).' }),
}
const callback = z
  .union([
    z.strictObject({ ...came, code: visible(1_000) }),
    z.strictObject({
      ...came,
      error: z.string().regex(/^[a-z_]{1,64}$/, 'the name of an error was expected'),
    }),
  ])
  .meta({ id: 'ConsentCallback', description: 'What came back with the person.' })

const ids = { requestId: z.guid(), institutionIds: z.array(z.string()) }
const finished = z
  .discriminatedUnion('outcome', [
    z
      .strictObject({
        outcome: z.literal('granted'),
        ...ids,
        refresh: z.strictObject({ refreshNo: number, url: z.string() }),
      })
      .meta({ description: 'Every institution is granted, and is being read.' }),
    z.strictObject({ outcome: z.enum(['denied', 'failed']), ...ids, error: z.string() }).meta({
      description: 'denied: the person refused. failed: the institution could not. Nothing is granted.',
    }),
  ])
  .meta({ id: 'AuthorizationFinished', description: 'What an authorization led to.' })

/** Finishes an authorization. Whoever repeats it is told the same. */
export const finishAuthorization = defineRoute(
  {
    id: 'finishAuthorization',
    method: 'post',
    path: '/v1/me/consents/callback',
    section: 'Consents',
    summary: 'Bring what the institution answered',
    description:
      'In the session that began it, within ten minutes, once. The same answer again is told the same and changes nothing. Whatever does not fit is AuthorizationUnknown, whyever it does not.',
    access: 'member',
    body: { schema: callback, example: { state: 'b3BlbiBzZXNhbWU', code: 'c2VzYW1l' } },
    answers: {
      200: {
        says: 'What it led to.',
        schema: finished,
        example: {
          outcome: 'granted',
          requestId: 'f5a3c1d2-0b6e-4d1f-9a57-3c2b1a09e8d7',
          institutionIds: ['SBXBANK001'],
          refresh: { refreshNo: 38, url: '/v1/me/refreshes/38' },
        },
      },
    },
    problems: ['AuthorizationUnknown'],
  },
  ({ consentCallbacks, announce, failpoint }: AuthorizationDeps) =>
    async ({ body, userId, request }) => {
      const id = userId()
      const { state, iss = null, ...given } = body
      const session = sessionOf(request)
      const done = await consentCallbacks.finish(id, { state, answer: given, issuer: iss, session })
      if (!done) throw new RequestProblem('AuthorizationUnknown')
      await failpoint('callback.committed')
      if (done.event) announce(id, 'consent.granted', done.event)
      return answer(200, toldOf(done.answer))
    },
)

function toldOf(given: CallbackAnswer): z.infer<typeof finished> {
  const { requestId, institutionIds } = given
  if (given.outcome !== 'granted')
    return { outcome: given.outcome, requestId, institutionIds, error: given.error }
  const refresh = { refreshNo: given.refreshNo, url: `/v1/me/refreshes/${given.refreshNo}` }
  return { outcome: given.outcome, requestId, institutionIds, refresh }
}
