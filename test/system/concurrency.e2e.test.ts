import { setTimeout as sleep } from 'node:timers/promises'

import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { EventAnswer } from '../../db/events.ts'
import { EVENTS, type EventType } from '../../domain/event-map.ts'
import { refreshWorkflowId } from '../../workflows/contract.ts'
import { ownerClient } from './databases.ts'
import { ask, refreshOf, tell } from './support-e2e/asking.ts'
import { createDoor, createGates } from './support-e2e/gates.ts'
import { ledgerOf, storedIn } from './support-e2e/ledger.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

const gates = createGates()
let world: World
let owner: ReturnType<typeof ownerClient>
/** Sees who waits while everybody else's connection is held. */
let watcher: ReturnType<typeof ownerClient>

beforeAll(async () => {
  world = await startWorld({ sandbox: { institutions: 2 }, failpoint: gates.failpoint })
  owner = postgres(world.moa.test.ownerUrl, { max: 12, onnotice: () => {} })
  watcher = ownerClient(world.moa.test.ownerUrl)
})
afterAll(async () => {
  await Promise.all([owner.end(), watcher.end()])
  await world.close()
})

/** What somebody was promised, written down by nobody but the test: when they asked, what, and what they were told. */
type Promised = { askedAt: number; type: EventType; answer: EventAnswer }

describe('five hundred events of one person at once', () => {
  const TYPES: EventType[] = [
    'assets.refresh_requested',
    'assets.home_viewed',
    'member.logged_in',
    'spending.home_viewed',
  ]

  test('open one refresh, every one learns how it ends, and what each was promised is published', async () => {
    const person = await arrive('crowd')
    await grownOld(person)
    // Nothing is published before all have asked, so whoever asks joins.
    const everybodyAsked = createDoor()
    const expectedNo = person.refreshNo + 1
    // On a busy machine that takes longer than a step may: each try of it is held.
    gates.always(
      refreshWorkflowId({ ...person, refreshNo: expectedNo }),
      'snapshot.publishing',
      () => everybodyAsked.opened,
    )
    const promised = await Promise.all(
      Array.from({ length: 500 }, async (_, i): Promise<Promised> => {
        const type = TYPES[i % TYPES.length]!
        const askedAt = Date.now()
        return { askedAt, type, answer: await ask(world, person, type) }
      }),
    )
    everybodyAsked.open()
    expect(promised.filter(({ answer }) => answer.outcome === 'started')).toHaveLength(1)
    expect(promised.filter(({ answer }) => answer.outcome === 'joined')).toHaveLength(499)
    expect(new Set(promised.map(({ answer }) => refreshOf(answer)))).toEqual(new Set([expectedNo]))

    const refresh = await closed(world, person.userId, expectedNo)
    expect(refresh.state).toBe('succeeded')
    await expectKept(person, promised)
    const [opened] =
      await owner`SELECT max(refresh_no) AS last FROM refreshes WHERE user_id = ${person.userId}`
    expect(opened!['last']).toBe(expectedNo)
    expect(await storedIn(world, person, refresh.snapshot!.snapshotNo)).toEqual(await ledgerOf(world, person))
    const rounds = world.sandbox.control.calls({ person: 'crowd', api: 'bank-001' }).length
    expect(rounds).toBeLessThan(120) // 250 of them are buttons about two banks: each alone would be 500
  })
})

describe('an event at any moment of publishing', () => {
  const MOMENTS = [
    'snapshot.cut',
    'snapshot.classified',
    'snapshot.analysed',
    'snapshot.publishing',
    'while the publication is open',
    'snapshot.published',
  ]
  const PEOPLE = 10
  const ROUNDS = 20

  test('is served by that publication or opens the next refresh: two hundred rounds, none lost', async () => {
    const served = new Map(MOMENTS.map((moment) => [moment, new Set<string>()]))
    const people = await Promise.all(
      Array.from({ length: PEOPLE }, (_, i) => arrive(`surprising-${i}`, ['SBXBANK001'])),
    )
    await Promise.all(
      people.map(async (person, i) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const moment = MOMENTS[(i + round) % MOMENTS.length]!
          served.get(moment)!.add(await surprise(person, moment, round))
        }
      }),
    )
    // The moments were met: before the publication's commit one joins, after it one opens the next.
    expect(Object.fromEntries([...served].map(([moment, how]) => [moment, [...how]]))).toEqual({
      'snapshot.cut': ['joined'],
      'snapshot.classified': ['joined'],
      'snapshot.analysed': ['joined'],
      'snapshot.publishing': ['joined'],
      'while the publication is open': ['started'],
      'snapshot.published': ['started'],
    })
    expect(world.sandbox.control.violations().violations).toEqual([])
  }, 300_000)
})

