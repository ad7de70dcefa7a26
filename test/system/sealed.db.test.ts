import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { BUTTON, createSteps, refreshOf, type Steps } from './support/person.ts'
import { makeReading } from './support/readings.ts'

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

const NAMES = ['first', 'second']

/** A person with two accounts at each of two institutions, about to be read again. */
async function makePerson() {
  const { userId, refreshNo } = await steps.enrolWithConsents(['A', 'B'])
  for (const institutionId of ['A', 'B']) {
    const { ref, attempt } = await steps.beginReading(userId, refreshNo, institutionId)
    await steps.apply(ref, attempt, makeReading(NAMES.map((name) => ({ name, amount: 1 }))))
  }
  await steps.cutAndPublish(userId, refreshNo, 1)
  return { userId, refreshNo: refreshOf(await steps.record(userId, BUTTON)) }
}

type Made = Awaited<ReturnType<typeof makePerson>>

/** What a reading opens: the numbers it knows, and what it calls with. */
async function readAgain({ userId, refreshNo }: Made) {
  const begun = await steps.beginReading(userId, refreshNo, 'A')
  const { generation } = begun.attempt
  return { ...begun, held: await moa.worker.credentials.read({ userId, institutionId: 'A', generation }) }
}

const copyNumber = (
  from: { userId: UserId; institutionId: string; name: string },
  to: { userId: UserId; institutionId: string; name: string },
) => moa.test.owner`
  UPDATE accounts SET number_sealed = (SELECT number_sealed FROM accounts WHERE user_id = ${from.userId}
    AND institution_id = ${from.institutionId} AND name = ${from.name})
  WHERE user_id = ${to.userId} AND institution_id = ${to.institutionId} AND name = ${to.name}`

describe('a sealed value opens where it was sealed', () => {
  test('as long as nobody moves it', async () => {
    const { attempt, held } = await readAgain(await makePerson())
    expect(held.state).toBe('tokens')
    expect(attempt.known.accounts.map(({ number }) => number)).toEqual(NAMES.map((name) => `110-000-${name}`))
  })

  test.each<[string, (mine: Made, theirs: Made) => PromiseLike<unknown>]>([
    [
      'a number, from another account of the same institution',
      ({ userId }) =>
        copyNumber(
          { userId, institutionId: 'A', name: 'first' },
          { userId, institutionId: 'A', name: 'second' },
        ),
    ],
    [
      'a number, from another institution',
      ({ userId }) =>
        copyNumber(
          { userId, institutionId: 'B', name: 'first' },
          { userId, institutionId: 'A', name: 'first' },
        ),
    ],
    [
      'a number, from another user',
      ({ userId }, theirs) =>
        copyNumber(
          { userId: theirs.userId, institutionId: 'A', name: 'first' },
          { userId, institutionId: 'A', name: 'first' },
        ),
    ],
    [
      'a token, from another user',
      ({ userId }, theirs) => moa.test.owner`
        UPDATE credentials SET access_token_sealed = (SELECT access_token_sealed FROM credentials
          WHERE user_id = ${theirs.userId} AND institution_id = 'A')
        WHERE user_id = ${userId} AND institution_id = 'A'`,
    ],
    [
      'a token, from another institution',
      ({ userId }) => moa.test.owner`
        UPDATE credentials SET access_token_sealed = (SELECT access_token_sealed FROM credentials
          WHERE user_id = ${userId} AND institution_id = 'B')
        WHERE user_id = ${userId} AND institution_id = 'A'`,
    ],
    [
      'a token, from the column of the other token',
      ({ userId }) => moa.test.owner`
        UPDATE credentials SET access_token_sealed = refresh_token_sealed
        WHERE user_id = ${userId} AND institution_id = 'A'`,
    ],
    [
      'a number, as a token',
      ({ userId }) => moa.test.owner`
        UPDATE credentials SET access_token_sealed = (SELECT number_sealed FROM accounts
          WHERE user_id = ${userId} AND institution_id = 'A' AND name = 'first')
        WHERE user_id = ${userId} AND institution_id = 'A'`,
    ],
    [
      'a token, under another generation',
      ({ userId }) => moa.test.owner`
        WITH moved AS (UPDATE user_institutions SET generation = generation + 1
          WHERE user_id = ${userId} AND institution_id = 'A'),
        agreed AS (UPDATE consents SET generation = generation + 1
          WHERE user_id = ${userId} AND institution_id = 'A' AND ended_at IS NULL)
        UPDATE credentials SET generation = generation + 1 WHERE user_id = ${userId} AND institution_id = 'A'`,
    ],
    [
      'a token, in the place of a later one',
      ({ userId }) => moa.test.owner`
        UPDATE credentials SET version = version + 1 WHERE user_id = ${userId} AND institution_id = 'A'`,
    ],
  ])('%s: it opens no more', async (_, move) => {
    const [mine, theirs] = [await makePerson(), await makePerson()]
    const renewed = makeGrant('A', { refreshToken: 'a refresh token' })
    const refreshNo = refreshOf(await moa.api.consents.grant(mine.userId, renewed))
    await move(mine, theirs)
    await expect(readAgain({ ...mine, refreshNo })).rejects.toThrow('unable to authenticate data')
  })
})

