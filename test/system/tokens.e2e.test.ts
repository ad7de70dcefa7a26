import { describe, expect, test } from 'vitest'

import type { Rotation } from '../../sandbox/token-rules.ts'
import { press, tell } from './support-e2e/asking.ts'
import { grantCode } from './support-e2e/grant-code.ts'
import { type ProcessWorld, startProcessWorld } from './support-e2e/processes.ts'
import { closed, type Person, startWorld, until } from './world.ts'

const BANK = 'SBXBANK001'

/** What a bank's tokens look like from both sides. */
async function tokensOf(world: Pick<ProcessWorld, 'moa' | 'sandbox'>, { userId, person }: Person) {
  const [row] = await world.moa.test.owner<{ state: string; because: string | null; version: number }[]>`
    SELECT ui.consent_state AS state, ui.needs_user_because AS because, c.version
    FROM user_institutions ui JOIN credentials c USING (user_id, institution_id)
    WHERE ui.user_id = ${userId} AND ui.institution_id = ${BANK}`
  const calls = world.sandbox.control.calls({ person, institutionId: BANK, api: 'oauth-token' })
  return { ...row!, calls: calls.map(({ status }) => status) }
}

const readingsOf = async (world: Pick<ProcessWorld, 'moa'>, { userId }: Person, refreshNo: number) => {
  const { state, readings } = await closed(world, userId, refreshNo, 90_000)
  return [state, ...readings.map((reading) => reading.failure ?? reading.state)]
}

const WORKS = { state: 'active', because: null }
const NEEDS_USER = { state: 'needs_user', because: 'CredentialsRejected' }
const WHOLE = ['succeeded', 'collected', 'collected']
const WITHOUT_IT = ['succeeded', 'CredentialsRejected', 'collected']

type Kill = {
  rotation: Rotation
  at: 'claimed' | 'answered' | 'stored'
  calls: number[]
  ends: typeof WORKS | typeof NEEDS_USER
}

/** One row, one kill. Where a bank rotates strictly, an answer that died with its worker cannot be had again. */
const KILLS: Kill[] = [
  { rotation: 'none', at: 'claimed', calls: [200], ends: WORKS },
  { rotation: 'none', at: 'answered', calls: [200, 200], ends: WORKS },
  { rotation: 'none', at: 'stored', calls: [200], ends: WORKS },
  { rotation: 'strict', at: 'claimed', calls: [200], ends: WORKS },
  { rotation: 'strict', at: 'answered', calls: [200, 400], ends: NEEDS_USER },
  { rotation: 'strict', at: 'stored', calls: [200], ends: WORKS },
  { rotation: 'grace', at: 'claimed', calls: [200], ends: WORKS },
  { rotation: 'grace', at: 'answered', calls: [200, 200], ends: WORKS },
  { rotation: 'grace', at: 'stored', calls: [200], ends: WORKS },
]

describe.concurrent('a worker that is killed in the middle of a refresh of tokens', () => {
  test.each(KILLS)(
    '($rotation, token.$at) leaves tokens that work, or one word that the user must act',
    async ({ rotation, at, calls, ends }) => {
      const world = await startProcessWorld()
      world.sandbox.control.tokenRules({ institutionId: BANK, rotation })
      const person = await world.enrol(`killed-${rotation}-${at}`)
      world.sandbox.control.expireAccess({ person: person.person, institutionId: BANK })
      const doomed = await world.startWorker({ FAILPOINTS: `token.${at}=kill@1` })
      await tell(world, person, 'consent.granted')
      expect((await doomed.gone)?.message).toContain('was ended by SIGKILL')

      await world.startWorker()
      const outcome = ends === WORKS ? WHOLE : WITHOUT_IT
      expect(await readingsOf(world, person, person.refreshNo)).toEqual(outcome)
      expect(await tokensOf(world, person)).toMatchObject({ ...ends, calls })

      // And so it stays: what works is not renewed again, what was refused is not asked again.
      const again = await readingsOf(world, person, await press(world, person))
      expect(again).toEqual(ends === WORKS ? WHOLE : ['succeeded', 'collected'])
      expect(await tokensOf(world, person)).toMatchObject({ ...ends, calls })
      expect(world.sandbox.control.violations().counts).toEqual({})
      await world.close()
    },
  )

  test('(a code, token.answered) leaves one word that the user must act: the code is used up', async () => {
    const world = await startProcessWorld()
    const person = await world.enrol('killed-code')
    await grantCode(world, person, BANK)
    const doomed = await world.startWorker({ FAILPOINTS: 'token.answered=kill@1' })
    await tell(world, person, 'consent.granted')
    expect((await doomed.gone)?.message).toContain('was ended by SIGKILL')

    await world.startWorker()
    expect(await readingsOf(world, person, person.refreshNo)).toEqual(WITHOUT_IT)
    expect(await tokensOf(world, person)).toMatchObject({ ...NEEDS_USER, calls: [200, 400] })
    expect(world.sandbox.control.violations().counts).toEqual({})
    await world.close()
  })
})

describe.concurrent('a reading', () => {
  test('exchanges the code that its consent brought, and brings what the bank holds', async () => {
    const world = await startWorld({ sandbox: { institutions: 2 } })
    const person = await world.enrol('exchanged')
    await grantCode(world, person, BANK)
    await tell(world, person, 'consent.granted')
    expect(await readingsOf(world, person, person.refreshNo)).toEqual(WHOLE)
    expect(await tokensOf(world, person)).toMatchObject({ ...WORKS, version: 2, calls: [200] })
    await world.close()
  })

  test('asks for no token once its consent is over, whoever has not ended it yet', async () => {
    const world = await startWorld({ sandbox: { institutions: 2 } })
    const person = await world.enrol('over')
    world.sandbox.control.expireAccess({ person: person.person, institutionId: BANK })
    await world.moa.test.owner`
      UPDATE consents SET ends_at = now() WHERE user_id = ${person.userId} AND institution_id = ${BANK}`
    await world.moa.test.owner`
      UPDATE credentials SET access_expires_at = now() WHERE user_id = ${person.userId} AND institution_id = ${BANK}`
    await tell(world, person, 'consent.granted')
    expect(await readingsOf(world, person, person.refreshNo)).toEqual(['succeeded', 'withdrawn', 'collected'])
    expect(world.sandbox.control.calls({ institutionId: BANK })).toEqual([])
    await world.close()
  })

  test('goes on with the same page when its token ends between two, and asks for one other token', async () => {
    const world = await startWorld({ sandbox: { institutions: 2 } })
    const person = await world.enrol('between-pages')
    world.sandbox.control.behaviour({ institutionId: '*', latencyMs: 600 })
    await tell(world, person, 'consent.granted')
    const { control } = world.sandbox
    const dataCalls = () => control.calls({ person: person.person, institutionId: BANK })
    await until('some pages', async () => dataCalls().length > 3)
    control.expireAccess({ person: person.person, institutionId: BANK })
    expect(await readingsOf(world, person, person.refreshNo)).toEqual(WHOLE)
    expect(await tokensOf(world, person)).toMatchObject({ ...WORKS, calls: [200] })
    expect(control.violations().counts).toEqual({})
    await world.close()
  })
})
