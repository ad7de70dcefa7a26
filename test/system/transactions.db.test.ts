import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'

import { createDatabase, type Database, type Tx, type UserId } from '../../db/database.ts'
import { StorageError } from '../../db/errors.ts'
import { createPool } from '../../db/pool.ts'
import { DomainFailure } from '../../domain/failures.ts'
import { createTestMoa, type TestMoa } from './moa.ts'
import { createLink, placeOf, throughLink } from './support/link.ts'
import { createSteps, type Steps } from './support/person.ts'
import { createRandom, freshSeed } from './support/random.ts'
import { until } from './world.ts'

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

function open(
  name: string,
  size: number,
  url = moa.test.urlOf('moa_api'),
  statementTimeoutMs = 10_000,
): Database {
  const database = createDatabase({
    url,
    size,
    applicationName: name,
    lockTimeoutMs: 1_000,
    statementTimeoutMs,
  })
  onTestFinished(() => database.close())
  return database
}

const addInstitution = (tx: Tx, institutionId: string) =>
  tx.execute(sql`
    INSERT INTO institutions (institution_id, industry, name, base_url)
    VALUES (${institutionId}, 'bank', 'Bank', 'https://bank.example')`)

async function institutionsLike(pattern: string): Promise<string[]> {
  const rows = await moa.test.owner<{ id: string }[]>`
    SELECT institution_id AS id FROM institutions WHERE institution_id LIKE ${pattern}`
  return rows.map(({ id }) => id)
}

async function idleInTransaction(name: string): Promise<number> {
  const rows = await moa.test.owner`
    SELECT FROM pg_stat_activity WHERE application_name = ${name} AND state LIKE 'idle in transaction%'`
  return rows.length
}

async function people(count: number): Promise<UserId[]> {
  const all = Array.from({ length: count }, () => steps.enrolWithConsents(['A']))
  return (await Promise.all(all)).map(({ userId }) => userId)
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  )

