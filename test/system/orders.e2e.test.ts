import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'

import type { Order, Verb } from '../../domain/orders.ts'
import { cliForTests } from '../../standalone/temporary.ts'
import { refreshWorkflowId } from '../../workflows/contract.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { press, tell } from './support-e2e/asking.ts'
import { type Engine, openEngine } from './support-e2e/engine.ts'
import { createGates } from './support-e2e/gates.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

const [WELL, DOWN] = ['SBXBANK001', 'SBXBANK002'] as const
const HOUR_MS = 3_600_000
const run = promisify(execFile)

let world: World
let engine: Engine
let cli: string
const gates = createGates()

beforeAll(async () => {
  const limits = { ...testPolicy.limitsFor(false), quickTries: 1, waitsMs: [HOUR_MS] }
  const moa = await createTestMoa({ policy: { ...testPolicy, limitsFor: () => limits } })
  world = await startWorld({ moa, sandbox: { institutions: 2 }, failpoint: gates.failpoint })
  engine = await openEngine()
  cli = (await cliForTests()).path
})
afterAll(async () => {
  await engine.close()
  await world.close()
})
afterEach(() => world.sandbox.control.resetBehaviour())

const progress = (person: Person) => world.moa.api.progress.of(person.userId, person.refreshNo)
const latest = (person: Person) => world.moa.api.published.snapshot(person.userId, 'latest')
const partOf = async (person: Person, institutionId: string) =>
  (await latest(person))?.coverage.find((part) => part.institutionId === institutionId)

/** Where a refresh may be when an operator's hand comes, and the place at which its run is held meanwhile. */
const HELD_AT = {
  collecting: 'reading.answered',
  cutting: 'snapshot.cut',
  publishing: 'snapshot.publishing',
} as const
type Phase = 'requested' | keyof typeof HELD_AT | 'parked' | 'closed'

/** A refresh of two banks, one of them down, brought to a phase; then what an operator does, while it is there. */
async function at(phase: Phase, name: string, act: (person: Person) => Promise<void>): Promise<Person> {
  if (phase !== 'closed') world.sandbox.control.behaviour({ institutionId: DOWN, status: { http: 500 } })
  const person = await world.enrol(name)
  if (phase === 'requested') {
    await act(person)
    world.sandbox.control.resetBehaviour()
    await tell(world, person, 'consent.granted')
    return person
  }
  if (phase === 'parked' || phase === 'closed') {
    await tell(world, person, 'consent.granted')
    await until(`the refresh to be ${phase}`, async () => {
      const refresh = await progress(person)
      return refresh?.state === 'parked' || refresh?.closedAt
    })
    world.sandbox.control.resetBehaviour()
    await act(person)
    await world.runs.hint(person)
    return person
  }
  const acted = gates.once(refreshWorkflowId(person), HELD_AT[phase], async () => {
    // While the other one is read, it has already been told that it is down.
    await until('the bank that is down to be asked', async () => {
      const calls = world.sandbox.control.calls({ person: name, institutionId: DOWN })
      return calls.some(({ endedAt }) => endedAt !== null)
    })
    await act(person)
    world.sandbox.control.resetBehaviour()
  })
  await tell(world, person, 'consent.granted')
  await acted
  await world.runs.hint(person)
  return person
}

const order = (verb: Verb): Order => ({
  verb,
  institutionIds: verb === 'cancel' ? null : [DOWN],
  by: 'kim@ops',
  why: 'the bank called',
  via: 'operator',
})

type Entry = { actor: string; action: string; reason: string; details: Record<string, unknown> }
const auditOf = ({ userKey }: Person) => world.moa.test.owner<Entry[]>`
  SELECT actor, action, reason, details FROM audit WHERE user_key = ${userKey} ORDER BY audit_no`

