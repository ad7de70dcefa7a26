import { describe, expect, test, vi } from 'vitest'

import type { InstitutionHead } from '../../../db/operator-institutions.ts'
import { type InstitutionOrder, obeyed } from '../../../domain/institution-settings.ts'
import { ALWAYS_OPEN } from '../../../domain/windows.ts'
import {
  institutionRefused,
  institutionSaidAnswer,
  institutionSettingsAnswer,
} from '../institution-answers.ts'
import { NOW, startOperator } from '../make-operator.ts'

const WHY = 'the bank called'
const HEAD: InstitutionHead = {
  institutionId: 'A',
  industry: 'bank',
  name: 'Bank A',
  reading: 3,
  state: 'active',
  pausedUntil: null,
  concurrency: 100,
  windows: ALWAYS_OPEN,
  callMs: null,
  attemptMs: null,
}

/** A listener before one institution, whose orders are judged but kept nowhere. */
async function startWithBank(given: Partial<InstitutionHead> = {}) {
  const before = { ...HEAD, ...given }
  const say = vi.fn(async (institutionId: string, order: InstitutionOrder) => {
    if (institutionId !== 'A') return null
    const { institutionId: _id, industry: _industry, name: _name, reading: _reading, ...settings } = before
    const { outcome, because, after } = obeyed(settings, order, NOW)
    return { outcome, because, before: settings, after, waiting: 2 }
  })
  const list = vi.fn(async (limit: number) => ({
    now: NOW,
    institutions: Array.from({ length: limit }, () => ({ ...before })),
  }))
  return { say, list, ...(await startOperator({ operatorInstitutions: { say, list } })) }
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()

describe('what is said of an institution', () => {
  test.each([
    ['pause', {}, { state: 'paused', pausedUntil: null }],
    [
      'pause',
      { until: '2026-11-23T09:00:00+09:00' },
      { state: 'paused', pausedUntil: '2026-11-23T00:00:00.000Z' },
    ],
    ['limits', { concurrency: 1 }, { concurrency: 1 }],
    ['timeouts', { callMs: 20_000, attemptMs: null }, { callMs: 20_000 }],
    [
      'windows',
      { hours: { mon: [{ from: '06:00', to: '24:00' }] }, maintenance: [] },
      { windows: { hours: { mon: [{ from: '06:00', to: '24:00' }] }, maintenance: [] } },
    ],
  ])('%s %o is answered with how it stood and how it stands', async (verb, body, after) => {
    const { post, say } = await startWithBank()
    const answer = await post(`/v1/operator/institutions/A/${verb}`, { why: WHY, ...body })
    expect(answer.status).toBe(200)
    const said = institutionSaidAnswer.parse(await answer.json())
    expect(said).toMatchObject({ changed: true, waiting: 2, before: { state: 'active' }, after })
    const saying = { by: 'kim-operator', why: WHY, place: expect.stringMatching(/127\.0\.0\.1$/) }
    expect(say).toHaveBeenCalledWith('A', expect.objectContaining({ verb }), saying)
  })

  test('that had been said before is no mistake, and changes nothing', async () => {
    const { post } = await startWithBank()
    const answer = await post('/v1/operator/institutions/A/resume', { why: WHY })
    expect(institutionSaidAnswer.parse(await answer.json())).toMatchObject({ changed: false })
  })

  test('and cannot be meant is refused, and says why', async () => {
    const { post } = await startWithBank({ state: 'removed' })
    const answer = await post('/v1/operator/institutions/A/limits', { why: WHY, concurrency: 5 })
    expect(answer.status).toBe(409)
    expect(institutionRefused.parse(await answer.json())).toMatchObject({ because: 'institution_removed' })
  })

  test('is an operator’s to say, with a reason, of an institution that there is', async () => {
    const { post, ask } = await startWithBank()
    for (const verb of ['pause', 'resume', 'limits', 'windows', 'timeouts']) {
      const path = `/v1/operator/institutions/A/${verb}`
      const body = { why: WHY, concurrency: 5, hours: null, maintenance: [], callMs: null, attemptMs: null }
      expect((await post(path, body, 'viewer')).status).toBe(403)
      expect((await post(path, {})).status).toBe(400)
      expect((await ask(path)).status).toBe(405)
    }
    expect((await post('/v1/operator/institutions/B/resume', { why: WHY })).status).toBe(404)
    expect((await post('/v1/operator/institutions/A%20B/resume', { why: WHY })).status).toBe(404)
  })
})

describe('refused by name is', () => {
  const span = (from: string, to: string) => ({ hours: { mon: [{ from, to }] }, maintenance: [] })
  const maintenance = (from: string, to: string, text = 'core banking') => ({
    hours: null,
    maintenance: [{ from, to, text }],
  })
  const many = Array.from({ length: 21 }, () => ({ from: inDays(1), to: inDays(2), text: 'again' }))
  test.each<[string, string, object, string]>([
    ['no readings at all', 'limits', { concurrency: 0 }, 'concurrency'],
    ['fewer than none', 'limits', { concurrency: -5 }, 'concurrency'],
    ['more than a fleet reads', 'limits', { concurrency: 1_000_000 }, 'concurrency'],
    ['half a reading', 'limits', { concurrency: 2.5 }, 'concurrency'],
    ['a number in words', 'limits', { concurrency: '10' }, 'concurrency'],
    ['no number', 'limits', {}, 'concurrency'],
    ['a call without time', 'timeouts', { callMs: 0, attemptMs: null }, 'callMs'],
    ['a call of an hour', 'timeouts', { callMs: 3_600_000, attemptMs: null }, 'callMs'],
    ['an attempt of a day', 'timeouts', { callMs: null, attemptMs: 86_400_000 }, 'attemptMs'],
    ['a pause for years', 'pause', { until: inDays(1_000) }, 'until'],
    ['a pause until no day', 'pause', { until: '2026-02-31T00:00:00Z' }, 'until'],
    ['a time without an offset', 'pause', { until: '2026-11-23T06:00:00' }, 'until'],
    ['an hour that no clock shows', 'windows', span('25:00', '26:00'), 'hours.mon.0.from'],
    ['a span without length', 'windows', span('09:00', '09:00'), 'hours.mon.0'],
    ['a day of no week', 'windows', { hours: { someday: [] }, maintenance: [] }, 'hours.someday'],
    ['hours of no day', 'windows', { hours: {}, maintenance: [] }, 'hours'],
    ['hours of an empty day', 'windows', { hours: { mon: [] }, maintenance: [] }, 'hours'],
    ['an end before its beginning', 'windows', maintenance(inDays(2), inDays(1)), 'maintenance.0.to'],
    ['a maintenance in some years', 'windows', maintenance(inDays(1), inDays(1_000)), 'maintenance.0.to'],
    ['one that says nothing', 'windows', maintenance(inDays(1), inDays(2), ''), 'maintenance.0.text'],
    ['more of them than anybody announces', 'windows', { hours: null, maintenance: many }, 'maintenance'],
    ['half of what windows are', 'windows', { hours: null }, 'maintenance'],
  ])('%s', async (_, verb, body, path) => {
    const { post, say } = await startWithBank()
    const answer = await post(`/v1/operator/institutions/A/${verb}`, { why: WHY, ...body })
    expect(answer.status).toBe(400)
    const { errors } = (await answer.json()) as { errors: { path: string }[] }
    expect(errors.map((error) => error.path)).toContain(path)
    expect(say).not.toHaveBeenCalled()
  })
})

describe('the list', () => {
  test('says of each what was said, and why it is not read now; a viewer may look', async () => {
    const until = new Date(NOW.getTime() + 3_600_000)
    const maintenance = [{ from: NOW, to: until, text: 'core banking' }]
    const { ask } = await startWithBank({ windows: { hours: null, maintenance } })
    const viewing = { headers: { authorization: 'Bearer viewer' } }
    const answer = await ask('/v1/operator/institution-settings?limit=2', viewing)
    const { institutions, nextCursor } = institutionSettingsAnswer.parse(await answer.json())
    expect(institutions).toHaveLength(2)
    expect(institutions[0]).toMatchObject({
      institutionId: 'A',
      reading: 3,
      held: 'maintenance, until 2026-11-22 10:01 in Korea: core banking',
      heldUntil: until.toISOString(),
    })
    expect(nextCursor).toBe('A')
  })

  test('of what may be read says so', async () => {
    const { ask } = await startWithBank()
    const answer = await ask('/v1/operator/institution-settings?limit=1')
    const { institutions } = institutionSettingsAnswer.parse(await answer.json())
    expect(institutions[0]).toMatchObject({ held: null, heldUntil: null })
  })
})
