import { expect, test, vi } from 'vitest'
import { z } from 'zod'

import type { InstitutionSeen, InstitutionStatistics } from '../../../db/institution-statistics.ts'
import { type EndedCall, merged, tallied } from '../../../domain/call-statistics.ts'
import type { FailureName } from '../../../domain/failures.ts'
import type { HealthState } from '../../../domain/institution-health.ts'
import { openPlaces } from '../../openapi/test-answers.ts'
import { NOW, startOperator } from '../make-operator.ts'
import * as answers from '../statistics-answers.ts'

const calls = (count: number, failure: FailureName | null = null, ms = 300): EndedCall[] =>
  Array.from({ length: count }, () => ({ failure, ms }))

function makeHead(id: string, state: HealthState, ...steps: EndedCall[][]): InstitutionSeen {
  const counted = steps.map((ended, no) => ({
    institutionId: id,
    at: new Date(NOW.getTime() - (steps.length - no) * 60_000),
    ...tallied(ended),
  }))
  return {
    institutionId: id,
    name: `Bank ${id}`,
    industry: 'bank',
    connector: null,
    state: 'active',
    breaker: null,
    readings: { inUse: 2, most: 100 },
    health: { state, since: null, nextTryAt: null, because: null },
    total: merged(counted),
    steps: counted,
  }
}

async function serving(...institutions: InstitutionSeen[]) {
  const look = vi.fn<InstitutionStatistics['look']>(async () => ({ now: NOW, institutions }))
  const { ask } = await startOperator({ institutionStatistics: { look } })
  return { ask, look }
}

test('the worst are told first, and of those alike the busiest', async () => {
  const { ask } = await serving(
    makeHead('A', 'healthy', calls(5)),
    makeHead('B', 'unknown'),
    makeHead('C', 'healthy', calls(9)),
    makeHead('D', 'down', calls(1)),
    makeHead('E', 'slow'),
  )
  const told = answers.institutionsAnswer.parse(await (await ask('/v1/operator/institutions')).json())
  expect(told.institutions.map(({ institutionId }) => institutionId).join('')).toBe('DEBCA')
})

test('shares, failures and percentiles are told with what they rest on', async () => {
  const { ask } = await serving(
    makeHead('A', 'slow', calls(150, null, 90), [
      ...calls(45, null, 300),
      ...calls(5, 'InstitutionUnavailable', 2),
    ]),
  )
  const told = answers.institutionsAnswer.parse(await (await ask('/v1/operator/institutions')).json())
  expect(told.institutions[0]).toMatchObject({
    calls: 200,
    failed: 5,
    shares: { answered: 0.975, institution: 0.025, us: 0, user: 0, nobody: 0 },
    samples: 195,
    p99Ms: null,
    failures: [
      {
        failure: 'InstitutionUnavailable',
        calls: 5,
        blame: expect.stringContaining('institution') as string,
      },
    ],
    steps: [
      { calls: 150, failed: 0 },
      { calls: 50, failed: 5 },
    ],
  })
  expect(told.institutions[0]!.p50Ms).toBeGreaterThan(80)
  expect(told.institutions[0]!.p95Ms).toBeGreaterThan(250)
})

test('what is thin is null', async () => {
  const { ask } = await serving(makeHead('A', 'unknown', calls(19)))
  const told = answers.institutionsAnswer.parse(await (await ask('/v1/operator/institutions')).json())
  expect(told.institutions[0]).toMatchObject({
    calls: 19,
    shares: null,
    p50Ms: null,
    p95Ms: null,
    p99Ms: null,
  })
})

test.each([
  ['', 3_600_000, 180_000],
  ['?since=10m', 600_000, 60_000],
  ['?since=1d', 86_400_000, 3_600_000],
])('the list%s looks at %i ms in steps of %i', async (query, sinceMs, stepMs) => {
  const { ask, look } = await serving()
  const told = answers.institutionsAnswer.parse(await (await ask(`/v1/operator/institutions${query}`)).json())
  expect(look.mock.calls).toEqual([[null, sinceMs, stepMs]])
  expect(told).toMatchObject({ since: new Date(NOW.getTime() - sinceMs).toISOString(), stepMs })
})

test.each([
  ['', 6 * 3_600_000, 60_000],
  ['?since=2d', 2 * 86_400_000, 3_600_000],
  ['?since=3h&by=hour', 3 * 3_600_000, 3_600_000],
])('the history%s of one goes back %i ms in steps of %i', async (query, sinceMs, stepMs) => {
  const { ask, look } = await serving(makeHead('A', 'healthy', calls(30), calls(3, 'RateLimited')))
  const answer = await ask(`/v1/operator/institutions/A/history${query}`)
  const told = answers.institutionHistoryAnswer.parse(await answer.json())
  expect(look.mock.calls).toEqual([['A', sinceMs, stepMs]])
  expect(told.steps.map((step) => [step.calls, step.failures[0]?.failure ?? null])).toEqual([
    [30, null],
    [3, 'RateLimited'],
  ])
})

test('what the fleet holds about an institution is told, and how that changed, by whom and why', async () => {
  const breaker = {
    state: 'open' as const,
    since: NOW,
    cause: 'operator' as const,
    probeFrom: null,
    forced: { to: 'open' as const, until: NOW },
  }
  const look = async () => ({ now: NOW, institutions: [{ ...makeHead('A', 'down', calls(3)), breaker }] })
  const changes = [
    { at: NOW, from: 'closed', to: 'open', cause: 'operator', by: 'kim', why: 'the bank called' },
    { at: NOW, from: 'half_open', to: 'closed', cause: 'probes_answered', by: null, why: null },
  ]
  const { ask } = await startOperator({
    institutionStatistics: { look },
    breakerHistory: async () => changes,
  })
  const answer = await ask('/v1/operator/institutions/A/history')
  const told = answers.institutionHistoryAnswer.parse(await answer.json())
  expect(told.institution.breaker).toMatchObject({ state: 'open', forced: { to: 'open' } })
  expect(told.transitions).toEqual(changes.map((change) => ({ ...change, at: NOW.toISOString() })))
})

test.each([
  ['/v1/operator/institutions?since=2d', 400],
  ['/v1/operator/institutions?by=hour', 400],
  ['/v1/operator/institutions/A/history?since=7h&by=minute', 400],
  ['/v1/operator/institutions/A/history?since=31d', 400],
  ['/v1/operator/institutions/A/history?by=day', 400],
  ['/v1/operator/institutions/NOBODY/history', 404],
  ['/v1/operator/institutions/a%20b/history', 404],
])('%s is refused', async (path, status) => {
  const { ask } = await serving()
  expect((await ask(path)).status).toBe(status)
})

test.each([
  ['institutionsAnswer', answers.institutionsAnswer],
  ['institutionHistoryAnswer', answers.institutionHistoryAnswer],
])('%s has no field without a name', (_, schema) => {
  expect(openPlaces(z.toJSONSchema(schema))).toEqual([])
})
