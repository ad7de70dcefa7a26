import { afterAll, beforeAll, expect, test } from 'vitest'

import { createBreakerOrders } from '../../db/breaker-orders.ts'
import { createCallStatistics } from '../../db/call-statistics.ts'
import { createInstitutionHealth } from '../../db/institution-health.ts'
import { createInstitutionList } from '../../db/institution-list.ts'
import { createInstitutionStatistics } from '../../db/institution-statistics.ts'
import { createTestMoa, makeGrant, makeInstitution, type TestMoa } from './moa.ts'

let moa: TestMoa
beforeAll(async () => {
  moa = await createTestMoa()
  await moa.api.institutions.register(['A', 'B', 'C', 'GONE', 'REST'].map(makeInstitution))
  await moa.test.owner`UPDATE institutions SET state = 'removed' WHERE institution_id = 'GONE'`
  await moa.test.owner`UPDATE institutions SET state = 'paused' WHERE institution_id = 'REST'`
})
afterAll(() => moa.close())

test('each person finds all institutions, their own first, and nothing of whom another has agreed with', async () => {
  const [mine, theirs] = [await moa.api.users.enrol('x', 'me'), await moa.api.users.enrol('x', 'they')]
  await moa.api.consents.grant(mine.userId, makeGrant('C'))
  await moa.api.consents.grant(theirs.userId, makeGrant('A'))
  await moa.api.consents.grant(theirs.userId, makeGrant('B'))
  await moa.api.consents.fenceRevoked(theirs.userId, 'B', false)
  const { list } = createInstitutionList(moa.databases.api)
  const seenBy = async (userId: number) =>
    (await list(userId)).map(({ institutionId, consent }) => `${institutionId} ${consent ?? '–'}`)
  for (const policies of ['ENABLE', 'DISABLE']) {
    await moa.test.owner.unsafe(`ALTER TABLE user_institutions ${policies} ROW LEVEL SECURITY`)
    expect(await seenBy(mine.userId)).toEqual(['C active', 'A –', 'B –', 'REST –'])
    expect(await seenBy(theirs.userId)).toEqual(['A active', 'B ended', 'C –', 'REST –'])
  }
  await moa.test.owner`ALTER TABLE user_institutions ENABLE ROW LEVEL SECURITY`
})

test('what workers counted is what the API and operators judge by', async () => {
  const { note } = createCallStatistics(moa.databases.worker)
  const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)
  await note('A', times(25, { failure: null, ms: 90 }))
  await note('B', times(25, { failure: 'InstitutionUnavailable', ms: 3 }))
  for (const role of ['api', 'operator'] as const) {
    const health = await createInstitutionHealth(moa.databases[role]).look()
    expect(['A', 'B', 'C', 'REST'].map((id) => health.get(id)?.state)).toEqual([
      'healthy',
      'down',
      'unknown',
      'paused',
    ])
    expect(health.get('B')!.because).toBe('InstitutionUnavailable')
    expect(Date.now() - health.get('B')!.since!.getTime()).toBeLessThan(30 * 60_000)
  }
})

test('a pause holds until its time, and a window as long as it is closed', async () => {
  const look = async () => (await createInstitutionHealth(moa.databases.api).look()).get('REST')!
  const pausedUntil = async (minutes: number) => {
    await moa.test.owner`UPDATE institutions SET paused_until = now() + make_interval(mins => ${minutes})
      WHERE institution_id = 'REST'`
    return (await look()).state
  }
  expect([await pausedUntil(5), await pausedUntil(-5)]).toEqual(['paused', 'unknown'])
  await moa.test
    .owner`UPDATE institutions SET state = 'active', paused_until = NULL, windows = ${moa.test.owner.json({
    hours: null,
    maintenance: [
      { from: '2020-01-01T00:00:00.000Z', to: '2099-01-01T00:00:00.000Z', text: 'closed for good' },
    ],
  })} WHERE institution_id = 'REST'`
  expect(await look()).toMatchObject({ state: 'paused', nextTryAt: new Date('2099-01-01T00:00:00.000Z') })
})

test('what the fleet agreed on stands above what was counted, and is told until it is over', async () => {
  const orders = createBreakerOrders(moa.databases.operator)
  const by = { by: 'kim', why: 'the bank called', place: null }
  const until = new Date(Date.now() + 3_600_000)
  const look = async () => (await createInstitutionHealth(moa.databases.api).look()).get('C')!
  await orders.force('C', { to: 'open', until }, by)
  expect(await look()).toMatchObject({ state: 'down', nextTryAt: until })
  expect((await look()).since).toBeInstanceOf(Date)
  const seen = await createInstitutionStatistics(moa.databases.operator).look('C', 3_600_000, 60_000)
  expect(seen.institutions).toHaveLength(1)
  expect(seen.institutions[0]).toMatchObject({
    health: { state: 'down' },
    breaker: { state: 'open', cause: 'operator', forced: { to: 'open', until } },
    total: { calls: 0 },
  })
  await orders.force('C', { to: 'closed', until }, by)
  expect((await look()).state).toBe('unknown')
  await orders.force('C', { to: 'none' }, by)
})
