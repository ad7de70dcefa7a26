import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { batchRun, batchSeen } from '../../api/operator/batch-answers.ts'
import { institutionSaidAnswer } from '../../api/operator/institution-answers.ts'
import { poisonAnswer, replayedAnswer } from '../../api/operator/poison-answers.ts'
import { SET_ASIDE_AFTER } from '../../domain/poison.ts'
import { refreshWorkflowId } from '../../workflows/contract.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { ask, tell } from './support-e2e/asking.ts'
import { createGates } from './support-e2e/gates.ts'
import { type OperatorListener, startOperatorListener } from './support-e2e/operator.ts'
import { closed, engineAddress, type Person, startWorld, until, type World } from './world.ts'

const [ONE, TWO] = ['SBXBANK001', 'SBXBANK002'] as const
const WHY = 'a test of verbs'
// What fails is tried again at once; what waits for an operator's word does not come back by itself within a test.
const limits = { ...testPolicy.limitsFor(false), quickTries: 1, waitsMs: [100] }

const gates = createGates()
let world: World
let operator: OperatorListener
let stopping: AbortController
let caring: Promise<void>

beforeAll(async () => {
  const moa = await createTestMoa({ policy: { ...testPolicy, limitsFor: () => limits } })
  world = await startWorld({ moa, sandbox: { institutions: 2 }, failpoint: gates.failpoint })
  operator = await startOperatorListener(moa, engineAddress())
  stopping = new AbortController()
  caring = world.caretaker.run(stopping.signal)
})
afterAll(async () => {
  stopping.abort()
  await caring
  await operator.kill()
  await world.close()
})

const said = async (institutionId: string, verb: string, more: object = {}) =>
  institutionSaidAnswer.parse(
    await (await operator.ask(`/institutions/${institutionId}/${verb}`, { why: WHY, ...more })).json(),
  )

/** Parked, with what its row at this bank waits for. */
const waitsFor = ({ userId, refreshNo }: Person, institutionId: string, failure: string) =>
  until(`refresh ${refreshNo} to wait for ${failure}`, async () => {
    const rows = await world.moa.test.owner`
      SELECT FROM refreshes r JOIN plans p USING (user_id, refresh_no)
      WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND r.state = 'parked'
        AND p.institution_id = ${institutionId} AND p.failure = ${failure}`
    return rows.length > 0
  })

const triesOf = async ({ userId }: Person, institutionId: string): Promise<number> => {
  const [row] = await world.moa.test.owner<{ count: number }[]>`
    SELECT count(*)::int AS count FROM attempts WHERE user_id = ${userId} AND institution_id = ${institutionId}`
  return row!.count
}

describe('an institution that operators hold back', () => {
  afterEach(async () => {
    await said(TWO, 'resume')
    await said(TWO, 'windows', { hours: null, maintenance: [] })
  })

  test.each([
    ['paused', 'InstitutionPaused', 'pause', { until: inHours(1) }, 'resume', {}],
    [
      'in a maintenance that was announced',
      'InstitutionInMaintenance',
      'windows',
      { hours: null, maintenance: [{ from: inHours(-1), to: inHours(1), text: 'core banking' }] },
      'windows',
      { hours: null, maintenance: [] },
    ],
  ])(
    'when it is %s is not called, waits parked and costs no try; what is taken back wakes whoever waits',
    async (_, failure, verb, order, back, backOrder) => {
      await said(TWO, verb, order)
      const person = await world.enrol(`held-${failure}`, [ONE, TWO])
      await tell(world, person, 'consent.granted')
      await waitsFor(person, TWO, failure)
      expect({ read: await triesOf(person, ONE), held: await triesOf(person, TWO) }).toEqual({
        read: 1,
        held: 0,
      })
      expect((await said(TWO, back, backOrder)).waiting).toBe(1)
      expect((await closed(world, person.userId, person.refreshNo)).state).toBe('succeeded')
      expect(await triesOf(person, TWO)).toBe(1)
    },
  )
})

