import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createBearers, type Leave } from '../../activities/bearers.ts'
import { bindCall, createHttp } from '../../connectors/http.ts'
import type { CredentialRef } from '../../db/credential-rows.ts'
import type { Claim } from '../../db/credentials.ts'
import { sealCode } from '../../db/sealed-credentials.ts'
import { tokenHash } from '../../db/sealing.ts'
import { DomainFailure } from '../../domain/failures.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { startProcess } from './support-e2e/processes.ts'
import { createRepositories, openDatabases } from './support/repositories.ts'
import { type Rotation, startTokenBank, type TokenBank } from './support/token-bank.ts'
import { until } from './world.ts'

const READERS_MAIN = 'test/system/support-e2e/token-readers-main.ts'
const WORKERS = 5
const READERS = 50
// Fifty requests on a busy machine; where somebody is waited for in vain, it is ten seconds more than a call.
const LIMITS = { callMs: 10_000, attemptMs: 60_000 }
const SHORT = { callMs: 100, attemptMs: 60_000 }

let moa: TestMoa
type Worker = ReturnType<typeof openWorker>

let workers: Worker[]

beforeAll(async () => {
  moa = await createTestMoa()
  workers = Array.from({ length: WORKERS }, (_, no) => openWorker(no))
})
afterAll(async () => {
  for (const worker of workers) await worker.close()
  await moa.close()
})

/** What one process has of its own: connections, sockets, and its promises. */
function openWorker(no: number, failpoint: (name: string) => Promise<void> = async () => {}) {
  const databases = openDatabases(moa, `tokens ${no}`, { size: 4, lockTimeoutMs: 2_000 })
  const { credentials } = createRepositories(databases, moa.sealingKeys)
  const http = createHttp({ operatorCode: 'MOATEST001', registered: () => true, mayCall: () => true })
  const log = { info: () => {}, warn: () => {} }
  const client = { clientId: 'moa', clientSecret: 'secret' }
  return {
    credentials,
    http,
    bearers: createBearers({ credentials, http, client, failpoint, log }),
    close: () => Promise.all([databases.close(), http.close()]),
  }
}

type Held = { ref: CredentialRef; bank: TokenBank }

/** A person with tokens of a bank of its own. Ended: by our clock, too; otherwise good for years. */
async function makeHolder(rotation: Rotation, { hasEnded = false } = {}): Promise<Held> {
  const bank = await startTokenBank(rotation)
  const { userId, institutionId } = await enrolAt(bank)
  const { accessToken, refreshToken } = bank.series.first()
  const accessExpiresAt = hasEnded ? new Date(Date.now() - 1_000) : new Date('2029-01-01T00:00:00Z')
  if (hasEnded) bank.series.expire()
  await moa.api.consents.grant(
    userId,
    makeGrant(institutionId, { accessToken, refreshToken, accessExpiresAt }),
  )
  return { ref: { userId, institutionId, generation: 1 }, bank }
}

async function enrolAt(bank: TokenBank) {
  const institutionId = `T${randomBytes(4).toString('hex')}`
  const { baseUrl } = bank.institution
  await moa.api.institutions.register([{ institutionId, industry: 'bank', name: institutionId, baseUrl }])
  const { userId } = await moa.api.users.enrol('https://test', randomBytes(6).toString('hex'))
  return { userId, institutionId }
}

/** A person whose code waits for its exchange. */
async function makeCodeHolder(): Promise<Held> {
  const holder = await makeHolder('none')
  const { userId, institutionId, generation } = holder.ref
  const place = { userId, institutionId, generation, version: 1 }
  const { codeSealed, codeVerifierSealed } = sealCode(await moa.keys.of(userId), place, {
    code: holder.bank.series.code,
    codeVerifier: 'verifier',
  })
  await moa.test.owner`
    UPDATE credentials SET code_sealed = ${codeSealed}, code_verifier_sealed = ${codeVerifierSealed},
      redirect_uri = 'https://app.example/back', access_token_sealed = NULL, refresh_token_sealed = NULL,
      access_token_hash = NULL, access_expires_at = NULL, refresh_expires_at = NULL
    WHERE user_id = ${userId}`
  return holder
}

const always = (): Leave => ({ signal: new AbortController().signal, holds: async () => true })

const readerOf = ({ ref, bank }: Held, leave: Leave, limits: typeof LIMITS) => ({
  ref,
  institution: { ...bank.institution, institutionId: ref.institutionId },
  limits,
  leave,
})