/** One round: a refresh, an event at the given moment of it, and what became of both. */
async function surprise(person: Person, moment: string, round: number): Promise<string> {
  const first: Promised[] = []
  const begun = Date.now()
  // The refresh is opened first and started after its surprise has been prepared.
  const opened = await world.moa.api.events.record(person.userId, {
    type: 'assets.refresh_requested',
    institutionId: null,
    idempotencyKey: null,
  })
  first.push({ askedAt: begun, type: 'assets.refresh_requested', answer: opened })
  const refreshed = { ...person, refreshNo: refreshOf(opened) }
  const later: Promised[] = []
  // Every other time the hint is lost, too: then the rows alone must be enough.
  const raise = async () => {
    const askedAt = Date.now()
    const type: EventType = 'assets.refresh_requested'
    const answer =
      round % 2 === 0
        ? await ask(world, person, type)
        : await world.moa.api.events.record(person.userId, {
            type,
            institutionId: null,
            idempotencyKey: null,
          })
    if (answer.outcome === 'started') await tell(world, { ...person, refreshNo: answer.refreshNo }, type)
    later.push({ askedAt, type, answer })
  }
  const workflowId = refreshWorkflowId(refreshed)
  const met =
    moment === 'while the publication is open'
      ? whilePublishing(person, workflowId, raise)
      : gates.once(workflowId, moment, raise)
  await tell(world, refreshed, 'assets.refresh_requested')
  await met
  await expectKept(person, [...first, ...later])
  return later[0]!.answer.outcome
}

/** Holds the publication in the middle of its transaction, has the event come then, and lets both go. */
async function whilePublishing(
  person: Person,
  workflowId: string,
  raise: () => Promise<void>,
): Promise<void> {
  let raised: Promise<void> | undefined
  let letGo: Promise<unknown> | undefined
  await gates.once(workflowId, 'snapshot.publishing', async () => {
    const isHeld = createDoor()
    letGo = owner.begin(async (tx) => {
      await tx`SELECT FROM published_snapshots WHERE user_id = ${person.userId} FOR UPDATE`
      const [me] = await tx<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
      isHeld.open()
      const waiters = async (at: number) => (await waitingFor(me!.pid)).length >= at
      await until('the publication to wait', () => waiters(1))
      raised = raise()
      await until('the event to wait for the publication', () => waiters(2))
    })
    await isHeld.opened
  })
  await letGo
  await raised
}

/** Who waits for a backend, or for one who waits for it. */
const waitingFor = (pid: number) => watcher<{ pid: number }[]>`
  WITH RECURSIVE waiting AS (
    SELECT ${pid}::int AS pid
    UNION SELECT a.pid FROM pg_stat_activity a JOIN waiting w ON w.pid = ANY (pg_blocking_pids(a.pid))
    WHERE a.wait_event_type = 'Lock')
  SELECT pid FROM waiting WHERE pid <> ${pid}`

/** The promises of everybody: each refresh ends well, and then shows nothing older than was asked for. */
async function expectKept(person: Person, promised: readonly Promised[]): Promise<void> {
  for (const { askedAt, type, answer } of promised) {
    if (answer.outcome === 'started' || answer.outcome === 'joined') {
      expect(await endOf(person, answer.refreshNo)).toBe('succeeded')
    }
    const snapshot = await world.moa.api.published.snapshot(person.userId, 'complete')
    const oldest = Math.min(...snapshot!.coverage.map(({ asOf }) => asOf!.getTime()))
    expect(oldest).toBeGreaterThanOrEqual(askedAt - EVENTS[type].freshEnoughMs)
  }
}

/** As what a refresh ended. Looks seldom: with many people at once the looking would cost more than the refreshes. */
const endOf = ({ userId }: Person, refreshNo: number): Promise<string> =>
  until(`refresh ${refreshNo} of user ${userId} to close`, async () => {
    const [row] = await owner<{ state: string; closedAt: Date | null }[]>`
        SELECT state, closed_at AS "closedAt" FROM refreshes
        WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`
    if (row?.closedAt) return row.state
    await sleep(100)
    return null
  })

/** Somebody with a first, complete snapshot. */
async function arrive(name: string, institutionIds?: string[]): Promise<Person> {
  const person = await world.enrol(name, institutionIds)
  await tell(world, person, 'consent.granted')
  expect((await closed(world, person.userId, person.refreshNo)).state).toBe('succeeded')
  return person
}

/** As if everything had been read yesterday: no event finds it fresh enough. */
async function grownOld({ userId }: Person): Promise<void> {
  await owner`UPDATE collections SET as_of = as_of - interval '1 day' WHERE user_id = ${userId}`
  await owner`UPDATE snapshot_institutions SET as_of = as_of - interval '1 day' WHERE user_id = ${userId}`
}
