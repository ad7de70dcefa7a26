import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { storyAnswer } from '../../api/operator/answers.ts'
import type { Verb } from '../../domain/orders.ts'
import { cliForTests } from '../../standalone/temporary.ts'
import { refreshWorkflowId } from '../../workflows/contract.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { tell } from './support-e2e/asking.ts'
import { type Engine, openEngine } from './support-e2e/engine.ts'
import { createDoor, createGates } from './support-e2e/gates.ts'
import { type OperatorListener, startOperatorListener } from './support-e2e/operator.ts'
import { closed, engineAddress, type Person, startWorld, until, type World } from './world.ts'

const [ONE, TWO] = ['SBXBANK001', 'SBXBANK002'] as const
// A bank that fails is tried again in an hour: within a test only an order mends it.
const limits = { ...testPolicy.limitsFor(false), quickTries: 1, waitsMs: [3_600_000] }

const gates = createGates()
let world: World
let engine: Engine
let operator: OperatorListener
let stopping: AbortController
let caring: Promise<void>

beforeAll(async () => {
  const moa = await createTestMoa({ policy: { ...testPolicy, limitsFor: () => limits } })
  world = await startWorld({ moa, sandbox: { institutions: 2 }, failpoint: gates.failpoint })
  engine = await openEngine()
  operator = await startOperatorListener(moa, engineAddress())
  stopping = new AbortController()
  caring = world.caretaker.run(stopping.signal)
})
afterAll(async () => {
  stopping.abort()
  await caring
  await operator.kill()
  await Promise.all([engine.close(), world.close()])
})
afterEach(() => world.sandbox.control.resetBehaviour())

/** A refresh in a phase of its life, held there until it is let go. */
type Held = { person: Person; letGo: () => void }

let people = 0
const enrol = () => world.enrol(`somebody-${(people += 1)}`, [ONE, TWO])

/** At a step of the story: one bank is read, the other is down. */
async function heldAt(step: string): Promise<Held> {
  world.sandbox.control.behaviour({ institutionId: TWO, status: { http: 500 } })
  const person = await enrol()
  const [reached, door] = [createDoor(), createDoor()]
  void gates.once(refreshWorkflowId(person), step, async () => {
    reached.open()
    await door.opened
  })
  await tell(world, person, 'consent.granted')
  await reached.opened
  world.sandbox.control.resetBehaviour()
  return { person, letGo: door.open }
}

async function collecting(): Promise<Held> {
  const person = await enrol()
  const door = createDoor()
  gates.always(refreshWorkflowId(person), 'reading.begun', () => door.opened)
  await tell(world, person, 'consent.granted')
  await until('both to be read', async () => {
    const { plan } = await rows(person)
    return plan.every(({ state }) => state === 'collecting')
  })
  return { person, letGo: door.open }
}

async function parked(): Promise<Held> {
  const { person, letGo } = await heldAt('snapshot.cut')
  letGo()
  await until('it to be parked', async () => (await rows(person)).state === 'parked')
  return { person, letGo: () => {} }
}

async function rows({ userId, refreshNo }: Person) {
  const refresh = await world.moa.api.progress.of(userId, refreshNo)
  return { state: refresh!.state, plan: refresh!.readings }
}

type Kept = { actor: string; action: string; reason: string; details: Record<string, unknown> }

/** What the audit keeps of a person's refresh, in order. */
const auditOf = ({ userKey }: Person) => world.moa.test.owner<Kept[]>`
  SELECT actor, action, reason, details FROM audit WHERE user_key = ${userKey} ORDER BY audit_no`

/** How an order ends: the answer to it, the answer to it again, and how the refresh ends when it is let go. */
type Expected = { verb: Verb; at?: readonly string[]; first: string; again: string; end: string }

const said = ({ status, body }: Awaited<ReturnType<OperatorListener['order']>>): string =>
  status === 200 ? (body.changed ? 'done' : 'already') : `${status} ${body.because}`

