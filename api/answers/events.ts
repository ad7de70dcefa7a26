import { z } from 'zod'

import type { EventAnswer } from '../../db/events.ts'
import { RequestProblem } from '../problems.ts'
import { instant, number } from './fields.ts'

const eventId = z.int()

/** Accepted, with what it led to. What is accepted is durable. */
export const eventAnswer = z
  .discriminatedUnion('outcome', [
    z
      .strictObject({
        eventId,
        outcome: z.enum(['started', 'joined']),
        refresh: z.strictObject({ refreshNo: number, url: z.string() }),
      })
      .meta({ description: 'A refresh was started for it, or the open one covers it now.' }),
    z
      .strictObject({ eventId, outcome: z.literal('fresh'), asOf: instant.nullable() })
      .meta({ description: 'What is published is new enough: nothing is read.' }),
    z
      .strictObject({
        eventId,
        outcome: z.literal('deferred'),
        nextAllowedAt: instant.meta({ description: 'From when on it may be asked again.' }),
        because: z.enum(['too_many_tries', 'institution_asks_to_wait']),
      })
      .meta({ description: 'Not now: asked too often, or an institution asked us to wait.' }),
    z
      .strictObject({
        eventId: eventId.nullable(),
        outcome: z.literal('rejected'),
        because: z.enum(['no_consent', 'needs_user', 'set_aside', 'member_left']).meta({
          description:
            'needs_user: every institution it is about waits for the user to give consent again. set_aside: its reading fails by our own fault, and we have been told.',
        }),
      })
      .meta({ description: 'There is nothing that may be read for it.' }),
  ])
  .meta({ id: 'EventOutcome', description: 'What an event led to.' })

/** Everything an event may be answered: what is too soon, or has to wait for an institution, is deferred. */
type Told =
  | EventAnswer
  | {
      outcome: 'deferred'
      because: 'too_many_tries' | 'institution_asks_to_wait'
      nextAllowedAt: string
      eventId: number
    }

export function outcomeOf(answer: Told): z.infer<typeof eventAnswer> {
  switch (answer.outcome) {
    case 'conflict':
      throw new RequestProblem('IdempotencyConflict')
    case 'started':
    case 'joined': {
      const { eventId: id, outcome, refreshNo } = answer
      return { eventId: id, outcome, refresh: { refreshNo, url: `/v1/me/refreshes/${refreshNo}` } }
    }
    case 'fresh':
      return { eventId: answer.eventId, outcome: 'fresh', asOf: answer.asOf }
    case 'deferred': {
      const { eventId: id, outcome, nextAllowedAt, because } = answer
      return { eventId: id, outcome, nextAllowedAt, because }
    }
    case 'rejected':
      return { eventId: answer.eventId, outcome: 'rejected', because: answer.because }
  }
}

export const eventExample = {
  eventId: 5_120,
  outcome: 'started',
  refresh: { refreshNo: 38, url: '/v1/me/refreshes/38' },
} satisfies z.infer<typeof eventAnswer>