describe('many more transactions than connections', () => {
  test('no statement leaves its transaction, whatever fails beside it', async () => {
    const seed = freshSeed()
    const random = createRandom(seed)
    const database = open('stress', 4)
    const users = await people(50)
    const seen = new Map<string, number>()
    const wrong: string[] = []

    const where = async (tx: Tx, transaction: number, userId: UserId): Promise<void> => {
      const [row] = await tx.execute<{ userId: string; xid: string; others: number }>(sql`
        SELECT current_setting('moa.user_id', true) AS "userId", pg_current_xact_id()::text AS xid,
          (SELECT count(*)::int FROM user_institutions WHERE user_id <> ${userId}) AS others`)
      if (row!.userId !== String(userId)) wrong.push(`${transaction} ran as ${row!.userId}, not ${userId}`)
      if (row!.others > 0) wrong.push(`${transaction} of ${userId} saw ${row!.others} rows of others`)
      if ((seen.get(row!.xid) ?? transaction) !== transaction) wrong.push(`${transaction} ran within another`)
      seen.set(row!.xid, transaction)
    }
    const FAILURES = [
      (tx: Tx) => tx.execute(sql`SELECT 1 / ${0}::int`),
      (tx: Tx) => tx.execute(sql`SELECT ${'x'}::int`),
      async () => {
        await sleep(1)
        throw new DomainFailure('Superseded', 'a test')
      },
    ]
    const transactions = Array.from({ length: 400 }, async (_, transaction) => {
      const userId = random.pick(users)
      const statements = 1 + random.below(8)
      const failure = random.chance(0.3) ? random.pick(FAILURES) : null
      const failsAt = random.below(statements)
      const work = database.asUser(userId, async (tx) => {
        await Promise.all(
          Array.from({ length: statements }, async (__, at) => {
            if (failure && at === failsAt) await failure(tx)
            await where(tx, transaction, userId)
            await where(tx, transaction, userId)
          }),
        )
      })
      const error = await failureOf(work)
      if ((error !== null) !== (failure !== null)) wrong.push(`${transaction}: ${String(error)}`)
    })
    await Promise.all(transactions)
    expect(wrong.slice(0, 10), `seed ${seed}`).toEqual([])
    expect(seen.size).toBeGreaterThan(250)
    expect(await idleInTransaction('stress')).toBe(0)
    const left = await Promise.all(
      Array.from({ length: 8 }, () =>
        database.asNobody((tx) =>
          tx.execute<{ left: string | null }>(sql`SELECT current_setting('moa.user_id', true) AS left`),
        ),
      ),
    )
    expect(left.flat().map((row) => row.left ?? '')).toEqual(Array.from({ length: 8 }, () => ''))
  })

  test('what a failed transaction goes on to say is refused, also when its connection was lent on', async () => {
    const database = open('stragglers', 1)
    let straggle = (): void => {}
    const lentOn = new Promise<void>((resolve) => (straggle = resolve))
    let straggler: Promise<unknown> = Promise.resolve()
    const failed = failureOf(
      database.asNobody((tx) => {
        straggler = failureOf(lentOn.then(() => addInstitution(tx, 'straggler-1')))
        return tx.execute(sql`SELECT 1 / 0`)
      }),
    )
    const next = database.asNobody(async (tx) => {
      await tx.execute(sql`SELECT 1`)
      straggle()
      await straggler
    })
    expect(await failed).toMatchObject({ code: '22012' })
    await next
    expect(await straggler).toMatchObject({ cause: { type: 'StorageUnavailable' } })
    expect(await institutionsLike('straggler-%')).toEqual([])
  })

  test('work that hides a failed statement is not told that it was done', async () => {
    const database = open('hiding', 1)
    const work = database.asNobody(async (tx) => {
      await addInstitution(tx, 'hidden-1')
      await tx.execute(sql`SELECT 1 / 0`).catch(() => {})
      return 'done'
    })
    expect(await failureOf(work)).toBeInstanceOf(StorageError)
    expect(await institutionsLike('hidden-%')).toEqual([])
  })
})

/** The API's way to the database, by a link. */
async function linked() {
  const direct = moa.test.urlOf('moa_api')
  const link = await createLink(() => placeOf(direct))
  onTestFinished(() => link.close())
  return { link, url: throughLink(direct, link) }
}

function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
}