/** One request by one of the workers, in turn or named: a token, and a call with it. */
async function read(holder: Held, by: number | Worker, leave = always(), limits = LIMITS) {
  const { bearers, http } = typeof by === 'number' ? workers[by % WORKERS]! : by
  const reader = readerOf(holder, leave, limits)
  const bearer = await bearers.bearerFor(reader)
  const visit = { institution: reader.institution, apiType: 'user-refresh' as const }
  const call = bindCall(http, visit, bearer, { signal: leave.signal, deadlineMs: LIMITS.callMs })
  await call({ api: 'bank-001', method: 'GET', path: '/v2/bank/accounts' })
  return bearer.token()
}

const readAtOnce = (holder: Held, limits = LIMITS) =>
  Promise.allSettled(Array.from({ length: READERS }, (_, at) => read(holder, at, always(), limits)))

const valuesOf = (results: PromiseSettledResult<string>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value : nameOf(result.reason)))

const nameOf = (error: unknown): string =>
  error instanceof DomainFailure ? error.type : 'no failure of ours'

const fifty = (value: string) => Array.from({ length: READERS }, () => value)

async function consentOf({ ref }: Held) {
  const [row] = await moa.test.owner<{ state: string; because: string | null }[]>`
    SELECT consent_state AS state, needs_user_because AS because FROM user_institutions
    WHERE user_id = ${ref.userId}`
  return row!
}

const NEEDS_USER = { state: 'needs_user', because: 'CredentialsRejected' }
const ACTIVE = { state: 'active', because: null }

describe.concurrent('fifty requests for one token, by five workers at once,', () => {
  test.for<Rotation>(['none', 'strict', 'grace'])(
    'cause one refresh when it has ended (rotation: %s)',
    async (rotation) => {
      const holder = await makeHolder(rotation, { hasEnded: true })
      expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
      expect(holder.bank.tokenCalls()).toHaveLength(1)
      expect(await consentOf(holder)).toEqual(ACTIVE)
      await holder.bank.close()
    },
  )

  test('cause one refresh when the bank refuses it in the middle of their readings', async () => {
    const holder = await makeHolder('strict')
    holder.bank.series.expire()
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    await holder.bank.close()
  })

  test('exchange a waiting code once, with its verifier and its address', async () => {
    const holder = await makeCodeHolder()
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
    const [call, ...others] = holder.bank.tokenCalls()
    expect(call!.params).toMatchObject({
      code_verifier: 'verifier',
      redirect_uri: 'https://app.example/back',
    })
    expect(others).toEqual([])
    const [row] = await moa.test.owner`
      SELECT code_sealed, code_verifier_sealed, redirect_uri, lease_id FROM credentials
      WHERE user_id = ${holder.ref.userId}`
    expect(row).toEqual({ code_sealed: null, code_verifier_sealed: null, redirect_uri: null, lease_id: null })
    await holder.bank.close()
  })

  test('end in one refusal when the bank wants no more of us, and ask it nothing from then on', async () => {
    const holder = await makeHolder('strict', { hasEnded: true })
    holder.bank.series.end()
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty('CredentialsRejected'))
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty('CredentialsRejected'))
    expect(holder.bank.calls).toHaveLength(1)
    expect(await consentOf(holder)).toEqual(NEEDS_USER)
    await holder.bank.close()
  })

  test('make one call when it fails, and none of them says that the user must act', async () => {
    const holder = await makeHolder('strict', { hasEnded: true })
    holder.bank.first(async (asked, response) => {
      // Long enough for all the others to wait for it, and within its limit.
      await sleep(1_200)
      response.writeHead(503, { 'x-api-tran-id': asked.headers['x-api-tran-id']! }).end()
      return false
    })
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty('InstitutionUnavailable'))
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    holder.bank.first(async () => true)
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
    await holder.bank.close()
  })

  test('wait no longer than the limit for a caller that never ends, and ask nothing themselves', async () => {
    const holder = await makeHolder('strict', { hasEnded: true })
    const { credentials } = workers[0]!
    expect(await credentials.claim(holder.ref, 1, 3_600_000)).not.toBeNull()
    expect(valuesOf(await readAtOnce(holder, SHORT))).toEqual(fifty('InstitutionTooSlow'))
    expect(holder.bank.calls).toEqual([])
    expect(await consentOf(holder)).toEqual(ACTIVE)
    await holder.bank.close()
  }, 30_000)

  test('by five processes cause one refresh, too', async () => {
    const holder = await makeHolder('strict', { hasEnded: true })
    const { userId, institutionId } = holder.ref
    const { credentials } = workers[0]!
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
  }, 60_000)

  test('go on with one of their own once a caller has died, and with one alone', async () => {
    const holder = await makeHolder('grace', { hasEnded: true })
    expect(await workers[0]!.credentials.claim(holder.ref, 1, 1_000)).not.toBeNull()
    expect(valuesOf(await readAtOnce(holder))).toEqual(fifty(holder.bank.series.pairs[1]!.accessToken))
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    await holder.bank.close()
  })
})

