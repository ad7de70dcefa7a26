import { afterAll, beforeAll, expect, test } from 'vitest'

import { createDatabase, type Database } from '../../db/database.ts'
import { createTestMoa, type TestMoa } from './moa.ts'
import { type Doors, openDoors } from './support-doors/doors.ts'
import { createPeople, type Plain, SNAPSHOT_READS } from './support-doors/people.ts'
import { createRandom, freshSeed, type Random } from './support/random.ts'

// Fifty people at once through a pool of four connections that are cut off again and again: no answer is another's.
const PEOPLE = 50
const CONNECTIONS = 4
const REQUESTS = 12
const NAME = 'test crossing'

let moa: TestMoa
let database: Database
let doors: Doors
let people: (Plain & { mark: string })[]

beforeAll(async () => {
  moa = await createTestMoa()
  database = createDatabase({
    url: moa.test.urlOf('moa_api'),
    size: CONNECTIONS,
    applicationName: NAME,
    lockTimeoutMs: 2_000,
    statementTimeoutMs: 30_000,
  })
  doors = await openDoors(moa, { api: database, operator: moa.databases.operator })
  const { publish } = createPeople(moa, doors)
  people = []
  for (let at = 0; at < PEOPLE; at += 10) {
    const ten = Array.from({ length: 10 }, (_, no) => `PERSON-${at + no}-`)
    people.push(
      ...(await Promise.all(
        ten.map(async (mark) => ({ mark, ...(await publish(mark, ['SHARED0001'], 1)) })),
      )),
    )
  }
})

afterAll(async () => {
  await doors.close()
  await database.close()
  await moa.close()
})

/** What a person may ask for; what they are answered shows whose it is. */
const READS = [...SNAPSHOT_READS, '/v1/me/transactions?limit=1', '/v1/me/refreshes/1', '/v1/me/stream']

const keysIn = (text: string): string[] =>
  [...text.matchAll(/"accountKey":"([^"]+)"/g)].map(([, accountKey]) => accountKey!)
const marksIn = (text: string): string[] => text.match(/PERSON-\d+-/g) ?? []

// By the work and not by the clock: a busy machine, which asks less often, would otherwise hardly be answered at all.
const ASKED_PER_CUT = 12

/** Cuts off one connection in the middle of its work, every so many questions of all. */
function createCutting() {
  let asked = 0
  return async (): Promise<void> => {
    asked += 1
    if (asked % ASKED_PER_CUT !== 0) return
    await moa.test.owner`
      SELECT pg_terminate_backend(pid) FROM (
        SELECT pid FROM pg_stat_activity WHERE application_name = ${NAME} AND datname = current_database()
          AND state <> 'idle' ORDER BY random() LIMIT 1) AS one`
  }
}

async function liveOf(
  person: Plain & { mark: string },
  ownKeys: readonly string[],
  random: Random,
  maybeCut: () => Promise<void>,
) {
  const wrong: string[] = []
  const statuses: number[] = []
  const events: number[] = []
  for (let asked = 0; asked < REQUESTS; asked += 1) {
    const isEvent = random.chance(0.25)
    const path = isEvent ? '/v1/events' : random.pick(READS)
    const stopping = new AbortController()
    const answer = await doors.ask('users', path, {
      token: person.token,
      signal: stopping.signal,
      ...(isEvent
        ? {
            method: 'POST',
            headers: { 'idempotency-key': `same-for-all-${asked}` },
            body: { type: 'assets.home_viewed' },
          }
        : {}),
    })
    statuses.push(answer.status)
    await maybeCut()
    const text = path.endsWith('stream') ? '' : await answer.text()
    stopping.abort()
    const strange = [
      ...marksIn(text).filter((mark) => mark !== person.mark),
      ...keysIn(text).filter((key) => !ownKeys.includes(key)),
    ]
    if (strange.length > 0) wrong.push(`${person.mark} was shown ${strange.join(' ')} by ${path}`)
    if (answer.status === 202) events.push((JSON.parse(text) as { eventId: number }).eventId)
  }
  return { person, wrong, statuses, events }
}

test('fifty people at once on four connections that are cut off see their own, whatever happens to them', async () => {
  const seed = freshSeed()
  const own = await Promise.all(
    people.map(async ({ token }) =>
      keysIn(await (await doors.ask('users', '/v1/me/accounts', { token })).text()),
    ),
  )
  const maybeCut = createCutting()
  const lives = await Promise.all(
    people.map((person, at) => liveOf(person, own[at]!, createRandom(seed + at), maybeCut)),
  )

  expect({ seed, wrong: lives.flatMap(({ wrong }) => wrong) }).toEqual({ seed, wrong: [] })
  const statuses = new Set(lives.flatMap((life) => life.statuses.map(String)))
  expect({ seed, statuses: [...statuses].toSorted() }).toEqual({ seed, statuses: ['200', '202', '503'] })
  expect(lives.filter((life) => !life.statuses.includes(200))).toEqual([])
  for (const { person, events } of lives) {
    const rows = await moa.test.owner<{ userId: string }[]>`
      SELECT user_id::text AS "userId" FROM events WHERE event_id = ANY (${events})`
    expect(rows.map(({ userId }) => Number(userId))).toEqual(events.map(() => person.userId))
  }
})
