import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { createPurging, type Purged } from '../../db/purging.ts'
import { COLUMNS } from '../../db/versioned-tables.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { createHistory } from './support/history.ts'
import { createGate, pausing } from './support/pausing.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'
import { brokenPromises } from './support/promises.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { createReaders } from './support/readers.ts'
import {
  readEverything,
  readPages,
  type Shown,
  snapshotsOf,
  unreachable,
  whatIsLive,
} from './support/reading-all.ts'
import { makeReading } from './support/readings.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const RETENTION_DAYS = 5
const DAYS_BETWEEN = 8
const PEOPLE = 4
const NOTHING: Purged = { snapshots: 0, versions: 0, classifications: 0, collections: 0 }

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

const purgingAfter = (retentionMs: number, graceMs: number) =>
  createPurging(moa.databases.worker, { retentionMs, graceMs })

const makeDue = (userId: UserId) =>
  moa.test.owner`UPDATE users SET next_purge_at = now() - interval '1 second' WHERE user_id = ${userId}`

/** Step after step until there is no more for today; answers what each of them took away. */
async function purge(userId: UserId, purging: ReturnType<typeof createPurging>): Promise<Purged[]> {
  await makeDue(userId)
  const all: Purged[] = []
  for (;;) {
    const { state, purged } = await purging.step(userId)
    all.push(purged)
    if (state !== 'more') return all
  }
}

/** By the plain meaning of the retention: since when each has not been the newest of its view. */
function dueOf(all: readonly Shown[], retentionMs: number, graceMs: number): number[] {
  const shown = all.filter(({ publishedAt }) => publishedAt !== null)
  const agoMs = (at: Date): number => Date.now() - at.getTime()
  return all
    .filter((each) => {
      if (each.publishedAt === null) return agoMs(each.cutAt) > graceMs
      const next = shown.find(
        ({ snapshotNo, status }) =>
          snapshotNo > each.snapshotNo && (each.status !== 'complete' || status === 'complete'),
      )
      return next !== undefined && agoMs(next.publishedAt!) > retentionMs + graceMs
    })
    .map(({ snapshotNo }) => snapshotNo)
}

const purgedOf = (all: readonly Shown[]): number[] =>
  all.filter(({ isPurged }) => isPurged).map(({ snapshotNo }) => snapshotNo)

/** A person of whom this many snapshots were shown, each with another balance and another booking. */
async function makePerson(shown: number) {
  const { userId, refreshNo } = await steps.enrolWithConsents(['A'])
  for (let no = 1; no <= shown; no += 1) {
    const refresh = no === 1 ? refreshNo : refreshOf(await steps.record(userId, BUTTON))
    await show(userId, refresh, no)
  }
  return userId
}

async function show(userId: UserId, refreshNo: number, no: number): Promise<void> {
  await moa.worker.refreshes.begin(userId, refreshNo, 'run')
  const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
  const bookings = [0, 1, 2].map((at) => ({ no: no + at, on: `2026-02-${10 + at}`, amount: no }))
  await steps.apply(ref, attempt, makeReading([{ name: 'A-1', amount: no, bookings }]))
  expect((await steps.cutAndPublish(userId, refreshNo, 1)).outcome).toBe('complete')
}

const showNext = async (userId: UserId, no: number) =>
  show(userId, refreshOf(await steps.record(userId, BUTTON)), no)

describe('after any history', () => {
  test('what is retained reads as before, nothing that nobody can reach is left, and life goes on', async () => {
    const seed = freshSeed()
    const purging = purgingAfter(RETENTION_DAYS * DAY_MS, HOUR_MS)
    const total = { ...NOTHING }
    await Promise.all(
      Array.from({ length: PEOPLE }, async (_, person) => {
        const history = createHistory(moa, steps, createRandom(seed + person), ['A', 'B', 'C'])
        const userId = await history.begin()
        for (let day = 1; day <= 3 * DAYS_BETWEEN; day += 1) {
          await history.day(userId)
          if (day % DAYS_BETWEEN > 0) continue
          const where = `MOA_SEED=${seed}, person ${person}, day ${day}`
          const [before, live] = [await readEverything(moa, userId), await whatIsLive(moa, userId)]
          const due = dueOf(await snapshotsOf(moa, userId), RETENTION_DAYS * DAY_MS, HOUR_MS)
          for (const taken of await purge(userId, purging))
            for (const name of Object.keys(total) as (keyof Purged)[]) total[name] += taken[name]
          expect(purgedOf(await snapshotsOf(moa, userId)), where).toEqual(due)
          for (const no of due) before.delete(no)
          expect(await readEverything(moa, userId), where).toEqual(before)
          expect(await whatIsLive(moa, userId), where).toBe(live)
          expect(await unreachable(moa, userId), where).toEqual({})
          expect(await brokenPromises(moa.test.owner, userId), where).toEqual([])
          expect(await purge(userId, purging), where).toEqual([NOTHING])
        }
      }),
    )
    // Otherwise there was nothing to take away.
    for (const count of Object.values(total)) expect(count).toBeGreaterThan(20)
  })
})

