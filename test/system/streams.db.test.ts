import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'

import { createChanges, listenForChanges } from '../../db/changes.ts'
import type { UserId } from '../../db/database.ts'
import { listenForStops } from '../../db/notices.ts'
import { createStreamHeads } from '../../db/stream-heads.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'
import { makeReading } from './support/readings.ts'

let moa: TestMoa
let steps: Steps
let changes: ReturnType<typeof createChanges>

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
  changes = createChanges(moa.databases.api)
})
afterAll(() => moa.close())

// A notice comes at once; on a busy machine that is later than the second that is usually looked for.
const PATIENTLY = { timeout: 10_000 }

/** The connections of a listener that listen, as the database sees them. */
const pidsOf = async (application: string): Promise<number[]> => {
  const rows = await moa.test.owner<{ pid: number }[]>`
    SELECT pid FROM pg_stat_activity WHERE application_name = ${application} AND datname = current_database()
      AND query LIKE 'LISTEN%' AND state = 'idle' ORDER BY pid`
  return rows.map(({ pid }) => pid)
}

/** Ends the connection of a listener, and waits until it has another one. */
async function cut(application: string): Promise<void> {
  const onlyOne = async () => {
    const pids = await pidsOf(application)
    expect(pids).toHaveLength(1)
    return pids
  }
  const [pid] = await vi.waitFor(onlyOne, PATIENTLY) // one of the test before may still be leaving
  await moa.test.owner`SELECT pg_terminate_backend(${pid!})`
  await vi.waitFor(async () => {
    expect(await onlyOne()).not.toEqual([pid])
  }, PATIENTLY)
}

describe('what is told of changes', () => {
  function startListening() {
    const heard: UserId[] = []
    const began = vi.fn()
    const listening = listenForChanges(moa.test.urlOf('moa_api'), {
      heard: (userIds) => heard.push(...userIds),
      began,
    })
    onTestFinished(listening.close)
    return { heard, began, listening }
  }

  test('reaches every listener, however many users it is about', async () => {
    const [first, second] = [startListening(), startListening()]
    await Promise.all([first.listening.firstTry, second.listening.firstTry])
    const users = Array.from({ length: 2_000 }, (_, index) => 2 ** 52 + index)
    await changes.announce(users)
    for (const { heard } of [first, second])
      await vi.waitFor(() => expect(heard).toHaveLength(users.length), PATIENTLY)
    expect(second.heard).toEqual(users)
    expect(first.heard).toEqual(users)
  })

  test('comes from the worker and the caretaker too', async () => {
    const { heard, listening } = startListening()
    await listening.firstTry
    await createChanges(moa.databases.worker).announce([1])
    await createChanges(moa.databases.caretaker).announce([2])
    await vi.waitFor(() => expect(heard).toEqual([1, 2]), PATIENTLY)
  })

  test('is heard again after the connection was lost, and whoever listens is told that it was deaf', async () => {
    const { heard, began, listening } = startListening()
    await listening.firstTry
    await vi.waitFor(() => expect(began).toHaveBeenCalledOnce(), PATIENTLY)
    await cut('moa stream listener')
    await vi.waitFor(() => expect(began).toHaveBeenCalledTimes(2), PATIENTLY)
    expect(listening.isUp()).toBe(true)
    await changes.announce([7])
    await vi.waitFor(() => expect(heard).toEqual([7]), PATIENTLY)
  })

  test('is not heard through a connection that cannot be had, and that is known', async () => {
    const url = new URL(moa.test.urlOf('moa_api'))
    url.password = 'wrong'
    const listening = listenForChanges(url.href, { heard: () => {}, began: () => {} })
    await expect(listening.firstTry).rejects.toMatchObject({ code: '28P01' })
    expect(listening.isUp()).toBe(false)
    await listening.close()
  })
})

test('a worker hears that it must stop, also after it has lost its connection', async () => {
  const stops = vi.fn()
  const listening = await listenForStops(moa.test.urlOf('moa_worker'), stops)
  onTestFinished(listening.close)
  await cut('moa listener')
  const { userId, refreshNo } = await steps.enrolWithConsents(['STOP1'])
  await moa.worker.refreshes.close(userId, refreshNo, 'cancelled', 'a test')
  await vi.waitFor(() => expect(stops).toHaveBeenCalledWith({ userId, refreshNo }), PATIENTLY)
})