/** What each verb must have led to, from every phase in which it is obeyed. */
async function expectEffect(verb: Verb, person: Person): Promise<void> {
  const refresh = await closed(world, person.userId, person.refreshNo)
  if (verb === 'cancel') {
    expect(refresh.state).toBe('cancelled')
    expect((await engine.ending(refreshWorkflowId(person))).status).not.toBe('COMPLETED')
    return
  }
  expect(refresh.state).toBe('succeeded')
  expect(await partOf(person, WELL)).toMatchObject({ state: 'fresh', isRequired: true })
  expect(await partOf(person, DOWN)).toMatchObject(
    verb === 'resume'
      ? { state: 'fresh', isRequired: true }
      : { state: 'absent', reason: 'excused', isRequired: false },
  )
}

describe('an order of an operator', () => {
  const OBEYED: readonly (readonly [Phase, Verb, string, string])[] = [
    ['requested', 'cancel', 'done', 'already'],
    ['requested', 'resume', 'already', 'already'],
    ['requested', 'excuse', 'done', 'already'],
    ['collecting', 'cancel', 'done', 'already'],
    ['collecting', 'excuse', 'done', 'already'],
    ['cutting', 'cancel', 'done', 'already'],
    ['cutting', 'resume', 'done', 'already'],
    ['cutting', 'excuse', 'done', 'already'],
    ['publishing', 'cancel', 'done', 'already'],
    ['publishing', 'resume', 'done', 'already'],
    ['publishing', 'excuse', 'done', 'already'],
    ['parked', 'cancel', 'done', 'already'],
    ['parked', 'resume', 'done', 'already'],
    ['parked', 'excuse', 'done', 'already'],
  ]

  test.each(OBEYED)(
    'while a refresh is %s: %s is obeyed, is once however often, and is on the record',
    async (phase, verb, first, second) => {
      const person = await at(phase, `${phase}-${verb}`, async ({ userId, refreshNo }) => {
        expect((await world.moa.orders.give(userId, refreshNo, order(verb))).outcome).toBe(first)
        expect((await world.moa.orders.give(userId, refreshNo, order(verb))).outcome).toBe(second)
      })
      if (verb === 'cancel') await world.runs.cancel(person).catch(() => {})
      await expectEffect(verb, person)
      const entries = await auditOf(person)
      expect(
        entries.map(({ actor, action, reason, details }) => [actor, action, reason, details['outcome']]),
      ).toEqual([
        ['kim@ops', `refresh.${verb}`, 'the bank called', first],
        ['kim@ops', `refresh.${verb}`, 'the bank called', second],
      ])
      for (const { details } of entries) {
        expect(details).toMatchObject({
          before: { state: expect.any(String) },
          after: { state: expect.any(String) },
        })
      }
      expect(world.sandbox.control.violations().violations).toEqual([])
    },
  )

  test.each(['cancel', 'resume', 'excuse'] as const)(
    'on a refresh that is closed: %s is refused, by name and on the record',
    async (verb) => {
      const person = await at('closed', `closed-${verb}`, async ({ userId, refreshNo }) => {
        expect(await world.moa.orders.give(userId, refreshNo, order(verb))).toMatchObject({
          outcome: 'refused',
          because: 'refresh_closed',
          state: 'succeeded',
        })
      })
      expect((await progress(person))!.state).toBe('succeeded')
      expect(await auditOf(person)).toMatchObject([
        { details: { outcome: 'refused', because: 'refresh_closed' } },
      ])
    },
  )

  test('about a refresh that is nobody’s is refused', async () => {
    const person = await world.enrol('nobody')
    expect(await world.moa.orders.give(person.userId, 99, order('cancel'))).toMatchObject({
      outcome: 'refused',
      because: 'no_such_refresh',
      state: null,
    })
    await world.moa.orders.give(person.userId, person.refreshNo, order('cancel'))
  })
})

