import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { parseKeyRing } from '../../db/key-ring.ts'
import { createKeys } from '../../db/keys.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { runCommand } from './support-e2e/commands.ts'
import { startProcess } from './support-e2e/processes.ts'
import { createSteps, factsOf, refreshOf, type Steps } from './support/person.ts'
import { makeReading } from './support/readings.ts'
import { createRepositories } from './support/repositories.ts'

/** Three pages and a bit. */
const USERS = 1_600
const K2 = `k2:${randomBytes(32).toString('base64')}`

let moa: TestMoa
let steps: Steps
/** First k1 alone, then k2 before it. */
let both: string

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
  both = `${K2},${moa.sealingKeys}`
  await makeUsers()
})

afterAll(async () => {
  await moa.close()
})

/** Users with nothing but a key, which the first key of the ring wraps. */
async function makeUsers(): Promise<void> {
  const ring = parseKeyRing(moa.sealingKeys)
  const rows = await moa.test.owner<{ userId: number }[]>`
    INSERT INTO users (user_key, issuer, subject, cycle_ms)
    SELECT 'key-' || n, 'https://test', 'many-' || n, 1 FROM generate_series(1, ${USERS}) n
    RETURNING user_id::int4 AS "userId"`
  const made = rows.map(({ userId }) => ({
    user_id: userId,
    key_no: 1,
    wrapping_key_id: ring.first,
    wrapped: ring.wrap(randomBytes(32), { userId, keyNo: 1 }),
  }))
  await moa.test.owner`INSERT INTO data_keys ${moa.test.owner(made)}`
}

/** `npm run keys`, to its end. */
function keys(command: string[], sealingKeys: string, settings: Record<string, string> = {}) {
  return runCommand('db/keys-main.ts', command, {
    KEYS_DATABASE_URL: moa.test.urlOf('moa_keys'),
    SEALING_KEYS: sealingKeys,
    ...settings,
  })
}

const wrappedBy = async (): Promise<Record<string, number>> => {
  const rows = await moa.test.owner<{ id: string; keys: number }[]>`
    SELECT wrapping_key_id AS id, count(*)::int AS keys FROM data_keys GROUP BY 1`
  return Object.fromEntries(rows.map(({ id, keys: count }) => [id, count]))
}

const audited = async (): Promise<string[]> => {
  const rows = await moa.test.owner<{ action: string }[]>`
    SELECT action FROM audit WHERE action LIKE 'keys.%' ORDER BY audit_no`
  return rows.map(({ action }) => action)
}

/**
 * Grants and readings of ever new people and of the same, by processes that have remembered no key: each step opens or
 * makes one. Whatever fails, fails the test.
 */
