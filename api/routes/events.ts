import { z } from 'zod'

import type { Events } from '../../db/events.ts'
import { CLIENT_EVENTS, EVENTS, type EventType } from '../../domain/event-map.ts'
import { eventAnswer, eventExample, outcomeOf } from '../answers/events.ts'
import { institutionId } from '../answers/fields.ts'
import type { Announcer } from '../events/announce.ts'
import { RequestProblem } from '../problems.ts'
import { answer, defineRoute } from '../route.ts'

export type EventDeps = {
  events: Pick<Events, 'record'>
  announce: Announcer['announce']
  /** A named place where a test may hold or kill this process; does nothing unless told. */
  failpoint: (name: string) => Promise<void>
}

const isAboutOne = (type: EventType): boolean => EVENTS[type].scope === 'one-institution'

/** An institution is named exactly where the event is about one. */
const eventBody = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.enum(CLIENT_EVENTS.filter(isAboutOne)), institutionId }),
    z.strictObject({ type: z.enum(CLIENT_EVENTS.filter((type) => !isAboutOne(type))) }),
  ])
  .meta({ id: 'Event', description: 'Something that happened in the app.' })

// Visible ASCII: two headers of that name arrive joined by ", ", and are refused with it.
const idempotencyKey = z
  .string('8 to 128 visible ASCII characters were expected')
  .regex(/^[\x21-\x7e]{8,128}$/, '8 to 128 visible ASCII characters were expected')
  .meta({ description: 'The same key and body are answered the same, and recorded once.' })

/** Stored and decided in one transaction, then answered; the engine is told while nobody waits. */
export const raiseEvent = defineRoute(
  {
    id: 'raiseEvent',
    method: 'post',
    path: '/v1/events',
    section: 'Events',
    summary: 'Say that something happened',
    description:
      'A page was opened or a button pressed. What it costs is decided at once: a refresh is started, the open one is joined, or nothing need be read. What is accepted is durable; it needs neither the engine nor an institution.',
    access: 'member',
    headers: z.object({ 'Idempotency-Key': idempotencyKey }),
    body: { schema: eventBody, example: { type: 'assets.refresh_requested' }, refuse: refuseOthersEvents },
    answers: {
      202: {
        says: 'Accepted, with what it led to.',
        schema: eventAnswer,
        example: eventExample,
        headers: { Location: 'The refresh, if one was started or joined.' },
      },
    },
    problems: ['EventNotYours', 'IdempotencyConflict'],
  },
  ({ events, announce, failpoint }: EventDeps) =>
    async ({ headers, body, userId }) => {
      const id = userId()
      const { type, institutionId: institution } = { institutionId: null, ...body }
      const key = headers['Idempotency-Key']
      const recorded = await events.record(id, { type, institutionId: institution, idempotencyKey: key })
      const told = outcomeOf(recorded)
      await failpoint('event.committed')
      announce(id, type, recorded)
      const location = 'refresh' in told ? { location: told.refresh.url } : undefined
      return answer(202, told, location)
    },
)

/** An event that exists but comes from elsewhere is refused as such, whatever else is wrong with the body. */
function refuseOthersEvents(body: unknown): void {
  const named = z.object({ type: z.enum(Object.keys(EVENTS)) }).safeParse(body)
  if (named.success && !CLIENT_EVENTS.some((type) => type === named.data.type)) {
    throw new RequestProblem('EventNotYours')
  }
}