describe('a database that goes away', () => {
  test('a killed connection is StorageUnavailable, leaves nothing half-written, and is replaced', async () => {
    const database = open('killed', 4)
    const [WIDTH, BATCH] = [12, 100]
    const state = { isKilling: true }
    const killer = (async () => {
      while (state.isKilling) {
        await moa.test.owner`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'killed' ORDER BY random() LIMIT 1`
        await sleep(5)
      }
    })()
    const write = async (no: number) => {
      await sleep((no % BATCH) * 3)
      const work = database.asNobody((tx) =>
        Promise.all(Array.from({ length: WIDTH }, (_, at) => addInstitution(tx, `killed-${no}-${at}`))),
      )
      return { no, error: await failureOf(work) }
    }
    // Until enough of them have lost theirs: how many that are is up to the machine.
    const endings: Awaited<ReturnType<typeof write>>[] = []
    const lost = () => endings.filter(({ error }) => error !== null)
    while (lost().length <= 10 || endings.length < 3 * BATCH) {
      const from = endings.length
      endings.push(...(await Promise.all(Array.from({ length: BATCH }, (_, at) => write(from + at)))))
    }
    state.isKilling = false
    await killer
    expect(
      lost().filter(({ error }) => !(error instanceof DomainFailure && error.type === 'StorageUnavailable')),
    ).toEqual([])
    const written = new Map<string, number>()
    for (const id of await institutionsLike('killed-%')) {
      const no = id.split('-')[1]!
      written.set(no, (written.get(no) ?? 0) + 1)
    }
    expect([...written].filter(([, rows]) => rows !== WIDTH)).toEqual([])
    expect(endings.filter(({ no, error }) => error === null && !written.has(String(no)))).toEqual([])
    // The last that was killed while idle is known to be gone a moment later.
    await until('every connection to be replaced', async () => {
      const after = Array.from({ length: 20 }, () =>
        failureOf(database.asNobody((tx) => tx.execute(sql`SELECT 1`))),
      )
      return (await Promise.all(after)).every((error) => error === null)
    })
    expect(await idleInTransaction('killed')).toBe(0)
  })

  test('a transaction that could not begin writes nothing, even if the server is back a moment later', async () => {
    const { link, url } = await linked()
    link.turnNextAway()
    const database = open('refused', 1, url)
    const work = failureOf(
      database.asNobody((tx) =>
        Promise.all([addInstitution(tx, 'refused-1'), addInstitution(tx, 'refused-2')]),
      ),
    )
    expect(await work).toMatchObject({ type: 'StorageUnavailable' })
    await sleep(150)
    expect(await institutionsLike('refused-%')).toEqual([])
    await database.asNobody((tx) => addInstitution(tx, 'accepted-1'))
    expect(await institutionsLike('accepted-%')).toEqual(['accepted-1'])
  })

  test('a connection that is cut while statements queue up behind one another runs none of them alone', async () => {
    const { link, url } = await linked()
    const database = open('cut off', 1, url)
    await database.asNobody((tx) => tx.execute(sql`SELECT 1`))
    const sessions = (isWaiting: boolean) => moa.test.owner`
      SELECT FROM pg_stat_activity WHERE application_name = 'cut off' AND datname = current_database()
        AND (wait_event = 'advisory' OR ${!isWaiting})`
    let work: Promise<unknown> = Promise.resolve()
    await moa.test.owner.begin(async (holder) => {
      await holder`SELECT pg_advisory_xact_lock(1)`
      work = failureOf(
        database.asNobody((tx) =>
          Promise.all([
            tx.execute(sql`SELECT pg_advisory_xact_lock(1), ${'a'}::text`),
            ...Array.from({ length: 5 }, (_, at) => addInstitution(tx, `queued-${at}`)),
          ]),
        ),
      )
      await until('the first statement to be held', async () => (await sessions(true)).length > 0)
      link.cut()
      link.mend()
      expect(await work).toMatchObject({ type: 'StorageUnavailable' })
    })
    // The server goes on with what had reached it, until it sees that nobody is there.
    await until('the session to end', async () => (await sessions(false)).length === 0)
    expect(await institutionsLike('queued-%')).toEqual([])
  })

  test('a connection over which nothing is answered any more is given up, and the next one works', async () => {
    const { link, url } = await linked()
    const database = open('stranded', 1, url, 5_000)
    await database.asNobody((tx) => tx.execute(sql`SELECT 1`))
    link.strand()
    fakeTimers()
    const first = failureOf(database.asNobody((tx) => addInstitution(tx, 'stranded-1')))
    await vi.advanceTimersByTimeAsync(9_000)
    expect(link.connections()).toBe(1)
    await vi.advanceTimersByTimeAsync(1_001)
    expect(await first).toMatchObject({ type: 'StorageUnavailable' })
    vi.useRealTimers()
    const next = failureOf(database.asNobody((tx) => addInstitution(tx, 'stranded-2')))
    expect(await next).toBeNull()
    expect(await institutionsLike('stranded-%')).toEqual(['stranded-2'])
  })

  test('statements that take their time one behind another are all waited for', async () => {
    const database = open('patient', 1)
    await database.asNobody((tx) => tx.execute(sql`SELECT 1`))
    fakeTimers()
    const answered: number[] = []
    const work = database.asNobody((tx) =>
      Promise.all(
        [0, 1, 2].map(async (at) => {
          await tx.execute(sql`SELECT pg_sleep(0.2)`)
          answered.push(at)
        }),
      ),
    )
    for (const at of [0, 1, 2]) {
      await vi.advanceTimersByTimeAsync(10_000)
      await vi.waitUntil(() => answered.length > at, { timeout: 5_000, interval: 0 })
    }
    await work
  })

  test('whoever waits too long for a connection is told so', async () => {
    fakeTimers()
    const pool = createPool({
      url: moa.test.urlOf('moa_api'),
      size: 1,
      applicationName: 'full',
      lockTimeoutMs: 1_000,
      statementTimeoutMs: 1_000,
    })
    const first = await pool.checkOut()
    const second = failureOf(pool.checkOut())
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await second).toMatchObject({ type: 'StorageUnavailable' })
    const third = pool.checkOut()
    pool.giveBack(first)
    expect(await third).toMatchObject({ isOver: false })
    expect(first).toMatchObject({ isOver: true })
  })
})