describe.concurrent('an answer that is lost on its way, although the bank has given new tokens,', () => {
  test.for<Rotation>(['none', 'grace'])(
    'is asked for once more with the refresh token that is stored (rotation: %s)',
    async (rotation) => {
      const holder = await makeHolder(rotation, { hasEnded: true })
      loseOneAnswer(holder)
      expect(await read(holder, 0).catch(nameOf)).toBe('InstitutionUnavailable')
      expect(await consentOf(holder)).toEqual(ACTIVE)
      expect(await read(holder, 1)).toBe(holder.bank.series.pairs[2]!.accessToken)
      expect(holder.bank.tokenCalls()).toHaveLength(2)
      await holder.bank.close()
    },
  )

  test('is lost for good where the bank rotates strictly: one word to the user, and no third call', async () => {
    const holder = await makeHolder('strict', { hasEnded: true })
    loseOneAnswer(holder)
    expect(await read(holder, 0).catch(nameOf)).toBe('InstitutionUnavailable')
    expect(await consentOf(holder)).toEqual(ACTIVE)
    expect(await read(holder, 1).catch(nameOf)).toBe('CredentialsRejected')
    expect(await consentOf(holder)).toEqual(NEEDS_USER)
    expect(await read(holder, 2).catch(nameOf)).toBe('CredentialsRejected')
    expect(holder.bank.tokenCalls()).toHaveLength(2)
    await holder.bank.close()
  })
})

/** The bank does what it was asked for, and the connection ends before its answer. */
function loseOneAnswer({ bank }: Held): void {
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
    const holder = await makeHolder('none')
    await moa.test.owner`
      UPDATE credentials SET updated_at = now() - interval '1 hour', access_expires_at = now() + interval '30 s'
      WHERE user_id = ${holder.ref.userId}`
    holder.bank.first(async ({ path, headers }, response) => {
      if (path !== '/oauth/2.0/token') return true
      response.writeHead(503, { 'x-api-tran-id': headers['x-api-tran-id']! }).end()
      return false
    })
    expect(await read(holder, 0)).toBe(holder.bank.series.pairs[0]!.accessToken)
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    await holder.bank.close()
  })

  test('without a refresh token is used until it is refused, and then its user is asked once', async () => {
    const holder = await makeHolder('none')
    await moa.test.owner`
      UPDATE credentials SET refresh_token_sealed = NULL, access_expires_at = now() WHERE user_id = ${holder.ref.userId}`
    expect(await read(holder, 0)).toBe(holder.bank.series.pairs[0]!.accessToken)
    holder.bank.series.expire()
    await expect(read(holder, 1)).rejects.toMatchObject({ type: 'CredentialsRejected' })
    expect(await consentOf(holder)).toEqual(NEEDS_USER)
    expect(holder.bank.tokenCalls()).toEqual([])
    await holder.bank.close()
  })

  test('that the bank refuses although it is new is not renewed again', async () => {
    const holder = await makeHolder('strict')
    holder.bank.first(async (asked, response) => {
      if (asked.path === '/oauth/2.0/token') return true
      response.writeHead(401, {
        'x-api-tran-id': asked.headers['x-api-tran-id']!,
        'content-type': 'application/json',
      })
      response.end('{"rsp_code":"40101","rsp_msg":"refused"}')
      return false
    })
    await expect(read(holder, 0)).rejects.toMatchObject({ type: 'CredentialsRejected' })
    expect(holder.bank.calls.map(({ path }) => path.split('/').at(-1))).toEqual([
      'accounts',
      'token',
      'accounts',
    ])
    expect(await consentOf(holder)).toEqual(NEEDS_USER)
    await holder.bank.close()
  })

  test('of another user is not kept, and is found in the audit without its name', async () => {
    const other = await makeHolder('none')
    const holder = await makeHolder('none', { hasEnded: true })
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
    const refusal = await read(holder, 0).catch((error: unknown) => error)
    expect(nameOf(refusal)).toBe('CredentialsRejected')
    expect(inspect(refusal, { depth: 8 })).not.toContain(theirs)
    expect(await consentOf(holder)).toEqual(NEEDS_USER)
    const rows = await moa.test.owner`
      SELECT * FROM audit WHERE action = 'token.of_another_user' AND institution_id = ${holder.ref.institutionId}`
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(theirs)
    await Promise.all([holder.bank.close(), other.bank.close()])
  })

  test('that was replaced does not open when its row is put back', async () => {
    const holder = await makeHolder('none', { hasEnded: true })
    const [before] = await moa.test.owner`SELECT * FROM credentials WHERE user_id = ${holder.ref.userId}`
    await read(holder, 0)
    await moa.test.owner`
      UPDATE credentials SET access_token_sealed = ${before!['access_token_sealed']} WHERE user_id = ${holder.ref.userId}`
    await expect(workers[0]!.credentials.read(holder.ref)).rejects.toThrow(/authenticate/)
    await holder.bank.close()
  })
})

