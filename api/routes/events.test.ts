import { describe, expect, test, vi } from 'vitest'

import type { EventAnswer, EventInput } from '../../db/events.ts'
import { CLIENT_EVENTS, EVENTS } from '../../domain/event-map.ts'
import { eventAnswer } from '../answers/events.ts'
import { PERSON, startApi } from '../make-api.ts'

const VIEWED = { type: 'assets.home_viewed' }
const DETAIL = { type: 'assets.detail_viewed', institutionId: 'BANK000001' }

/** An app whose events are remembered and answered as told. */
async function recording(answer: EventAnswer) {
  const record = vi.fn<(userId: number, input: EventInput) => Promise<EventAnswer>>(async () => answer)
  const announce = vi.fn()
  return { record, announce, ...(await startApi({ events: { record }, announce })) }
}

const answers = [
  { outcome: 'started', refreshNo: 12, eventId: 5 },
  { outcome: 'joined', refreshNo: 12, eventId: 5 },
  { outcome: 'fresh', asOf: '2026-11-20T01:02:03.000Z', eventId: 5 },
  { outcome: 'fresh', asOf: null, eventId: 5 },
  { outcome: 'rejected', because: 'no_consent', eventId: 5 },
  { outcome: 'rejected', because: 'member_left', eventId: null },
] as const satisfies EventAnswer[]

test.each(answers)('answers 202 with the outcome: $outcome', async (answer) => {
  const { post } = await recording(answer)
  const response = await post(VIEWED)
  const told = eventAnswer.parse(await response.json())
  expect(response.status).toBe(202)
  expect(told).toMatchObject({ outcome: answer.outcome, eventId: answer.eventId })
  const location = 'refreshNo' in answer ? '/v1/me/refreshes/12' : null
  expect(response.headers.get('location')).toBe(location)
  expect('refresh' in told ? told.refresh : null).toEqual(
    location === null ? null : { refreshNo: 12, url: location },
  )
})

test.each(CLIENT_EVENTS)('records %s for the person of the token', async (type) => {
  const { post, record } = await recording(answers[0])
  const institutionId = EVENTS[type].scope === 'one-institution' ? 'BANK000001' : null
  const response = await post({ type, ...(institutionId === null ? {} : { institutionId }) })
  expect(response.status).toBe(202)
  expect(record).toHaveBeenCalledExactlyOnceWith(PERSON, {
    type,
    institutionId,
    idempotencyKey: 'key-00000001',
  })
})

test('refuses a key that was used with another body', async () => {
  const { post, announce } = await recording({ outcome: 'conflict' })
  const response = await post(VIEWED)
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ type: '/problems/IdempotencyConflict' })
  expect(announce).not.toHaveBeenCalled()
})

test.each(['', 'short', 'with space', 'x'.repeat(129), 'schlüssel', 'tab\tinside'])(
  'refuses the idempotency key "%s"',
  async (key) => {
    const { post, record } = await recording(answers[0])
    const response = await post(VIEWED, { 'idempotency-key': key })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ path: 'header Idempotency-Key' }] })
    expect(record).not.toHaveBeenCalled()
  },
)

test('refuses two idempotency keys', async () => {
  const { ask } = await recording(answers[0])
  const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': 'key-00000001' })
  headers.append('idempotency-key', 'key-00000002')
  const response = await ask('/v1/events', { method: 'POST', headers, body: JSON.stringify(VIEWED) })
  expect(response.status).toBe(400)
})

test('refuses an event that clients may not raise, by name', async () => {
  const { post, record } = await recording(answers[0])
  const response = await post({ type: 'consent.granted', institutionId: 'BANK000001' })
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ type: '/problems/EventNotYours' })
  expect(record).not.toHaveBeenCalled()
})

describe('refuses as invalid, naming the place', () => {
  test.each<[string, unknown, string]>([
    ['an unknown event', { type: 'secret.palimpsest' }, 'type'],
    ['a name of every object', { type: 'constructor' }, 'type'],
    ['no event', {}, 'type'],
    ['a number for an event', { type: 4_242_424_242_424 }, 'type'],
    ['a list', [], '(whole)'],
    ['a detail page without its institution', { type: 'assets.detail_viewed' }, 'institutionId'],
    ['an institution where none belongs', { ...VIEWED, institutionId: 'BANK000001' }, 'institutionId'],
    ['no institution, said as null', { ...VIEWED, institutionId: null }, 'institutionId'],
    ['an institution that is a number', { ...DETAIL, institutionId: 4_242_424_242_424 }, 'institutionId'],
    [
      'an institution of strange characters',
      { ...DETAIL, institutionId: "palimpsest'; --" },
      'institutionId',
    ],
    ['an institution with a NUL', { ...DETAIL, institutionId: 'BANK\u0000' }, 'institutionId'],
    ['an institution that is too long', { ...DETAIL, institutionId: 'B'.repeat(65) }, 'institutionId'],
    ['somebody else', { ...VIEWED, userId: 4_242_424_242_424 }, 'userId'],
    ['a role', { ...VIEWED, role: 'operator' }, 'role'],
    ['a status', { ...VIEWED, status: 'fresh' }, 'status'],
    ['a claim to be whole', { ...VIEWED, snapshotComplete: true }, 'snapshotComplete'],
    ['a key in the body', { ...VIEWED, idempotencyKey: 'key-00000002' }, 'idempotencyKey'],
    ['a prototype', '{"type":"assets.home_viewed","__proto__":{"role":"operator"}}', '__proto__'],
  ])('%s', async (_, body, path) => {
    const { post, record } = await recording(answers[0])
    const response = await post(body)
    const text = await response.text()
    expect(response.status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ type: '/problems/InvalidRequest', errors: [{ path }] })
    expect(text).not.toContain('palimpsest')
    expect(record).not.toHaveBeenCalled()
  })

  test('what is no JSON', async () => {
    const { post } = await recording(answers[0])
    const response = await post('{"type": "secret palimpsest')
    const text = await response.text()
    expect(response.status).toBe(400)
    expect(text).not.toContain('palimpsest')
  })

  test('parameters in the address', async () => {
    const { ask } = await recording(answers[0])
    const response = await ask('/v1/events?type=assets.home_viewed', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'key-00000001' },
      body: JSON.stringify(VIEWED),
    })
    expect(response.status).toBe(400)
  })
})

test('tells the engine of an event only after it was committed and the failpoint passed', async () => {
  const steps: string[] = []
  const { post } = await startApi({
    events: { record: async () => (steps.push('recorded'), answers[0]) },
    failpoint: async (name) => void steps.push(name),
    announce: () => void steps.push('announced'),
  })
  await post(VIEWED)
  expect(steps).toEqual(['recorded', 'event.committed', 'announced'])
})
