import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { checkKeyRing } from '../../db/check-key-ring.ts'
import type { Database, UserId } from '../../db/database.ts'
import { parseKeyRing } from '../../db/key-ring.ts'
import { createKeys } from '../../db/keys.ts'
import { createTestMoa, type TestMoa } from './moa.ts'
import { createSteps, type Steps } from './support/person.ts'

let moa: TestMoa
let steps: Steps

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})

afterAll(async () => {
  await moa.close()
})

const newKey = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`
const place = (userId: UserId) => ({ userId, institutionId: 'A', column: 'access_token' })
const enrol = async (): Promise<UserId> => (await steps.enrol([])).userId

/** A process that has remembered nothing yet, and how often it asks the database. */
function startProcess(database: Database = moa.databases.worker, sealingKeys = moa.sealingKeys) {
  const clock = { now: 0 }
  let asked = 0
  const counting = {
    ...database,
    asUser: ((userId, work) => {
      asked += 1
      return database.asUser(userId, work)
    }) as Database['asUser'],
  }
  const keys = createKeys(counting, parseKeyRing(sealingKeys), () => clock.now)
  return { ...keys, clock, asked: () => asked }
}

const keysOf = (userId: UserId) => moa.test.owner<{ id: string; wrapped: Buffer }[]>`
  SELECT wrapping_key_id AS id, wrapped FROM data_keys WHERE user_id = ${userId} ORDER BY key_no`

describe('a user’s key', () => {
  test('is made when it is needed first, and is one however many processes need it at that moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const userId = await enrol()
      expect((await keysOf(userId)).length).toBe(0)
      const processes = Array.from({ length: 8 }, (_, at) =>
        startProcess(at % 2 === 0 ? moa.databases.worker : moa.databases.api),
      )
      const sealers = await Promise.all(processes.map((each) => each.of(userId)))
      expect((await keysOf(userId)).length).toBe(1)
      const sealed = sealers[0]!.seal('a token', place(userId))
      for (const sealer of sealers) expect(sealer.open(sealed, place(userId))).toBe('a token')
    }
  })

  test('is another for another user, and nothing of it stands in the database', async () => {
    const process = startProcess()
    const [one, other] = [await enrol(), await enrol()]
    await Promise.all([process.of(one), process.of(other)])
    const [[first], [second]] = [await keysOf(one), await keysOf(other)]
    const ring = parseKeyRing(moa.sealingKeys)
    const open = (key: typeof first, userId: UserId) =>
      ring.unwrap(key!.wrapped, key!.id, { userId, keyNo: 1 }).toString('hex')
    expect(open(first, one)).not.toBe(open(second, other))
    expect(first!.wrapped.toString('hex')).not.toContain(open(first, one))
  })

  test('put into another user’s row does not open, and neither does one of another number', async () => {
    const [one, other] = [await enrol(), await enrol()]
    await Promise.all([moa.keys.of(one), moa.keys.of(other)])
    await moa.test.owner`
      UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE user_id = ${other}) WHERE user_id = ${one}`
    await expect(startProcess().of(one)).rejects.toMatchObject({ type: 'StorageUnavailable' })
    await moa.test.owner`UPDATE data_keys SET key_no = 2 WHERE user_id = ${other}`
    await expect(startProcess().of(other)).rejects.toMatchObject({ type: 'StorageUnavailable' })
    await moa.test.owner`DELETE FROM data_keys WHERE user_id IN (${one}, ${other})`
  })

  test('is not made for somebody who has left, or who never was', async () => {
    const userId = await enrol()
    await moa.test.owner`UPDATE users SET state = 'closed' WHERE user_id = ${userId}`
    await expect(startProcess().of(userId)).rejects.toMatchObject({ type: 'Superseded' })
    await expect(startProcess().of(999_999)).rejects.toMatchObject({ type: 'Superseded' })
    expect((await keysOf(userId)).length).toBe(0)
  })

  test('serves a transaction of its user on that connection, once it has been made', async () => {
    const userId = await enrol()
    const inside = (process: ReturnType<typeof startProcess>) =>
      moa.databases.worker.asUser(userId, (tx) => process.within(tx, userId))
    await expect(inside(startProcess())).rejects.toMatchObject({ type: 'Superseded' })
    const sealed = (await startProcess().of(userId)).seal('a token', place(userId))
    const process = startProcess()
    expect((await inside(process)).open(sealed, place(userId))).toBe('a token')
    await process.of(userId)
    expect(process.asked()).toBe(0)
  })
})

describe('what is remembered', () => {
  test('is read once for all who need it at once, and again after five minutes', async () => {
    const userId = await enrol()
    const process = startProcess()
    await Promise.all(Array.from({ length: 20 }, () => process.of(userId)))
    expect(process.asked()).toBe(1)
    process.clock.now = 5 * 60_000 - 1
    await process.of(userId)
    expect(process.asked()).toBe(1)
    process.clock.now = 5 * 60_000
    await process.of(userId)
    expect(process.asked()).toBe(2)
  })

  test('is forgotten when asked, and a key that is gone is not used again', async () => {
    const userId = await enrol()
    const process = startProcess()
    const before = await process.of(userId)
    await moa.test.owner`DELETE FROM data_keys WHERE user_id = ${userId}`
    expect(await process.of(userId)).toBe(before)
    process.forget(userId)
    const after = await process.of(userId)
    expect(() => after.open(before.seal('a token', place(userId)), place(userId))).toThrow('authenticate')
  })

  test('is not a failure: the next one asks again', async () => {
    const userId = await enrol()
    const down = {
      ...moa.databases.worker,
      asUser: () => Promise.reject(new Error('down')),
    } as unknown as Database
    const answers = [down, moa.databases.worker]
    const flaky = {
      ...moa.databases.worker,
      asUser: ((id, work) => answers.shift()!.asUser(id, work)) as Database['asUser'],
    }
    const process = startProcess(flaky)
    await expect(process.of(userId)).rejects.toThrow('down')
    await expect(process.of(userId)).resolves.toBeDefined()
  })
})

describe('a ring', () => {
  test('that lacks a key by which anything is wrapped is refused by that key’s name', async () => {
    const own = await createTestMoa()
    const check = (sealingKeys: string) => checkKeyRing(own.databases.api, parseKeyRing(sealingKeys))
    await expect(check(newKey('k9'))).resolves.toBeUndefined()
    const made = [newKey('k1'), newKey('k2'), newKey('k3')]
    for (const sealingKeys of made) {
      for (const subject of ['one', 'other']) {
        const { userId } = await own.api.users.enrol('https://test', `${subject}-${sealingKeys.slice(0, 2)}`)
        await startProcess(own.databases.api, sealingKeys).of(userId)
      }
    }
    await expect(check(made.join())).resolves.toBeUndefined()
    await expect(check([newKey('k4'), ...made].join())).resolves.toBeUndefined()
    await expect(check(made[1]!)).rejects.toThrow('SEALING_KEYS lacks k1, k3, by which')
    await expect(check([made[0], newKey('k2'), made[2]].join())).rejects.toThrow(
      'SEALING_KEYS has another k2 than the one',
    )
    // A spoilt one is one user's trouble, and no reason to serve nobody.
    await own.test.owner`
      UPDATE data_keys SET wrapped = '\\x01' WHERE user_id = (SELECT min(user_id) FROM data_keys)`
    await expect(check(made.join())).resolves.toBeUndefined()
    await own.close()
  })
})