describe('a reading that always fails for one person', () => {
  test('is set aside at its budget, harms nobody else, and is replayed with one order', async () => {
    let isMended = false
    const person = await world.enrol('poisoned', [ONE])
    for (const refreshNo of [person.refreshNo, person.refreshNo + 1]) {
      gates.always(refreshWorkflowId({ ...person, refreshNo }), 'reading.answered', async () => {
        if (!isMended) throw new TypeError('a bug of ours')
      })
    }
    const other = await world.enrol('beside', [ONE, TWO])
    await Promise.all([tell(world, person, 'consent.granted'), tell(world, other, 'consent.granted')])
    await until('the first that is counted', () => counted(person, 1))
    // As if it had failed so in earlier refreshes: the next round is one too many.
    await world.moa.test.owner`
      UPDATE poison_readings SET failed = ${SET_ASIDE_AFTER - 1} WHERE user_id = ${person.userId}`
    // Its only institution keeps nobody waiting any more, not even itself.
    expect((await closed(world, person.userId, person.refreshNo)).state).toBe('succeeded')
    expect(await counted(person, SET_ASIDE_AFTER)).toBe(true)
    expect((await closed(world, other.userId, other.refreshNo)).state).toBe('succeeded')
    const tries = await triesOf(person, ONE)
    expect(await ask(world, person, 'assets.refresh_requested')).toMatchObject({ because: 'set_aside' })

    const { poison } = poisonAnswer.parse(await (await operator.ask(`/poison?institution=${ONE}`)).json())
    const { userKey, refreshNo } = person
    expect(poison).toMatchObject([
      { userKey, failed: SET_ASIDE_AFTER, step: 'reading', lastRefreshNo: refreshNo },
    ])
    expect(await triesOf(person, ONE)).toBe(tries)
    isMended = true
    const replayed = await operator.ask(`/poison/${userKey}/${ONE}/replay`, { why: WHY })
    expect(replayedAnswer.parse(await replayed.json())).toEqual({ replayed: 1, left: 0 })
    const refresh = await until('its replay', async () => {
      const found = await world.moa.api.progress.of(person.userId, refreshNo + 1)
      return found?.closedAt ? found : null
    })
    expect(refresh.state).toBe('succeeded')
    expect(await world.moa.operatorPoison.list(ONE, 10)).toEqual([])
  })
})

const counted = async ({ userId }: Person, failed: number): Promise<boolean> => {
  const rows = await world.moa.test.owner`
    SELECT FROM poison_readings WHERE user_id = ${userId} AND failed = ${failed}`
  return rows.length > 0
}

describe('a listener that is killed in the middle of a batch', () => {
  test('has done what stands in the rows, leaves nothing running, and the next one goes on', async () => {
    await said(TWO, 'pause')
    const people: Person[] = []
    for (let k = 0; k < 4; k += 1) people.push(await world.enrol(`batch-${k}`, [TWO]))
    await Promise.all(people.map((person) => tell(world, person, 'consent.granted')))
    await Promise.all(people.map((person) => waitsFor(person, TWO, 'InstitutionPaused')))
    const seen = batchSeen.parse(
      await (await operator.ask('/batches', { verb: 'cancel', filter: { waitingFor: TWO } })).json(),
    )
    expect(seen.batch.refreshes).toBe(4)
    const path = `/batches/${seen.batch.batchNo}/run`
    const order = { why: WHY, refreshes: 4 }

    // Somebody holds the third person: the slice gets as far as there, and there its process dies.
    const third = people[2]!.userId
    await world.moa.test.owner.begin(async (tx) => {
      await tx`SELECT FROM users WHERE user_id = ${third} FOR UPDATE`
      const dying = operator.ask(path, order).catch(() => null)
      await until('two of them', async () => {
        const [batch] = await world.moa.batches.list()
        return batch!.done === 2
      })
      await operator.kill()
      await dying
    })
    operator = await startOperatorListener(world.moa, engineAddress())
    const { batch } = batchRun.parse(await (await operator.ask(path, order)).json())
    expect(batch).toMatchObject({ done: 4, already: 0, refused: 0, left: 0 })
    for (const { userId, refreshNo } of people) {
      expect((await closed(world, userId, refreshNo)).state).toBe('cancelled')
    }
    const audit = await world.moa.test.owner<{ outcome: string }[]>`
      SELECT details ->> 'outcome' AS outcome FROM audit WHERE action = 'refresh.cancel'
        AND user_key = ANY (${people.map(({ userKey }) => userKey)})`
    expect(audit.map(({ outcome }) => outcome)).toEqual(['done', 'done', 'done', 'done'])
  })
})

function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString()
}