describe('what the database refuses', () => {
  const CANARY = 'canary-5f1e9d'
  const REFUSED: Record<string, (tx: Tx) => Promise<unknown>> = {
    'a value that is there already': async (tx) => {
      await addInstitution(tx, CANARY)
      await addInstitution(tx, CANARY)
    },
    'a value that a rule forbids': (tx) =>
      tx.execute(sql`
        INSERT INTO institutions (institution_id, industry, name, base_url, state)
        VALUES (${CANARY}, 'bank', 'Bank', 'https://bank.example', ${CANARY})`),
    'a text that is no number': (tx) => tx.execute(sql`SELECT ${CANARY}::int`),
    'a value that cannot be sent': (tx) => {
      const circular: Record<string, unknown> = { [CANARY]: CANARY }
      circular['self'] = circular
      return tx.execute(sql`SELECT ${CANARY}::text, ${sql.param(circular)}::jsonb`)
    },
    'a value that is missing': (tx) => tx.execute(sql`SELECT ${CANARY}::text, ${sql.param(undefined)}::text`),
    'a message of the database itself': (tx) =>
      tx.execute(
        sql.raw(`DO $$ BEGIN RAISE EXCEPTION 'row of ${CANARY}' USING DETAIL = '${CANARY}'; END $$`),
      ),
  }

  test.each(Object.keys(REFUSED))('%s: the error says so without the value', async (name) => {
    const database = open('canary', 1)
    const error = await failureOf(database.asNobody(REFUSED[name]!))
    expect(error).toBeInstanceOf(Error)
    const { message, stack, cause } = error as Error
    expect(
      [message, stack, String(cause), inspect(error, { depth: 8, showHidden: true })].join('\n'),
    ).not.toContain(CANARY)
  })

  test.each(['40P01', '40001', '55P03'])('%s is tried again from the start, with a limit', async (code) => {
    const database = open('again', 1)
    const raise = sql.raw(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '${code}'; END $$`)
    let tries = 0
    const hopeless = database.asNobody((tx) => {
      tries += 1
      return tx.execute(raise)
    })
    expect(await failureOf(hopeless)).toMatchObject({
      type: 'StorageUnavailable',
      message: `rows stayed locked (${code})`,
    })
    expect(tries).toBe(5)

    let attempt = 0
    const id = `again-${code}`
    await database.asNobody(async (tx) => {
      attempt += 1
      await addInstitution(tx, id)
      if (attempt === 1) await tx.execute(raise)
    })
    expect(attempt).toBe(2)
    expect(await institutionsLike(id)).toEqual([id])
  })

  test('what would fail the same way is not tried again', async () => {
    const database = open('once', 1)
    let tries = 0
    await failureOf(
      database.asNobody((tx) => {
        tries += 1
        return tx.execute(sql`SELECT 1 / 0`)
      }),
    )
    expect(tries).toBe(1)
  })
})
