import { afterAll, beforeAll, expect, test } from 'vitest'

import { createInstitutionStatistics } from '../../db/institution-statistics.ts'
import { samplesOf } from '../../domain/call-statistics.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { tell } from './support-e2e/asking.ts'
import { startWorld, until, type World } from './world.ts'

const [WELL, ILL] = ['SBXBANK001', 'SBXBANK002'] as const
const HOUR_MS = 3_600_000

let world: World

beforeAll(async () => {
  const limits = { ...testPolicy.limitsFor(false), quickTries: 1, waitsMs: [HOUR_MS] }
  const moa = await createTestMoa({ policy: { ...testPolicy, limitsFor: () => limits } })
  world = await startWorld({ moa, sandbox: { institutions: 2 } })
})
afterAll(() => world.close())

test('every call of a reading is counted with how it ended, as the institution saw it, whether or not it brought anything', async () => {
  const { sandbox, moa } = world
  // From the first call on: those of its assets, side by side, would stop each other, and count nowhere.
  sandbox.control.behaviour({ institutionId: ILL, status: { http: 503, rspCode: '50001' } })
  const statistics = createInstitutionStatistics(moa.databases.operator)
  const known = async (institutionId: string) =>
    (await statistics.look(institutionId, HOUR_MS, 60_000)).institutions[0]!.total
  const person = await world.enrol('minji', [WELL, ILL])
  await tell(world, person, 'consent.granted')
  await until(
    'both readings to be counted',
    async () => (await known(WELL)).calls > 0 && (await known(ILL)).calls > 0,
  )

  const [well, ill] = [await known(WELL), await known(ILL)]
  const seen = (institutionId: string) => sandbox.control.calls({ institutionId })
  const failed = seen(ILL).filter(({ status }) => status === 503).length
  expect(failed).toBeGreaterThan(0)
  expect(well).toMatchObject({ calls: seen(WELL).length, failures: {} })
  expect(ill).toMatchObject({ calls: seen(ILL).length, failures: { InstitutionUnavailable: failed } })
  expect([samplesOf(well), samplesOf(ill)]).toEqual([seen(WELL).length, seen(ILL).length - failed])
})