/** Wherever one bank has been read and the other is down, whatever the run does meanwhile. */
const WHILE_ONE_IS_DOWN: Expected[] = [
  { verb: 'cancel', first: 'done', again: 'already', end: 'cancelled' },
  { verb: 'resume', first: 'done', again: 'already', end: 'succeeded' },
  { verb: 'resume', at: [TWO], first: 'done', again: 'already', end: 'succeeded' },
  { verb: 'excuse', at: [TWO], first: 'done', again: 'already', end: 'succeeded' },
]

const PHASES: Record<string, { hold: () => Promise<Held>; expected: Expected[] }> = {
  'requested, without a run': {
    hold: async () => ({ person: await enrol(), letGo: () => {} }),
    expected: [
      { verb: 'cancel', first: 'done', again: 'already', end: 'cancelled' },
      { verb: 'resume', first: 'already', again: 'already', end: 'succeeded' },
      { verb: 'excuse', at: [TWO], first: 'done', again: 'already', end: 'succeeded' },
    ],
  },
  'running, while it collects': {
    hold: collecting,
    expected: [
      { verb: 'cancel', first: 'done', again: 'already', end: 'cancelled' },
      { verb: 'resume', at: [ONE], first: 'already', again: 'already', end: 'succeeded' },
      { verb: 'excuse', at: [TWO], first: 'done', again: 'already', end: 'succeeded' },
    ],
  },
  'running, while it cuts': { hold: () => heldAt('snapshot.cut'), expected: WHILE_ONE_IS_DOWN },
  'running, while it publishes': { hold: () => heldAt('snapshot.publishing'), expected: WHILE_ONE_IS_DOWN },
  parked: {
    hold: parked,
    expected: [
      ...WHILE_ONE_IS_DOWN,
      { verb: 'resume', at: [ONE], first: '409 nothing_failed', again: '409 nothing_failed', end: 'parked' },
      {
        verb: 'excuse',
        at: [ONE],
        first: '409 already_collected',
        again: '409 already_collected',
        end: 'parked',
      },
      { verb: 'excuse', at: ['NOBODY'], first: '409 not_in_plan', again: '409 not_in_plan', end: 'parked' },
    ],
  },
  succeeded: {
    hold: async () => {
      const person = await enrol()
      await tell(world, person, 'consent.granted')
      await closed(world, person.userId, person.refreshNo)
      return { person, letGo: () => {} }
    },
    expected: (['cancel', 'resume', 'excuse'] as const).map((verb) => ({
      verb,
      ...(verb === 'excuse' ? { at: [TWO] } : {}),
      first: '409 refresh_closed',
      again: '409 refresh_closed',
      end: 'succeeded',
    })),
  },
}

const CASES = Object.entries(PHASES).flatMap(([phase, { hold, expected }]) =>
  expected.map((one) => ({
    phase,
    hold,
    what: `${one.verb}${one.at ? ` of ${one.at.join()}` : ''}`,
    ...one,
  })),
)

test.each(CASES)(
  '$phase: $what is answered $first, again $again, and it ends $end',
  async ({ hold, verb, at, first, again, end }) => {
    const { person, letGo } = await hold()
    const answers = [await operator.order(person, verb, at), await operator.order(person, verb, at)]
    letGo()
    expect(answers.map(said)).toEqual([first, again])
    if (end === 'parked') expect((await rows(person)).state).toBe('parked')
    else expect((await closed(world, person.userId, person.refreshNo)).state).toBe(end)
    const kept = await auditOf(person)
    const written = `kim refresh.${verb} a test of ${verb}`
    expect(kept.map(({ actor, action, reason }) => `${actor} ${action} ${reason}`)).toEqual([
      written,
      written,
    ])
    expect(kept.map(({ details }) => details['outcome'])).toEqual(
      [first, again].map((answer) => (answer.startsWith('409') ? 'refused' : answer)),
    )
  },
)

describe('the run of a refresh that an operator cancelled', () => {
  test.each([
    ['parked', parked],
    ['collecting', collecting],
  ])('%s ends, too, and its story says by whom', async (_, hold) => {
    const { person, letGo } = await hold()
    await operator.order(person, 'cancel')
    letGo()
    const { status } = await engine.ending(refreshWorkflowId(person))
    expect(['CANCELLED', 'FAILED']).toContain(status)
    const told = storyAnswer.parse(
      await (await operator.ask(`/refreshes/${person.userKey}/${person.refreshNo}`)).json(),
    )
    expect(told.timeline.slice(-2)).toMatchObject([
      { kind: 'order', action: 'refresh.cancel', by: 'kim', why: 'a test of cancel', outcome: 'done' },
      { kind: 'closed', state: 'cancelled' },
    ])
    expect(told.refresh.trace).toMatch(/^http:\/\/ui\.example\/namespaces\/default\/workflows\/refresh%2F/)
  })
})