describe('the mark of a user', () => {
  const markOf = async (userId: UserId) => (await changes.marks([userId])).get(userId)

  test('differs after every step of a refresh, and after no look', async () => {
    const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
    const { worker, api } = moa
    const marks = [await markOf(userId)]
    async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
      const done = await work()
      const mark = await markOf(userId)
      expect(marks, what).not.toContain(mark)
      marks.push(mark)
      return done
    }
    await step('begin', () => worker.refreshes.begin(userId, refreshNo, 'run'))
    const a = await step('an attempt begins', () => steps.beginReading(userId, refreshNo, 'A'))
    await step('an attempt fails', () =>
      worker.attempts.end(a.ref, a.attempt.attempt, {
        outcome: 'failed',
        failure: 'InstitutionUnavailable',
        calls: 1,
      }),
    )
    await step('its row is settled', () => worker.attempts.fail(a.ref, 'InstitutionUnavailable', null))
    await step('a collection', () => steps.collect(userId, refreshNo, 'B', 5))
    await step('a partial publication', () => steps.cutAndPublish(userId, refreshNo, 1))
    await step('a join', () => steps.record(userId, BUTTON))
    await step('another reading', () => steps.collect(userId, refreshNo, 'A', 5))
    await step('the other bank again', () => steps.collect(userId, refreshNo, 'B', 6))
    const { outcome } = await step('a complete publication', () => steps.cutAndPublish(userId, refreshNo, 2))
    expect(outcome).toBe('complete')
    const nextNo = refreshOf(await step('the next refresh', () => steps.record(userId, BUTTON)))
    await step('an end by name', () => worker.refreshes.close(userId, nextNo, 'cancelled', 'a test'))

    await api.progress.of(userId, refreshNo)
    await api.published.snapshot(userId, 'latest')
    await worker.refreshes.begin(userId, refreshNo, 'run')
    expect(await markOf(userId)).toBe(marks.at(-1))
  })

  test('says nothing about anyone else, and is there for someone who has nothing', async () => {
    const [one, other] = await Promise.all([steps.enrolWithConsents(['C']), steps.enrolWithConsents(['C'])])
    const before = await changes.marks([one.userId, other.userId, 999_999_999])
    expect(new Set(before.keys())).toEqual(new Set([one.userId, other.userId, 999_999_999]))
    await steps.refresh(one.userId, one.refreshNo, 5)
    const after = await changes.marks([other.userId, one.userId])
    expect(after.get(other.userId)).toBe(before.get(other.userId))
    expect(after.get(one.userId)).not.toBe(before.get(one.userId))
  })
})

describe('the heads', () => {
  const since = (userId: UserId, after: number, most = 51) =>
    createStreamHeads(moa.databases.api).since(userId, after, most)

  test('name what was published and how whole it is, newest first, and nothing that was not', async () => {
    const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
    expect(await since(userId, 0)).toMatchObject({
      published: [],
      refresh: {
        refreshNo,
        state: 'requested',
        institutions: { total: 2, unsettled: 2, collected: 0, failed: 0 },
      },
      views: { latest: null, complete: null },
    })
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    await steps.collect(userId, refreshNo, 'A', 5)
    const partial = await steps.cutAndPublish(userId, refreshNo, 1)
    await moa.worker.cuts.cut(userId, refreshNo, 2)
    await steps.collect(userId, refreshNo, 'B', 5)
    const complete = await steps.cutAndPublish(userId, refreshNo, 3)
    expect([partial.outcome, complete.outcome]).toEqual(['partial', 'complete'])

    const all = await since(userId, 0)
    expect(all.published).toMatchObject([
      {
        snapshotNo: complete.snapshotNo,
        status: 'complete',
        refreshNo,
        fresh: 2,
        carriedOver: 0,
        absent: 0,
      },
      { snapshotNo: partial.snapshotNo, status: 'partial', refreshNo, fresh: 1, carriedOver: 0, absent: 1 },
    ])
    expect(all.views).toEqual({ latest: complete.snapshotNo, complete: complete.snapshotNo })
    expect(all.refresh).toMatchObject({ refreshNo, state: 'succeeded', institutions: { collected: 2 } })
    expect(all.refresh!.closedAt).toBeInstanceOf(Date)
    expect((await since(userId, partial.snapshotNo)).published).toHaveLength(1)
    expect((await since(userId, 0, 1)).published.map(({ snapshotNo }) => snapshotNo)).toEqual([
      complete.snapshotNo,
    ])
    expect((await since(userId, complete.snapshotNo)).published).toEqual([])
  })

  test('count a bank that failed, and tell nobody else of any of it', async () => {
    const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
    const other = await steps.enrol(['A'])
    await moa.api.consents.grant(userId, makeGrant('B'))
    const { ref } = await steps.beginReading(userId, refreshNo, 'A')
    await moa.worker.attempts.fail(ref, 'InstitutionUnavailable', null)
    const b = await steps.beginReading(userId, refreshNo, 'B')
    await steps.apply(b.ref, b.attempt, makeReading([{ name: 'B-1', amount: 1 }]))
    expect((await since(userId, 0)).refresh!.institutions).toEqual({
      total: 2,
      unsettled: 0,
      collected: 1,
      failed: 1,
    })
    expect(await since(other.userId, 0)).toEqual({
      published: [],
      refresh: null,
      views: { latest: null, complete: null },
    })
  })
})