/** A refresh that is under way until it is told to go on. */
async function underWay(rotation: Rotation, by: number | Worker = 0) {
  const holder = await makeHolder(rotation, { hasEnded: true })
  let goOn = (): void => {}
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  holder.bank.first(async ({ path }) => {
    if (path === '/oauth/2.0/token') await gate
    return true
  })
  const stopping = new AbortController()
  const leave = { signal: stopping.signal, holds: async () => true }
  const reading = read(holder, by, leave).catch((error: unknown) => nameOf(error))
  await until('the call', async () => holder.bank.tokenCalls().length > 0)
  return { holder, stopping, reading, goOn }
}

const revocationOf = async ({ ref }: Held, answer: string | null) => {
  await moa.test.owner`
    INSERT INTO revocations (user_id, revocation_no, institution_id, generation, because, with_deletion, erase_up_to,
      workflow_id, institution_answer)
    VALUES (${ref.userId}, 1, ${ref.institutionId}, 2, 'revoked', false, 0, 'revoke/test', ${answer})`
}

describe.concurrent('a refresh under way', () => {
  test('is thrown away when its consent is renewed, and the new tokens are left alone', async () => {
    const { holder, reading, goOn } = await underWay('strict')
    const grant = makeGrant(holder.ref.institutionId)
    await moa.api.consents.grant(holder.ref.userId, grant)
    goOn()
    expect(await reading).toBe('Superseded')
    const held = await workers[0]!.credentials.read({ ...holder.ref, generation: 2 })
    expect(held).toMatchObject({ state: 'tokens', version: 1, accessToken: grant.accessToken, isHeld: false })
    expect(holder.bank.revoked()).toEqual([])
    await holder.bank.close()
  })

  test('hands what it got to the revocation that ended its consent, while the bank has not been heard', async () => {
    const { holder, reading, goOn } = await underWay('strict')
    await moa.api.consents.fenceRevoked(holder.ref.userId, holder.ref.institutionId, false)
    await revocationOf(holder, null)
    goOn()
    expect(await reading).toBe('Superseded')
    const [row] = await moa.test.owner`
      SELECT tokens_generation, tokens_version, access_token_sealed IS NOT NULL AS access,
        refresh_token_sealed IS NOT NULL AS refresh FROM revocations WHERE user_id = ${holder.ref.userId}`
    expect(row).toEqual({ tokens_generation: 1, tokens_version: 2, access: true, refresh: true })
    expect(holder.bank.revoked()).toEqual([])
    await holder.bank.close()
  })

  test('revokes what it got by itself when the bank has answered the revocation', async () => {
    const { holder, reading, goOn } = await underWay('strict')
    await moa.api.consents.fenceRevoked(holder.ref.userId, holder.ref.institutionId, false)
    await revocationOf(holder, 'confirmed')
    goOn()
    expect(await reading).toBe('Superseded')
    expect(holder.bank.revoked()).toEqual([holder.bank.series.pairs[1]!.refreshToken])
    await holder.bank.close()
  })

  test('is not cut short when its only reading is told to stop: what the bank gives is stored', async () => {
    const passed: string[] = []
    const worker = openWorker(WORKERS, async (name) => void passed.push(name))
    const { holder, stopping, reading, goOn } = await underWay('strict', worker)
    stopping.abort(new DomainFailure('Superseded', 'a test'))
    expect(await reading).toBe('Superseded')
    goOn()
    await worker.bearers.settled()
    expect(passed).toEqual(['token.claimed', 'token.answered', 'token.stored'])
    const held = await workers[1]!.credentials.read(holder.ref)
    expect(held).toMatchObject({ version: 2, accessToken: holder.bank.series.pairs[1]!.accessToken })
    await worker.close()
    await holder.bank.close()
  })

  test('is not begun for readings that are told to stop while they wait', async () => {
    const holder = await makeHolder('strict', { hasEnded: true })
    await workers[1]!.credentials.claim(holder.ref, 1, 1_000)
    const stopping = new AbortController()
    const reading = read(holder, 0, { signal: stopping.signal, holds: async () => true })
    const refused = expect(reading).rejects.toMatchObject({ type: 'Superseded' })
    await sleep(200)
    stopping.abort(new DomainFailure('Superseded', 'a test'))
    await refused
    await workers[0]!.bearers.settled()
    expect(holder.bank.calls).toEqual([])
    await holder.bank.close()
  })

  test('is not begun for a reading whose rows no longer want it, however its signal stands', async () => {
    const holder = await makeHolder('strict', { hasEnded: true })
    const leave = { signal: new AbortController().signal, holds: async () => false }
    await expect(read(holder, 0, leave)).rejects.toMatchObject({ type: 'Superseded' })
    expect(holder.bank.calls).toEqual([])
    expect(await read(holder, 1)).toBe(holder.bank.series.pairs[1]!.accessToken)
    await holder.bank.close()
  })
})