describe('a snapshot', () => {
  test('stays for the grace after a newer one is shown, however old it is, and whoever pages through it gets all of it', async () => {
    const userId = await makePerson(2)
    await moa.test.owner`
      UPDATE snapshots SET published_at = now() - interval '9 years', cut_at = now() - interval '9 years'
      WHERE user_id = ${userId}`
    const whole = (await readPages(moa, userId, null))!
    const first = (await moa.api.published.transactions(userId, 'latest', 1, null))!
    const cursor = { snapshotNo: 2, occurredAt: first.rows[0]!.occurredAt, id: first.rows[0]!.id }
    await showNext(userId, 3)
    await purge(userId, purgingAfter(0, HOUR_MS))
    expect(purgedOf(await snapshotsOf(moa, userId))).toEqual([1])
    expect([JSON.stringify(first.rows[0]), ...(await readPages(moa, userId, cursor, 1))!]).toEqual(whole)

    await moa.test.owner`
      UPDATE snapshots SET published_at = now() - interval '61 minutes' WHERE user_id = ${userId} AND snapshot_no = 3`
    await purge(userId, purgingAfter(0, HOUR_MS))
    expect(purgedOf(await snapshotsOf(moa, userId))).toEqual([1, 2])
    expect(await readPages(moa, userId, cursor)).toBeNull()
  })

  test('that is purged while a page of it is being read is read whole: a read sees one moment', async () => {
    const userId = await makePerson(2)
    const { rows } = (await moa.api.published.transactions(userId, 'latest', 1, null))!
    const cursor = { snapshotNo: 2, occurredAt: rows[0]!.occurredAt, id: rows[0]!.id }
    const whole = await moa.api.published.transactions(userId, 'latest', 9, cursor)
    await showNext(userId, 3)
    const gate = createGate(2) // the head has been read, the bookings have not
    const readers = createReaders(pausing(moa.databases.api, gate.pass))
    const page = readers.transactions(userId, 'latest', 9, cursor)
    await gate.hasArrived
    expect((await purge(userId, purgingAfter(0, 0)))[0]!.snapshots).toBe(2)
    gate.open()
    expect((await page)!.rows).toEqual(whole!.rows)
    expect(await readPages(moa, userId, cursor)).toBeNull()
  })

  test('that a pointer names stays for ever, and so does the last complete one while only partial ones follow', async () => {
    const userId = await makePerson(1)
    const refreshNo = refreshOf(await moa.api.consents.grant(userId, makeGrant('A')))
    for (let cutNo = 1; cutNo <= 3; cutNo += 1) {
      expect((await steps.cutAndPublish(userId, refreshNo, cutNo)).outcome).toBe('partial')
    }
    await moa.worker.refreshes.close(userId, refreshNo, 'incomplete', 'a test')
    await moa.test.owner`
      UPDATE snapshots SET published_at = now() - interval '9 years' WHERE user_id = ${userId}`
    const before = await readEverything(moa, userId)
    await purge(userId, purgingAfter(DAY_MS, HOUR_MS))
    expect(purgedOf(await snapshotsOf(moa, userId))).toEqual([2, 3])
    expect(await readEverything(moa, userId)).toEqual(new Map([1, 4].map((no) => [no, before.get(no)!])))
    expect((await moa.api.published.snapshot(userId, 'complete'))!.accounts).toHaveLength(1)
  })

  test('of an open refresh stays, shown or not', async () => {
    const userId = await makePerson(1)
    const refreshNo = refreshOf(await steps.record(userId, BUTTON))
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    await steps.cutAndPublish(userId, refreshNo, 1)
    await steps.cutAndPublish(userId, refreshNo, 2)
    await steps.cutAndAnalyse(userId, refreshNo, 3)
    await steps.cutAndAnalyse(userId, refreshNo, 4)
    await moa.test.owner`
      UPDATE snapshots SET cut_at = now() - interval '9 years',
        published_at = published_at - interval '9 years' WHERE user_id = ${userId}`
    await purge(userId, purgingAfter(0, 0))
    expect(purgedOf(await snapshotsOf(moa, userId))).toEqual([])
    await moa.worker.refreshes.close(userId, refreshNo, 'cancelled', 'a test')
    await purge(userId, purgingAfter(0, 0))
    const left = await snapshotsOf(moa, userId)
    expect(purgedOf(left)).toEqual([2, 4, 5])
    expect(left.map(({ status }) => status)).toEqual([
      'complete',
      'partial',
      'partial',
      'discarded',
      'discarded',
    ])
  })

  test('number is never given twice, even if the newest was never shown and is purged', async () => {
    const userId = await makePerson(1)
    const refreshNo = refreshOf(await steps.record(userId, BUTTON))
    await moa.worker.cuts.cut(userId, refreshNo, 1)
    await moa.worker.refreshes.close(userId, refreshNo, 'cancelled', 'a test')
    await sleep(5) // instants are kept to the millisecond
    await purge(userId, purgingAfter(0, 0))
    expect(purgedOf(await snapshotsOf(moa, userId))).toEqual([2])
    await showNext(userId, 2)
    expect((await moa.api.published.snapshot(userId, 'latest'))!.snapshotNo).toBe(3)
  })
})

