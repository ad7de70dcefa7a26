import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

import type { Leave } from '../../activities/bearers.ts'
import { tokenHash } from '../../db/sealing.ts'
import { createTestMoa, type TestMoa } from './moa.ts'
import { startProcess } from './support-e2e/processes.ts'
import type { Rotation } from './support/token-bank.ts'
import {
  ACTIVE,
  always,
  createTokenGround,
  type Holder,
  nameOf,
  NEEDS_USER,
  type TokenGround,
  WORKERS,
} from './support/token-ground.ts'
import { until } from './world.ts'

const READERS_MAIN = 'test/system/support-e2e/token-readers-main.ts'
const READERS = 50
const SHORT = { callMs: 100, attemptMs: 60_000 }

let moa: TestMoa
let ground: TokenGround

beforeAll(async () => {
  moa = await createTestMoa()
  ground = createTokenGround(moa)
})
afterAll(async () => {
  await ground.close()
  await moa.close()
})

const readAtOnce = (holder: Holder, limits?: typeof SHORT) =>
  Promise.allSettled(Array.from({ length: READERS }, (_, at) => ground.read(holder, at, always(), limits)))

const valuesOf = (results: PromiseSettledResult<string>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value : nameOf(result.reason)))

const fifty = (value: string) => Array.from({ length: READERS }, () => value)

describe.concurrent('fifty requests for one token, by five workers at once,', () => {
  test.for<Rotation>(['none', 'strict', 'grace'])(
    'cause one refresh when it has ended (rotation: %s)',
    async (rotation) => {
      const holder = await ground.makeHolder(rotation, { hasEnded: true })
      expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
      expect(holder.bank.tokenCalls()).toHaveLength(1)
      expect(await ground.consentOf(holder)).toEqual(ACTIVE)
      await holder.bank.close()
    },
  )

  test('cause one refresh when the bank refuses it in the middle of their readings', async () => {
    const holder = await ground.makeHolder('strict')
    holder.bank.series.expire()
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    await holder.bank.close()
  })

  test('exchange a waiting code once, with its verifier and its address', async () => {
    const holder = await ground.makeCodeHolder()
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[0]!.accessToken))
    const [call, ...others] = holder.bank.tokenCalls()
    expect(call!.params).toMatchObject({
      code_verifier: holder.given.codeVerifier,
      redirect_uri: holder.given.redirectUri,
    })
    expect(others).toEqual([])
    const [row] = await moa.test.owner`
      SELECT code_sealed, code_verifier_sealed, redirect_uri, lease_id FROM credentials
      WHERE user_id = ${holder.ref.userId}`
    expect(row).toEqual({ code_sealed: null, code_verifier_sealed: null, redirect_uri: null, lease_id: null })
    await holder.bank.close()
  })

  test('end in one refusal when the bank wants no more of us, and ask it nothing from then on', async () => {
    const holder = await ground.makeHolder('strict', { hasEnded: true })
    holder.bank.series.end()
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty('CredentialsRejected'))
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty('CredentialsRejected'))
    expect(holder.bank.calls).toHaveLength(1)
    expect(await ground.consentOf(holder)).toEqual(NEEDS_USER)
    await holder.bank.close()
  })

  test('make one call when it fails, and none of them says that the user must act', async () => {
    const holder = await ground.makeHolder('strict', { hasEnded: true })
    const waiting = watchWaiting(holder)
    holder.bank.first(async (asked, response) => {
      await waiting.untilAllWait()
      response.writeHead(503, { 'x-api-tran-id': asked.headers['x-api-tran-id']! }).end()
      return false
    })
    const read = Array.from({ length: READERS }, (_, at) => ground.read(holder, at, waiting.leave()))
    expect(valuesOf(await Promise.allSettled(read))).toEqual(fifty('InstitutionUnavailable'))
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    holder.bank.first(async () => true)
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
    await holder.bank.close()
  })

  test('wait no longer than the limit for a caller that never ends, and ask nothing themselves', async () => {
    const holder = await ground.makeHolder('strict', { hasEnded: true })
    const { credentials } = ground.workers[0]!
    expect(await credentials.claim(holder.ref, 1, 3_600_000)).not.toBeNull()
    expect(valuesOf(await readAtOnce(holder, SHORT))).toEqual(fifty('InstitutionTooSlow'))
    expect(holder.bank.calls).toEqual([])
    expect(await ground.consentOf(holder)).toEqual(ACTIVE)
    await holder.bank.close()
  })

  test('by five processes cause one refresh, too', async () => {
    const holder = await ground.makeHolder('strict', { hasEnded: true })
    const { userId, institutionId } = holder.ref
    const { credentials } = ground.workers[0]!
    // Nobody may call until all of them wait.
    const claimed = await credentials.claim(holder.ref, 1, 3_600_000)
    const settings = { WORKER_DATABASE_URL: moa.test.urlOf('moa_worker'), SEALING_KEYS: moa.sealingKeys }
    const args = [String(userId), institutionId, holder.bank.institution.baseUrl, String(READERS / WORKERS)]
    const processes = await Promise.all(
      Array.from({ length: WORKERS }, () => startProcess(READERS_MAIN, '"asked"', settings, ...args)),
    )
    await credentials.release(holder.ref, claimed!, 'unused')
    await Promise.all(processes.map(({ gone }) => gone))
    const got = processes.flatMap(({ lines }) => {
      const said = lines.find((line) => line.includes('"got"')) ?? expect.fail(lines.join('\n'))
      return (JSON.parse(said) as { got: string[] }).got
    })
    expect(got).toEqual(fifty(tokenHash(holder.bank.series.pairs[1]!.accessToken).toString('hex')))
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    await holder.bank.close()
  })

  test('go on with one of their own once a caller has died, and with one alone', async () => {
    const holder = await ground.makeHolder('grace', { hasEnded: true })
    expect(await ground.workers[0]!.credentials.claim(holder.ref, 1, 1_000)).not.toBeNull()
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    await holder.bank.close()
  })
})