/** Two callers for one pair: the second claimed when the first one's time had passed. */
async function twoCallers() {
  const holder = await makeHolder('strict', { hasEnded: true })
  const { credentials } = workers[0]!
  const claim = async (): Promise<Claim> => {
    const claimed = await credentials.claim(holder.ref, 1, 60_000)
    if (!claimed) throw new Error('somebody else holds the lease')
    return claimed
  }
  const [first, second] = [
    await claim(),
    await moa.test
      .owner`UPDATE credentials SET lease_until = now() WHERE user_id = ${holder.ref.userId}`.then(claim),
  ]
  return { holder, credentials, first, second }
}

const issued = (accessToken: string) => ({
  accessToken,
  expiresInSeconds: 3_600,
  refreshToken: `${accessToken}-refresh`,
  refreshExpiresInSeconds: null,
})

/** Names that no other test uses: a token serves one user only. */
const twoTokens = () => [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')] as const

describe.concurrent('a caller that was paused for longer than its lease', () => {
  test('stores what it got while nobody else has, and the next one, who asked later, replaces it', async () => {
    const { holder, credentials, first, second } = await twoCallers()
    const [older, newer] = twoTokens()
    expect(await credentials.store(holder.ref, first, issued(older))).toBe('stored')
    expect(await credentials.read(holder.ref)).toMatchObject({ version: 2, accessToken: older, isHeld: true })
    expect(await credentials.store(holder.ref, second, issued(newer))).toBe('stored')
    expect(await credentials.read(holder.ref)).toMatchObject({
      version: 3,
      accessToken: newer,
      isHeld: false,
    })
    await holder.bank.close()
  })

  test('does not store what is older than what the next one has stored', async () => {
    const { holder, credentials, first, second } = await twoCallers()
    const [older, newer] = twoTokens()
    expect(await credentials.store(holder.ref, second, issued(newer))).toBe('stored')
    expect(await credentials.store(holder.ref, first, issued(older))).toBe('moved')
    expect(await credentials.read(holder.ref)).toMatchObject({ version: 2, accessToken: newer })
    await holder.bank.close()
  })

  test('does not bring a consent back whose refusal the user was told of', async () => {
    const { holder, credentials, first, second } = await twoCallers()
    const [older, newer] = twoTokens()
    expect(await credentials.refuse(holder.ref, second.version)).toBe('refused')
    expect(await credentials.store(holder.ref, first, issued(older))).toBe('moved')
    expect(await credentials.store(holder.ref, second, issued(newer))).toBe('moved')
    expect(await consentOf(holder)).toEqual(NEEDS_USER)
    await holder.bank.close()
  })

  test('says nothing of its refusal when something newer is stored', async () => {
    const { holder, credentials, first, second } = await twoCallers()
    expect(await credentials.store(holder.ref, second, issued(twoTokens()[0]))).toBe('stored')
    expect(await credentials.refuse(holder.ref, first.version)).toBe('moved')
    expect(await consentOf(holder)).toEqual(ACTIVE)
    await holder.bank.close()
  })

  test('leaves the lease to who holds it now', async () => {
    const { holder, credentials, first } = await twoCallers()
    await credentials.release(holder.ref, first, 'failed')
    expect(await credentials.read(holder.ref)).toMatchObject({ version: 1, isHeld: true })
    await holder.bank.close()
  })
})