describe('the same hand from the command line of the engine', () => {
  const temporal = (...given: string[]) =>
    run(cli, ['workflow', ...given, '--address', inject('temporalAddress'), '--namespace', 'default'])
  const signal = (verb: 'resume' | 'excuse', person: Person, input: unknown) =>
    temporal(
      'signal',
      '--workflow-id',
      refreshWorkflowId(person),
      '--name',
      verb,
      '--input',
      JSON.stringify(input),
    )
  const asKim = { institutions: [DOWN], by: 'kim@cli', why: 'the bank called' }
  const cancel = (person: Person) => temporal('cancel', '--workflow-id', refreshWorkflowId(person))

  test.each([
    ['cutting', 'resume'],
    ['cutting', 'excuse'],
    ['publishing', 'resume'],
    ['publishing', 'excuse'],
    ['parked', 'resume'],
    ['parked', 'excuse'],
    ['collecting', 'excuse'],
  ] as const)('while a refresh is %s: %s does the same', async (phase, verb) => {
    const person = await at(phase, `cli-${phase}-${verb}`, async (held) => {
      await signal(verb, held, asKim)
    })
    await expectEffect(verb, person)
    expect((await auditOf(person))[0]).toMatchObject({
      actor: 'kim@cli',
      action: `refresh.${verb}`,
      reason: 'the bank called',
      details: { via: 'engine', outcome: 'done' },
    })
  })

  test.each(['collecting', 'cutting', 'publishing', 'parked'] as const)(
    'while a refresh is %s: cancel does the same, and the record says who',
    async (phase) => {
      const person = await at(phase, `cli-${phase}-cancel`, async (held) => {
        await cancel(held)
      })
      await expectEffect('cancel', person)
      expect((await engine.ending(refreshWorkflowId(person))).status).toBe('CANCELLED')
      expect(await auditOf(person)).toMatchObject([
        {
          actor: expect.stringContaining('temporal-cli'),
          action: 'refresh.cancel',
          reason: null, // the command line takes one with --query only
          details: { via: 'engine', after: { state: 'cancelled' } },
        },
      ])
    },
  )

  test('resumes everything that failed where no institution is named, and says so of who did not sign', async () => {
    const person = await at('parked', 'cli-unsigned', async (held) => {
      await temporal('signal', '--workflow-id', refreshWorkflowId(held), '--name', 'resume')
    })
    await expectEffect('resume', person)
    expect(await auditOf(person)).toMatchObject([
      {
        actor: 'somebody with access to the engine',
        reason: 'no reason was given',
        details: { outcome: 'done' },
      },
    ])
  })

  test('is refused where it makes no sense, and the run goes on as it was', async () => {
    const person = await at('parked', 'cli-nonsense', async (held) => {
      await signal('excuse', held, 'everything')
      await signal('resume', held, { institutions: ['NOBODY'], by: 'kim@cli', why: 'a typo' })
    })
    await until('both on the record', async () => (await auditOf(person)).length === 2)
    expect((await auditOf(person)).map(({ details }) => [details['outcome'], details['because']])).toEqual([
      ['refused', 'no_institution_named'],
      ['refused', 'not_in_plan'],
    ])
    await until('parked again', async () => (await progress(person))!.state === 'parked')
    await press(world, person)
    await expectEffect('resume', person)
  })

  test('finds nothing to do on a refresh that is over', async () => {
    const person = await at('closed', 'cli-closed', async () => {})
    await engine.ending(refreshWorkflowId(person))
    await expect(signal('resume', person, asKim)).rejects.toThrow(/already completed/)
    await cancel(person) // the engine takes it without a word, and does nothing
    expect([(await progress(person))!.state, await auditOf(person)]).toEqual(['succeeded', []])
  })

  test('shows a run that somebody terminated as lost, with who and why', async () => {
    const person = await at('parked', 'cli-terminated', async (held) => {
      await temporal('terminate', '--workflow-id', refreshWorkflowId(held), '--reason', 'a bad night')
    })
    await world.moa.test
      .owner`UPDATE refreshes SET begun_at = now() - interval '1 minute' WHERE user_id = ${person.userId}`
    await world.caretaker.round()
    const refresh = await closed(world, person.userId, person.refreshNo)
    expect([refresh.state, refresh.closedBecause]).toEqual(['lost', 'its run was terminated'])
    expect(await auditOf(person)).toMatchObject([
      { actor: expect.stringContaining('temporal-cli'), action: 'refresh.terminate', reason: 'a bad night' },
    ])
  })
})