/** Knows when all have asked, and all workers but the one that calls have seen that somebody calls. */
function watchWaiting({ ref }: Holder) {
  const asked = new Set<AbortSignal>()
  const looks = ground.workers.map(({ credentials }) => {
    const read = vi.spyOn(credentials, 'read')
    return () => read.mock.calls.filter(([{ userId }]) => userId === ref.userId).length
  })
  return {
    /** Whoever waits for tokens listens for being told to stop. */
    leave: (): Leave => {
      const { signal } = new AbortController()
      const listen = signal.addEventListener.bind(signal)
      signal.addEventListener = (...given: Parameters<typeof listen>) => {
        asked.add(signal)
        listen(...given)
      }
      return { signal, holds: async () => true }
    },
    untilAllWait: async (): Promise<void> => {
      await until('all to have asked', async () => asked.size === READERS)
      const before = looks.map((count) => count())
      // Of two looks that begin from now on the first has ended, and found the call under way.
      const haveSeen = () => looks.filter((count, at) => count() >= before[at]! + 2).length
      await until('the other workers to have seen the call', async () => haveSeen() >= WORKERS - 1)
    },
  }
}

describe.concurrent('an answer that is lost on its way, although the bank has given new tokens,', () => {
  test.for<Rotation>(['none', 'grace'])(
    'is asked for once more with the refresh token that is stored (rotation: %s)',
    async (rotation) => {
      const holder = await ground.makeHolder(rotation, { hasEnded: true })
      loseOneAnswer(holder)
      expect(await ground.read(holder, 0).catch(nameOf)).toBe('InstitutionUnavailable')
      expect(await ground.consentOf(holder)).toEqual(ACTIVE)
      expect(await ground.read(holder, 1)).toBe(holder.bank.series.pairs[2]!.accessToken)
      expect(holder.bank.tokenCalls()).toHaveLength(2)
      await holder.bank.close()
    },
  )

  test('is lost for good where the bank rotates strictly: one word to the user, and no third call', async () => {
    const holder = await ground.makeHolder('strict', { hasEnded: true })
    loseOneAnswer(holder)
    expect(await ground.read(holder, 0).catch(nameOf)).toBe('InstitutionUnavailable')
    expect(await ground.consentOf(holder)).toEqual(ACTIVE)
    expect(await ground.read(holder, 1).catch(nameOf)).toBe('CredentialsRejected')
    expect(await ground.consentOf(holder)).toEqual(NEEDS_USER)
    expect(await ground.read(holder, 2).catch(nameOf)).toBe('CredentialsRejected')
    expect(holder.bank.tokenCalls()).toHaveLength(2)
    await holder.bank.close()
  })
})