describe('a collection', () => {
  test('that is the newest stays although no cut names it, and so does every one of an open refresh', async () => {
    const userId = await makePerson(1)
    const refreshNo = refreshOf(await steps.record(userId, BUTTON))
    await moa.worker.refreshes.begin(userId, refreshNo, 'run')
    await steps.collect(userId, refreshNo, 'A', 2)
    await steps.record(userId, BUTTON)
    await steps.collect(userId, refreshNo, 'A', 3)
    const left = async () => {
      await purge(userId, purgingAfter(0, 0))
      const rows = await moa.test.owner<{ seq: number }[]>`
        SELECT seq FROM collections WHERE user_id = ${userId} ORDER BY seq`
      return rows.map(({ seq }) => seq)
    }
    expect(await left()).toEqual([1, 2, 3])
    await moa.worker.refreshes.close(userId, refreshNo, 'cancelled', 'a test')
    expect(await left()).toEqual([1, 3])
    await showNext(userId, 4)
    expect((await moa.api.published.snapshot(userId, 'complete'))!.coverage[0]!.state).toBe('fresh')
  })
})

describe('whose turn it is', () => {
  test('everyone comes once, the longest due first, page by page, and then not until tomorrow', async () => {
    const users = await Promise.all([makePerson(1), makePerson(1), makePerson(1)])
    await moa.test.owner`UPDATE users SET next_purge_at = now() + interval '1 day'`
    for (const [at, userId] of users.entries())
      await moa.test.owner`
        UPDATE users SET next_purge_at = now() - ${at} * interval '1 hour' WHERE user_id = ${userId}`
    const purging = purgingAfter(0, 0)
    const first = await purging.due(null, 2)
    const second = await purging.due(first.at(-1)!, 2)
    expect([...first, ...second].map(({ userId }) => userId)).toEqual(users.toReversed())
    for (const userId of users) expect((await purging.step(userId)).state).toBe('done')
    expect(await purging.due(null, 10)).toEqual([])
    const again = await purging.step(users[0])
    expect(again).toEqual({ state: 'passed', purged: NOTHING })
    const [next] = await moa.test.owner<[{ inHours: number }]>`
      SELECT min(extract(epoch FROM next_purge_at - now()) / 3600)::float8 AS "inHours"
      FROM users WHERE user_id = ANY (${users})`
    expect(next.inHours).toBeGreaterThan(21)
  })

  test('a user who is busy is passed over without waiting, and stays due', async () => {
    const userId = await makePerson(2)
    await makeDue(userId)
    await moa.test.owner.begin(async (held) => {
      await held`SELECT FROM users WHERE user_id = ${userId} FOR NO KEY UPDATE`
      expect(await purgingAfter(0, 0).step(userId)).toEqual({ state: 'passed', purged: NOTHING })
    })
    expect((await purgingAfter(0, 0).step(userId)).purged.snapshots).toBe(1)
  })

  test('of several at once one does it, and nothing is done twice', async () => {
    const userId = await makePerson(6)
    await makeDue(userId)
    const purging = purgingAfter(0, 0)
    const all = await Promise.all(Array.from({ length: 6 }, () => purging.step(userId)))
    expect(all.reduce((sum, { purged }) => sum + purged.snapshots, 0)).toBe(5)
    expect(all.filter(({ state }) => state === 'done')).toHaveLength(1)
    expect(await unreachable(moa, userId)).toEqual({})
  })
})