describe('a dump of the database', () => {
  const TOKEN = 'planted-access-0d5bd1a5'
  const REFRESH = 'planted-refresh-91c4cc07'
  const NAME = 'planted-6620-1184'
  const NUMBER = `110-000-${NAME}`
  /** Not sealed: what shows that the search would find. */
  const MEMO = 'planted memo 4e0b'

  /** A text as it may stand in a dump or in a file: as it is, as hexadecimal, as base64 at any of three offsets. */
  function shapes(text: string): string[] {
    const bytes = Buffer.from(text)
    const base64 = [0, 1, 2].map((skip) => bytes.subarray(skip).toString('base64').slice(0, -4))
    return [text, bytes.toString('hex'), ...base64]
  }

  const found = (place: string, texts: readonly string[]) =>
    texts.filter((text) => shapes(text).some((shape) => place.includes(shape)))

  test('contains no token and no account number, in no table and in no file of the server', async () => {
    const { userId } = await steps.enrol(['A'])
    const tokens = { accessToken: TOKEN, refreshToken: REFRESH }
    const refreshNo = refreshOf(await moa.api.consents.grant(userId, makeGrant('A', tokens)))
    const { ref, attempt, held } = await readAgain({ userId, refreshNo })
    const bookings = [{ no: 1, on: '2026-02-03', amount: 5, description: MEMO }]
    const reading = makeReading([{ name: NAME, amount: 1, bookings }])
    // The name is shown; of the number only its end is.
    const account = reading.sections[0] as { rows: { name: string }[] }
    account.rows[0]!.name = 'shown'
    await steps.apply(ref, attempt, reading)
    await steps.cutAndPublish(userId, refreshNo, 1)
    expect(held).toMatchObject({ accessToken: TOKEN })

    const dump = await dumped()
    expect(found(dump, [TOKEN, REFRESH, NUMBER, MEMO])).toEqual([MEMO])

    await moa.test.owner`CHECKPOINT`
    const inFiles = new Set<string>()
    for await (const text of filesOfServer()) {
      for (const hit of found(text, [TOKEN, REFRESH, NUMBER, MEMO])) inFiles.add(hit)
    }
    expect([...inFiles]).toEqual([MEMO])
  })

  /** Every row of every table of ours as text, bytes as hexadecimal: what a dump writes. */
  async function dumped(): Promise<string> {
    const tables = await moa.test.owner<{ name: string }[]>`
      SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`
    expect(tables.length).toBeGreaterThan(25)
    let text = ''
    for (const { name } of tables) {
      const rows = await moa.test.owner.unsafe<{ line: string }[]>(`SELECT t::text AS line FROM ${name} t`)
      text += rows.map(({ line }) => line).join('\n')
    }
    return text
  }

  /** The files of this database and the whole write-ahead log, a file at a time. */
  async function* filesOfServer(): AsyncGenerator<string> {
    const [place] = await moa.test.owner<[{ data: string; oid: number }]>`
      SELECT current_setting('data_directory') AS data, oid FROM pg_database WHERE datname = current_database()`
    for (const folder of [join(place.data, 'base', `${place.oid}`), join(place.data, 'pg_wal')]) {
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (entry.isFile()) yield (await readFile(join(folder, entry.name))).toString('latin1')
      }
    }
  }
})