function startLoad(sealingKeys: string) {
  const stopping = new AbortController()
  let done = 0
  const person = async (name: string): Promise<UserId> =>
    (await moa.api.users.enrol('https://test', name)).userId
  const step = async (userId: UserId): Promise<void> => {
    const anew = () => createRepositories(moa.databases, sealingKeys)
    const given = makeGrant('A')
    const refreshNo = refreshOf(await anew().consents.grant(userId, given))
    const ref = { userId, refreshNo, institutionId: 'A', round: await steps.roundOf(userId, refreshNo, 'A') }
    const attempt = await anew().attempts.begin(ref)
    if (attempt === 'done' || 'notYet' in attempt) throw new Error('the reading did not begin')
    const { generation } = attempt
    const held = await anew().credentials.read({ userId, institutionId: 'A', generation })
    expect(held).toMatchObject({ accessToken: given.accessToken })
    await anew().collections.apply(ref, factsOf(attempt), makeReading([{ name: 'one', amount: done }]))
    done += 1
  }
  const lane = async (): Promise<void> => {
    const same = await person(randomBytes(6).toString('hex'))
    while (!stopping.signal.aborted) {
      await step(same)
      await step(await person(randomBytes(6).toString('hex')))
    }
  }
  const running = Promise.all([lane(), lane(), lane()])
  return {
    done: () => done,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

const workerSettings = (sealingKeys: string) => ({
  WORKER_DATABASE_URL: moa.test.urlOf('moa_worker'),
  CARETAKER_DATABASE_URL: moa.test.urlOf('moa_caretaker'),
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  WORKFLOW_BUNDLE: inject('bundlePath'),
  OAUTH_CLIENT_ID: 'sandbox-client',
  OAUTH_CLIENT_SECRET: 'sandbox-secret',
  RECEIPT_KEY: randomBytes(32).toString('base64'),
  SEALING_KEYS: sealingKeys,
})

const apiSettings = (sealingKeys: string) => ({
  API_DATABASE_URL: moa.test.urlOf('moa_api'),
  API_PORT: '0',
  AUTH_ISSUER: 'https://test',
  AUTH_JWKS: 'https://test.example/jwks',
  OAUTH_CLIENT_ID: 'sandbox-client',
  CONSENT_REDIRECT_URI: 'https://moa.example/callback',
  SEALING_KEYS: sealingKeys,
})

describe('a key that still wraps something', () => {
  test('is missed by name at the start of whoever lacks it, and by the rotation itself', async () => {
    const lacks = 'SEALING_KEYS lacks k1, by which keys of users are still wrapped'
    for (const ended of [
      await runCommand('api/main.ts', [], apiSettings(K2)),
      await runCommand('worker/main.ts', [], workerSettings(K2)),
      await keys(['rotate'], K2),
      await runCommand(
        'api/enrol-main.ts',
        [],
        { API_DATABASE_URL: moa.test.urlOf('moa_api'), SEALING_KEYS: K2 },
        '{"issuer":"https://test","subject":"late","consents":[]}',
      ),
    ])
      expect(ended).toMatchObject({ code: 1, complained: expect.stringContaining(`moa ends: ${lacks}`) })
    const status = await keys(['status'], K2)
    expect(status).toMatchObject({
      code: 1,
      said: `k1: ${USERS} keys, and it is not in the ring: nobody can open these\nk2: 0 keys, wraps what is new\n`,
    })
    expect(await wrappedBy()).toEqual({ k1: USERS })
  })

  test('is told of by the status, as is the one that wraps what is new', async () => {
    expect((await keys(['status'], both)).said).toBe(
      `k1: ${USERS} keys, still needed: rotate\nk2: 0 keys, wraps what is new\n`,
    )
  })
})

describe('a command', () => {
  test.each([[[]], [['turn']], [['rotate', 'now']], [['rotate', '--force']]])(
    '%j is none, and does nothing',
    async (command) => {
      const ended = await keys(command, both)
      expect(ended.code).toBe(1)
      expect(ended.complained).toMatch(/^moa ends: /)
      expect(await wrappedBy()).toEqual({ k1: USERS })
    },
  )
})

describe('a rotation', () => {
  test('under load, killed and run again, fails nothing and leaves nothing to the old key', async () => {
    await steps.enrol(['A'])
    const { userId, refreshNo } = await steps.enrolWithConsents(['A'])
    await steps.collect(userId, refreshNo, 'A', 1)
    const before = await moa.keys.of(userId)
    const sealed = before.seal('a token', { userId, institutionId: 'A', column: 'x' })

    // Some have heard of the new ring only as far as it lets them open; they make keys behind the rotation.
    const loads = [startLoad(both), startLoad(`${moa.sealingKeys},${K2}`)]
    await untilMoved(loads)
    const killed = await keys(['rotate'], both, { FAILPOINTS: 'keys.rewrapped=kill@2' })
    expect(killed.signal).toBe('SIGKILL')
    const half = await wrappedBy()
    expect(half['k2']).toBeGreaterThanOrEqual(1_000)
    expect(half['k1']).toBeGreaterThanOrEqual(USERS - 1_000)
    await untilMoved(loads)

    await loads[1]!.stop()
    const again = await keys(['rotate', '--reason', 'yearly'], both)
    expect(again).toMatchObject({ code: 0, complained: '' })
    expect(again.said).toMatch(/^wrapping \d+ keys by k2\n(\d+ of \d+\n)*\d+ keys wrapped by k2\n$/)
    await untilMoved([loads[0]!])
    await loads[0]!.stop()
    expect(Object.keys(await wrappedBy())).toEqual(['k2'])
    expect((await wrappedBy())['k2']).toBeGreaterThan(USERS)
    expect(await audited()).toEqual(['keys.rotation_began', 'keys.rotation_began', 'keys.rotated'])

    const after = await createKeys(moa.databases.worker, parseKeyRing(K2)).of(userId)
    expect(after.open(sealed, { userId, institutionId: 'A', column: 'x' })).toBe('a token')
    expect(after.naturalKey('one', userId, 'A')).toBe(before.naturalKey('one', userId, 'A'))
  })

  test('once through lets the old key go: everything starts and opens without it', async () => {
    expect((await keys(['status'], both)).said).toMatch(
      /^k2: \d+ keys, wraps what is new\nk1: 0 keys, may be taken out of the ring\n$/,
    )
    const worker = await startProcess('worker/main.ts', '"worker is ready"', workerSettings(K2))
    const api = await startProcess('api/main.ts', '"api is ready"', apiSettings(K2))
    await Promise.all([worker.stop(), api.stop()])
    const load = startLoad(K2)
    await untilMoved([load])
    await load.stop()
  })

  test('leaves a key that does not open as it was, names its user, and ends as a failure', async () => {
    const K3 = `k3:${randomBytes(32).toString('base64')}`
    const [spoilt] = await moa.test.owner<[{ userId: number }]>`
      UPDATE data_keys SET wrapped = '\\x0102' WHERE user_id = (SELECT min(user_id) FROM data_keys)
      RETURNING user_id::int4 AS "userId"`
    const ended = await keys(['rotate'], `${K3},${K2}`)
    expect(ended.code).toBe(1)
    expect(ended.said).toContain(`1 key did not open and stayed as before: users ${spoilt.userId}\n`)
    expect((await wrappedBy())['k2']).toBe(1)
  })
})

/** Every load gets on, now. */
async function untilMoved(loads: readonly ReturnType<typeof startLoad>[]): Promise<void> {
  const from = loads.map((load) => load.done())
  const giveUpAt = Date.now() + 60_000
  while (loads.some((load, at) => load.done() < from[at]! + 3)) {
    if (Date.now() > giveUpAt) throw new Error('the load does not get on')
    await sleep(10)
  }
}