describe('a step', () => {
  test('takes no more than its budget; the next one goes on where it ended', async () => {
    const userId = await makePerson(1)
    await moa.test.owner`
      INSERT INTO balances (user_id, institution_id, introduced_seq, removed_seq, natural_key, content_hash, api,
        account_key, currency, amount, side)
      SELECT ${userId}, 'A', 1 + no % 250, 2 + no % 250, gen_random_uuid(), 1, 'x', gen_random_uuid(), 'KRW', 1, 'asset'
      FROM generate_series(1, 2500) no`
    await moa.test.owner`
      INSERT INTO collections (user_id, institution_id, seq, generation, refresh_no, round, as_of, outcome)
      SELECT ${userId}, 'A', 1 + no, 1, 1, 1 + no, now(), 'changed' FROM generate_series(1, 251) no`
    await moa.test.owner`
      UPDATE user_institutions SET current_seq = 252 WHERE user_id = ${userId} AND institution_id = 'A'`
    const taken = await purge(userId, purgingAfter(0, 0))
    for (const { versions, classifications, collections } of taken) {
      expect(versions + classifications).toBeLessThanOrEqual(1_000)
      expect(collections).toBeLessThanOrEqual(100)
    }
    // All but the ten that the cut at collection 1 holds.
    expect(taken.map(({ versions }) => versions)).toEqual([1_000, 1_000, 490, 0, 0])
    expect(await unreachable(moa, userId)).toEqual({})
  })

  test('touches nothing of anybody else, though they are due as well', async () => {
    const [mine, theirs] = await Promise.all([makePerson(4), makePerson(4)])
    await makeDue(theirs)
    const rowsOf = async (userId: UserId) => {
      const tables = [
        ...Object.keys(COLUMNS),
        'snapshots',
        'snapshot_institutions',
        'analyses',
        'classifications',
        'collections',
        'users',
      ]
      return Promise.all(
        tables.map((table) =>
          moa.test.owner.unsafe(
            `SELECT to_jsonb(r) AS row FROM ${table} r WHERE user_id = $1 ORDER BY to_jsonb(r)::text`,
            [userId],
          ),
        ),
      )
    }
    const before = await rowsOf(theirs)
    const [taken] = await purge(mine, purgingAfter(0, 0))
    expect(taken!.snapshots).toBe(3)
    expect(await rowsOf(theirs)).toEqual(before)
    const names = await moa.databases.worker.asUser(mine, (tx) =>
      tx.execute('SELECT DISTINCT user_id::int AS id FROM users'),
    )
    expect(names.map(({ id }) => id)).toEqual([mine])
  })
})

describe('while refreshes go on', () => {
  test('purging without end takes nothing from anyone: not from readings, publications nor readers', async () => {
    const userId = await makePerson(1)
    const purging = purgingAfter(0, HOUR_MS)
    const state = { isOver: false, purged: 0, read: 0 }
    const wrong: string[] = []
    const purgers = Array.from({ length: 2 }, async () => {
      while (!state.isOver) {
        await makeDue(userId)
        const { purged } = await purging.step(userId)
        state.purged += purged.snapshots
        await sleep(3)
      }
    })
    const readers = Array.from({ length: 2 }, async () => {
      while (!state.isOver) {
        const snapshot = await moa.api.published.snapshot(userId, 'latest')
        const amounts = snapshot!.accounts.flatMap(({ balances }) => balances.map(({ amount }) => amount))
        const pages = await readPages(moa, userId, null, 2)
        if (amounts.length !== 1 || pages?.length !== 3)
          wrong.push(`${amounts.join()} and ${pages?.length} bookings`)
        state.read += 1
      }
    })
    for (let no = 2; no <= 30; no += 1) {
      await showNext(userId, no)
      // As if an hour had passed since: a chain of pages never lasts for five refreshes.
      await moa.test.owner`
        UPDATE snapshots SET published_at = published_at - interval '2 hours'
        WHERE user_id = ${userId} AND snapshot_no = ${no - 5}`
      const broken = await brokenPromises(moa.test.owner, userId)
      if (broken.length > 0) wrong.push(...broken)
    }
    state.isOver = true
    await Promise.all([...purgers, ...readers])
    expect(wrong).toEqual([])
    expect(state.purged).toBeGreaterThan(15)
    expect(state.read).toBeGreaterThan(20)
    await purge(userId, purging)
    expect(await unreachable(moa, userId)).toEqual({})
    expect((await readPages(moa, userId, null))!.length).toBe(3)
  })
})

test('what is gone is found by an index in every table of versions', async () => {
  const rows = await moa.test.owner<{ table: string }[]>`
    SELECT tablename AS table FROM pg_indexes WHERE indexname = 'gone_from_' || tablename`
  expect(rows.map(({ table }) => table)).toEqual(expect.arrayContaining(Object.keys(COLUMNS)))
})
