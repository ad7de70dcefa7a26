import express, { type Request, type RequestHandler, Router } from 'express'
import { z } from 'zod'

import type { EventAnswer, Events } from '../../db/events.ts'
import { CLIENT_EVENTS, EVENTS, type EventType } from '../../domain/event-map.ts'
import { checked } from '../checked.ts'
import type { Announcer } from '../events/announce.ts'
import { onlyJson, onlyMethods } from '../problem-answers.ts'
import { invalid, RequestProblem } from '../problems.ts'
import { userOf } from '../signed-in.ts'

export type EventDeps = {
  events: Pick<Events, 'record'>
  announce: Announcer['announce']
  /** A named place where a test may hold or kill this process; does nothing unless told. */
  failpoint: (name: string) => Promise<void>
}

const isAboutOne = (type: EventType): boolean => EVENTS[type].scope === 'one-institution'

/** An institution is named exactly where the event is about one. */
export const eventBody = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.enum(CLIENT_EVENTS.filter(isAboutOne)),
    institutionId: z.string().regex(/^[\w-]{1,64}$/, 'the id of an institution was expected'),
  }),
  z.strictObject({ type: z.enum(CLIENT_EVENTS.filter((type) => !isAboutOne(type))) }),
])

/** Accepted, with what it led to. What is accepted is durable. */
export const eventAnswer = z.discriminatedUnion('outcome', [
  z.strictObject({
    eventId: z.int(),
    outcome: z.enum(['started', 'joined']),
    refresh: z.strictObject({ refreshNo: z.int().positive(), url: z.string() }),
  }),
  z.strictObject({ eventId: z.int(), outcome: z.literal('fresh'), asOf: z.iso.datetime().nullable() }),
  z.strictObject({
    eventId: z.int(),
    outcome: z.literal('deferred'),
    because: z.enum(['too_many_tries', 'institution_asks_to_wait']),
    nextAllowedAt: z.iso.datetime(),
  }),
  z.strictObject({
    eventId: z.int().nullable(),
    outcome: z.literal('rejected'),
    because: z.enum(['no_consent', 'needs_user', 'member_left']),
  }),
])

// Visible ASCII: two headers of that name arrive joined by ", ", and are refused with it.
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{8,128}$/
// An event has less than 200 bytes; whatever comes near this is something else.
const LARGEST_BODY = '64kb'

/** POST /v1/events: stored and decided in one transaction, then answered; the engine is told while nobody waits. */
export function eventRoutes({ events, announce, failpoint }: EventDeps): Router {
  const post: RequestHandler = async (request, response) => {
    checked(z.strictObject({}), request.query)
    const idempotencyKey = keyOf(request)
    const { type, institutionId } = bodyOf(request)
    const userId = userOf(request)
    const answer = await events.record(userId, { type, institutionId, idempotencyKey })
    const told = answerOf(answer)
    await failpoint('event.committed')
    announce(userId, type, answer)
    if ('refresh' in told) response.location(told.refresh.url)
    response.status(202).json(told)
  }
  const router = Router()
  router
    .route('/events')
    .post(onlyJson, express.json({ limit: LARGEST_BODY, inflate: false }), post)
    .all(onlyMethods('POST'))
  return router
}

function keyOf(request: Request): string {
  const key = request.get('idempotency-key') ?? ''
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw invalid('header Idempotency-Key', '8 to 128 visible ASCII characters were expected')
  }
  return key
}

function bodyOf(request: Request): { type: EventType; institutionId: string | null } {
  const { body }: { body?: unknown } = request
  const named = z.object({ type: z.enum(Object.keys(EVENTS)) }).safeParse(body)
  if (named.success && !CLIENT_EVENTS.some((type) => type === named.data.type)) {
    throw new RequestProblem('EventNotYours')
  }
  return { institutionId: null, ...checked(eventBody, body) }
}

function answerOf(answer: EventAnswer): z.infer<typeof eventAnswer> {
  switch (answer.outcome) {
    case 'conflict':
      throw new RequestProblem('IdempotencyConflict')
    case 'started':
    case 'joined': {
      const { eventId, outcome, refreshNo } = answer
      return { eventId, outcome, refresh: { refreshNo, url: `/v1/me/refreshes/${refreshNo}` } }
    }
    case 'fresh':
      return { eventId: answer.eventId, outcome: 'fresh', asOf: answer.asOf }
    case 'deferred': {
      const { eventId, because, nextAllowedAt } = answer
      return { eventId, outcome: 'deferred', because, nextAllowedAt }
    }
    case 'rejected':
      return { eventId: answer.eventId, outcome: 'rejected', because: answer.because }
  }
}