test('an order does not need the engine: the rows decide, and the caretaker sees to the run', async () => {
  const { person } = await parked()
  const alone = await startOperatorListener(world.moa, { address: '127.0.0.1:1', namespace: 'default' })
  try {
    expect(said(await alone.order(person, 'cancel'))).toBe('done')
    expect((await rows(person)).state).toBe('cancelled')
    const { status } = await engine.ending(refreshWorkflowId(person))
    expect(['CANCELLED', 'FAILED']).toContain(status)
  } finally {
    await alone.kill()
  }
})

test('the listener’s log names neither who asked, nor why, nor whose refresh it was', async () => {
  const { person } = await parked()
  await operator.order(person, 'resume')
  await operator.order({ ...person, refreshNo: 99 }, 'cancel')
  const written = () => operator.lines.join('\n')
  // The line comes after the answer.
  await until('both to be logged', async () => written().includes('/cancel') && written().includes('/resume'))
  const log = written()
  expect(log).toContain('/refreshes/:userKey/:refreshNo/resume')
  for (const word of ['kim', 'a test of', person.person, person.userKey, 'Bearer'])
    expect(log.includes(word)).toBe(false)
})

describe('the same from the command line of the engine', () => {
  const run = promisify(execFile)
  let cli: string

  beforeAll(async () => {
    cli = (await cliForTests()).path
  })

  const temporal = (person: Person, ...args: string[]) =>
    run(cli, [
      'workflow',
      ...args,
      '--workflow-id',
      refreshWorkflowId(person),
      '--address',
      engineAddress().address,
    ])

  const signal = (person: Person, name: string, input: object) =>
    temporal(person, 'signal', '--name', name, '--input', JSON.stringify(input))

  const byCli = { by: 'lee', why: 'from the command line' }

  /** The first entry of the audit, once there is one. */
  const kept = (person: Person) => until('the audit', async () => (await auditOf(person))[0])

  const obeyed = (verb: Verb) => ({
    actor: 'lee',
    action: `refresh.${verb}`,
    reason: 'from the command line',
    details: { via: 'engine', outcome: 'done' },
  })

  test.each<[Verb, object, string, () => Promise<Held>]>([
    ['resume', byCli, 'parked', parked],
    ['excuse', { ...byCli, institutions: [TWO] }, 'parked', parked],
    ['excuse', { ...byCli, institutions: [TWO] }, 'collecting', collecting],
  ])('%s with %j, while it is %s, is obeyed at once and written down', async (verb, input, _, hold) => {
    const { person, letGo } = await hold()
    await signal(person, verb, input)
    expect(await kept(person)).toMatchObject(obeyed(verb))
    letGo()
    expect((await closed(world, person.userId, person.refreshNo)).state).toBe('succeeded')
  })

  test('resume while it publishes is obeyed as soon as that is done', async () => {
    const { person, letGo } = await heldAt('snapshot.publishing')
    await signal(person, 'resume', { ...byCli, institutions: [TWO] })
    letGo()
    expect((await closed(world, person.userId, person.refreshNo)).state).toBe('succeeded')
    expect(await kept(person)).toMatchObject(obeyed('resume'))
  })

  test.each([
    [['cancel'], 'cancelled', 'refresh.cancel'],
    [['terminate', '--reason', 'from the command line'], 'lost', 'refresh.terminate'],
  ])('%j closes a parked refresh as %s, and is written down', async (command, as, action) => {
    const { person } = await parked()
    await temporal(person, ...command)
    expect((await closed(world, person.userId, person.refreshNo)).state).toBe(as)
    expect(await kept(person)).toMatchObject({
      action,
      reason: command[2] ?? null,
      details: { via: 'engine', after: { state: as } },
    })
  })
})
