import { describe, expect, test, vi } from 'vitest'

import type { BreakerView, By, Forced } from '../../../db/breaker-orders.ts'
import { forceAnswer } from '../answers.ts'
import { startOperator } from '../make-operator.ts'

const PATH = '/v1/operator/institutions/A/force'
const WHY = 'the bank called'
const SINCE = new Date('2026-11-22T00:00:00.000Z')

async function start() {
  const breaker: BreakerView = {
    state: 'open',
    since: SINCE,
    cause: 'operator',
    probeFrom: SINCE,
    forced: { to: 'open', until: SINCE },
  }
  const force = vi.fn(async (_institutionId: string, _word: Forced, _by: By) => ({ changed: true, breaker }))
  const institutions = {
    find: async (id: string) =>
      id === 'A'
        ? {
            institutionId: 'A',
            industry: 'bank',
            name: 'A',
            baseUrl: 'https://a.example',
            connector: null,
            windows: [],
            state: 'active',
            concurrency: 100,
            pausedUntil: null,
            callMs: null,
            attemptMs: null,
            updatedAt: SINCE,
          }
        : null,
  }
  return { force, ...(await startOperator({ breakerOrders: { force }, institutions })) }
}

describe('a breaker', () => {
  test('is forced until an end, under the name and from the address of its operator', async () => {
    const { post, force } = await start()
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const answer = await post(PATH, { to: 'open', until, why: WHY })
    expect(forceAnswer.parse(await answer.json())).toEqual({
      changed: true,
      state: 'open',
      since: SINCE.toISOString(),
      cause: 'operator',
      probeFrom: SINCE.toISOString(),
      forced: { to: 'open', until: SINCE.toISOString() },
    })
    const by = { by: 'kim-operator', why: WHY, place: expect.stringMatching(/127\.0\.0\.1$/) }
    expect(force.mock.calls).toEqual([['A', { to: 'open', until: new Date(until) }, by]])
  })

  test('is forced for a time from now, and let go without one', async () => {
    const { post, force } = await start()
    const before = Date.now()
    expect((await post(PATH, { to: 'closed', for: '2h', why: WHY })).status).toBe(200)
    const [, word] = force.mock.calls[0]!
    const forMs = (word as { until: Date }).until.getTime() - before
    expect(forMs).toBeGreaterThanOrEqual(7_200_000)
    expect(forMs).toBeLessThan(7_300_000)
    expect((await post(PATH, { to: 'none', why: WHY })).status).toBe(200)
    expect(force.mock.calls[1]![1]).toEqual({ to: 'none' })
  })

  test('may not be forced by who may only look, and not of an institution that nobody knows', async () => {
    const { post, force } = await start()
    expect((await post(PATH, { to: 'open', for: '1h', why: WHY }, 'viewer')).status).toBe(403)
    const nobodys = PATH.replace('/A/', '/B/')
    expect((await post(nobodys, { to: 'open', for: '1h', why: WHY })).status).toBe(404)
    expect(force).not.toHaveBeenCalled()
  })

  test.each([
    [{ to: 'open', why: WHY }, 'until'],
    [{ to: 'open', for: '1h', until: '2099-01-01T00:00:00Z', why: WHY }, 'until'],
    [{ to: 'open', until: '2020-01-01T00:00:00Z', why: WHY }, 'until'],
    [{ to: 'open', until: '2999-01-01T00:00:00Z', why: WHY }, 'until'],
    [{ to: 'closed', for: '8d', why: WHY }, 'until'],
    [{ to: 'closed', for: '0s', why: WHY }, 'for'],
    [{ to: 'closed', until: 'tomorrow', why: WHY }, 'until'],
    [{ to: 'none', for: '1h', why: WHY }, 'until'],
    [{ to: 'half_open', for: '1h', why: WHY }, 'to'],
    [{ to: 'open', for: '1h' }, 'why'],
    [{ to: 'open', for: '1h', why: WHY, by: 'lee' }, 'by'],
  ])('refuses %j by the name of the place', async (body, path) => {
    const { post, force } = await start()
    const answer = await post(PATH, body)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ type: '/problems/InvalidRequest', errors: [{ path }] })
    expect(force).not.toHaveBeenCalled()
  })
})
