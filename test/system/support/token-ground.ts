import { randomBytes } from 'node:crypto'

import { createBearers, type Leave } from '../../../activities/bearers.ts'
import { bindCall, createHttp } from '../../../connectors/http.ts'
import type { CredentialRef } from '../../../db/credential-rows.ts'
import { DomainFailure } from '../../../domain/failures.ts'
import { makeCodeGrant, makeGrant, type TestMoa } from '../moa.ts'
import { createRepositories, openDatabases } from './repositories.ts'
import { type Rotation, startTokenBank, type TokenBank } from './token-bank.ts'

export const WORKERS = 5
// Many requests on a busy machine; where somebody is waited for in vain, it is ten seconds more than a call.
const LIMITS = { callMs: 10_000, attemptMs: 60_000 }

/** A person's consent, and the bank that gave it, which is theirs alone. */
export type Holder = { ref: CredentialRef; bank: TokenBank }
export type Worker = ReturnType<typeof openWorker>

export const NEEDS_USER = { state: 'needs_user', because: 'CredentialsRejected' }
export const ACTIVE = { state: 'active', because: null }

/** Workers that want tokens, without an engine: each has of its own what a process has. */
export function createTokenGround(moa: TestMoa) {
  const workers = Array.from({ length: WORKERS }, (_, no) => openWorker(moa, no))

  /** A person with tokens that are good for years; `hasEnded`: that were, by the bank's word and ours. */
  async function makeHolder(rotation: Rotation, { hasEnded = false } = {}): Promise<Holder> {
    const holder = await enrol(rotation)
    const { accessToken, refreshToken } = holder.bank.series.first()
    const accessExpiresAt = hasEnded ? new Date(Date.now() - 1_000) : new Date('2029-01-01T00:00:00Z')
    if (hasEnded) holder.bank.series.expire()
    const { userId, institutionId } = holder.ref
    const given = makeGrant(institutionId, { accessToken, refreshToken, accessExpiresAt })
    await moa.api.consents.grant(userId, given)
    return holder
  }

  /** A person whose code waits for its exchange. */
  async function makeCodeHolder() {
    const holder = await enrol('none')
    const { userId, institutionId } = holder.ref
    const given = makeCodeGrant(institutionId, holder.bank.series.code)
    await moa.api.consents.grant(userId, given)
    return { ...holder, given }
  }

  async function enrol(rotation: Rotation): Promise<Holder> {
    const bank = await startTokenBank(rotation)
    const institutionId = `T${randomBytes(4).toString('hex')}`
    const { baseUrl } = bank.institution
    await moa.api.institutions.register([{ institutionId, industry: 'bank', name: institutionId, baseUrl }])
    const { userId } = await moa.api.users.enrol('https://test', randomBytes(6).toString('hex'))
    return { ref: { userId, institutionId, generation: 1 }, bank }
  }

  /** One request by one of the workers, in turn or named: a token, and a call with it. */
  async function read({ ref, bank }: Holder, by: number | Worker, leave = always(), limits = LIMITS) {
    const { bearers, http } = typeof by === 'number' ? workers[by % WORKERS]! : by
    const institution = { ...bank.institution, institutionId: ref.institutionId }
    const bearer = await bearers.bearerFor({ ref, institution, limits, leave })
    const visit = { institution, apiType: 'user-refresh' as const }
    const call = bindCall(http, visit, bearer, { signal: leave.signal, deadlineMs: LIMITS.callMs })
    await call({ api: 'bank-001', method: 'GET', path: '/v2/bank/accounts' })
    return bearer.token()
  }

  async function consentOf({ ref }: Holder) {
    const [row] = await moa.test.owner<{ state: string; because: string | null }[]>`
      SELECT consent_state AS state, needs_user_because AS because FROM user_institutions
      WHERE user_id = ${ref.userId}`
    return row!
  }

  const close = async (): Promise<void> => {
    for (const worker of workers) await worker.close()
  }

  return { workers, makeHolder, makeCodeHolder, read, consentOf, close }
}

export type TokenGround = ReturnType<typeof createTokenGround>

export function openWorker(
  moa: TestMoa,
  no: number,
  failpoint: (name: string) => Promise<void> = async () => {},
) {
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

/** A reading that nobody stops. */
export const always = (): Leave => ({ signal: new AbortController().signal, holds: async () => true })

export const nameOf = (error: unknown): string =>
  error instanceof DomainFailure ? error.type : 'no failure of ours'