/** The bank does what it was asked for, and the connection ends before its answer. */
function loseOneAnswer({ bank }: Holder): void {
  bank.first(async ({ path, params }, response) => {
    if (path !== '/oauth/2.0/token') return true
    bank.first(async () => true)
    bank.series.ask({ refreshToken: params['refresh_token']! })
    response.destroy()
    return false
  })
}

describe.concurrent('a token', () => {
  test('that is renewed early and in vain is used as long as it lasts', async () => {
    const holder = await ground.makeHolder('none')
    await moa.test.owner`
      UPDATE credentials SET updated_at = now() - interval '1 hour', access_expires_at = now() + interval '30 s'
      WHERE user_id = ${holder.ref.userId}`
    holder.bank.first(async ({ path, headers }, response) => {
      if (path !== '/oauth/2.0/token') return true
      response.writeHead(503, { 'x-api-tran-id': headers['x-api-tran-id']! }).end()
      return false
    })
    expect(await ground.read(holder, 0)).toBe(holder.bank.series.pairs[0]!.accessToken)
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    await holder.bank.close()
  })

  test('without a refresh token is used until it is refused, and then its user is asked once', async () => {
    const holder = await ground.makeHolder('none')
    await moa.test.owner`
      UPDATE credentials SET refresh_token_sealed = NULL, access_expires_at = now() WHERE user_id = ${holder.ref.userId}`
    expect(await ground.read(holder, 0)).toBe(holder.bank.series.pairs[0]!.accessToken)
    holder.bank.series.expire()
    await expect(ground.read(holder, 1)).rejects.toMatchObject({ type: 'CredentialsRejected' })
    expect(await ground.consentOf(holder)).toEqual(NEEDS_USER)
    expect(holder.bank.tokenCalls()).toEqual([])
    await holder.bank.close()
  })

  test('that the bank refuses although it is new is not renewed again', async () => {
    const holder = await ground.makeHolder('strict')
    holder.bank.first(async (asked, response) => {
      if (asked.path === '/oauth/2.0/token') return true
      response.writeHead(401, {
        'x-api-tran-id': asked.headers['x-api-tran-id']!,
        'content-type': 'application/json',
      })
      response.end('{"rsp_code":"40101","rsp_msg":"refused"}')
      return false
    })
    await expect(ground.read(holder, 0)).rejects.toMatchObject({ type: 'CredentialsRejected' })
    expect(holder.bank.calls.map(({ path }) => path.split('/').at(-1))).toEqual([
      'accounts',
      'token',
      'accounts',
    ])
    expect(await ground.consentOf(holder)).toEqual(NEEDS_USER)
    await holder.bank.close()
  })

  test('of another user is not kept, and is found in the audit without its name', async () => {
    const other = await ground.makeHolder('none')
    const holder = await ground.makeHolder('none', { hasEnded: true })
    const theirs = other.bank.series.pairs[0]!.accessToken
    holder.bank.first(async (asked, response) => {
      const headers = {
        'x-api-tran-id': asked.headers['x-api-tran-id']!,
        'content-type': 'application/json',
      }
      response.writeHead(200, headers)
      response.end(JSON.stringify({ token_type: 'Bearer', access_token: theirs, expires_in: '60' }))
      return false
    })
    const refusal = await ground.read(holder, 0).catch((error: unknown) => error)
    expect(nameOf(refusal)).toBe('CredentialsRejected')
    expect(inspect(refusal, { depth: 8 })).not.toContain(theirs)
    expect(await ground.consentOf(holder)).toEqual(NEEDS_USER)
    const rows = await moa.test.owner`
      SELECT * FROM audit WHERE action = 'token.of_another_user' AND institution_id = ${holder.ref.institutionId}`
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(theirs)
    await Promise.all([holder.bank.close(), other.bank.close()])
  })

  test('that was replaced does not open when its row is put back', async () => {
    const holder = await ground.makeHolder('none', { hasEnded: true })
    const [before] = await moa.test.owner`SELECT * FROM credentials WHERE user_id = ${holder.ref.userId}`
    await ground.read(holder, 0)
    await moa.test.owner`
      UPDATE credentials SET access_token_sealed = ${before!['access_token_sealed']} WHERE user_id = ${holder.ref.userId}`
    await expect(ground.workers[0]!.credentials.read(holder.ref)).rejects.toThrow(/authenticate/)
    await holder.bank.close()
  })
})
