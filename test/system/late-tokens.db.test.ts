import { randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

import type { Claim } from '../../db/credentials.ts'
import { DomainFailure } from '../../domain/failures.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import type { Rotation } from './support/token-bank.ts'
import {
  ACTIVE,
  createTokenGround,
  type Holder,
  nameOf,
  NEEDS_USER,
  openWorker,
  type TokenGround,
  type Worker,
  WORKERS,
} from './support/token-ground.ts'
import { until } from './world.ts'

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

/** A refresh that is under way until it is told to go on. */
async function underWay(
  rotation: Rotation,
  { by = 0, hasCode = false }: { by?: number | Worker; hasCode?: boolean } = {},
) {
  const holder = hasCode
    ? await ground.makeCodeHolder()
    : await ground.makeHolder(rotation, { hasEnded: true })
  let goOn = (): void => {}
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  holder.bank.first(async ({ path }) => {
    if (path === '/oauth/2.0/token') await gate
    return true
  })
  const stopping = new AbortController()
  const leave = { signal: stopping.signal, holds: async () => true }
  const reading = ground.read(holder, by, leave).catch((error: unknown) => nameOf(error))
  await until('the call', async () => holder.bank.tokenCalls().length > 0)
  return { holder, stopping, reading, goOn }
}

/** Its user ends it; answers the number of what follows. */
async function revoke({ ref }: Holder): Promise<number> {
  const wish = { deletion: false, reason: null }
  const revoked = await moa.api.revocations.request(ref.userId, ref.institutionId, wish)
  return revoked!.revocation.revocationNo
}

describe.concurrent('a refresh under way', () => {
  test('is thrown away when its consent is renewed, and the new tokens are left alone', async () => {
    const { holder, reading, goOn } = await underWay('strict')
    const grant = makeGrant(holder.ref.institutionId)
    await moa.api.consents.grant(holder.ref.userId, grant)
    goOn()
    expect(await reading).toBe('Superseded')
    const held = await ground.workers[0]!.credentials.read({ ...holder.ref, generation: 2 })
    expect(held).toMatchObject({ state: 'tokens', version: 1, accessToken: grant.accessToken, isHeld: false })
    expect(holder.bank.revoked()).toEqual([])
    await holder.bank.close()
  })

  test('is stored under the narrower consent that its own became meanwhile', async () => {
    const { holder, reading, goOn } = await underWay('strict')
    const { userId, institutionId } = holder.ref
    const narrowed = await moa.api.consentTerms.change(userId, institutionId, {
      generation: 1,
      scope: 'bank.list',
    })
    expect(narrowed).toMatchObject({ outcome: 'changed', generation: 2 })
    goOn()
    expect(await reading).toBe('Superseded')
    const held = { ...holder, ref: { ...holder.ref, generation: 2 } }
    expect(await ground.read(held, 1)).toBe(holder.bank.series.pairs[1]!.accessToken)
    expect(holder.bank.tokenCalls()).toHaveLength(1)
    await holder.bank.close()
  })

  test('hands what it got to the revocation that ended its consent, while the bank has not been heard', async () => {
    const { holder, reading, goOn } = await underWay('strict')
    const revocationNo = await revoke(holder)
    goOn()
    expect(await reading).toBe('Superseded')
    const toTell = await moa.worker.revocationSteps.toTell(holder.ref.userId, revocationNo)
    const { accessToken, refreshToken } = holder.bank.series.pairs[1]!
    expect(toTell!.tokens).toEqual([refreshToken, accessToken])
    expect(holder.bank.revoked()).toEqual([])
    await holder.bank.close()
  })

  test('revokes what it got by itself when the bank has answered the revocation', async () => {
    const { holder, reading, goOn } = await underWay('strict')
    const { userId } = holder.ref
    const { revocationSteps } = moa.worker
    const revocationNo = await revoke(holder)
    const toTell = await revocationSteps.toTell(userId, revocationNo)
    expect(await revocationSteps.told(userId, revocationNo, toTell!.version, 'confirmed')).toBe(true)
    goOn()
    expect(await reading).toBe('Superseded')
    expect(holder.bank.revoked()).toEqual([holder.bank.series.pairs[1]!.refreshToken])
    await holder.bank.close()
  })

  test('of a code, which left its revocation nothing to tell, revokes what came of it', async () => {
    const { holder, reading, goOn } = await underWay('none', { hasCode: true })
    const revocationNo = await revoke(holder)
    expect(await moa.worker.revocationSteps.toTell(holder.ref.userId, revocationNo)).toBeNull()
    goOn()
    expect(await reading).toBe('Superseded')
    expect(holder.bank.revoked()).toEqual([holder.bank.series.pairs[0]!.refreshToken])
    await holder.bank.close()
  })

  test('is not cut short when its only reading is told to stop: what the bank gives is stored', async () => {
    const passed: string[] = []
    const worker = openWorker(moa, WORKERS, async (name) => void passed.push(name))
    const { holder, stopping, reading, goOn } = await underWay('strict', { by: worker })
    stopping.abort(new DomainFailure('Superseded', 'a test'))
    expect(await reading).toBe('Superseded')
    goOn()
    await worker.bearers.settled()
    expect(passed).toEqual(['token.claimed', 'token.answered', 'token.stored'])
    const held = await ground.workers[1]!.credentials.read(holder.ref)
    expect(held).toMatchObject({ version: 2, accessToken: holder.bank.series.pairs[1]!.accessToken })
    await worker.close()
    await holder.bank.close()
  })

  test('is not begun for readings that are told to stop while they wait', async () => {
    const holder = await ground.makeHolder('strict', { hasEnded: true })
    const { credentials } = ground.workers[1]!
    const claimed = await credentials.claim(holder.ref, 1, 3_600_000)
    const stopping = new AbortController()
    const holds = vi.fn(async () => true)
    const reading = ground.read(holder, 0, { signal: stopping.signal, holds })
    const refused = expect(reading).rejects.toMatchObject({ type: 'Superseded' })
    await until('it to have looked in vain', async () => holds.mock.calls.length > 1)
    stopping.abort(new DomainFailure('Superseded', 'a test'))
    await refused
    await credentials.release(holder.ref, claimed!, 'unused')
    await ground.workers[0]!.bearers.settled()
    expect(holder.bank.calls).toEqual([])
    await holder.bank.close()
  })

  test('is not begun for a reading whose rows no longer want it, however its signal stands', async () => {
    const holder = await ground.makeHolder('strict', { hasEnded: true })
    const leave = { signal: new AbortController().signal, holds: async () => false }
    await expect(ground.read(holder, 0, leave)).rejects.toMatchObject({ type: 'Superseded' })
    expect(holder.bank.calls).toEqual([])
    expect(await ground.read(holder, 1)).toBe(holder.bank.series.pairs[1]!.accessToken)
    await holder.bank.close()
  })
})

/** Two callers for one pair: the second claimed when the first one's time had passed. */
async function twoCallers() {
  const holder = await ground.makeHolder('strict', { hasEnded: true })
  const { credentials } = ground.workers[0]!
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
    expect(await ground.consentOf(holder)).toEqual(NEEDS_USER)
    await holder.bank.close()
  })

  test('says nothing of its refusal when something newer is stored', async () => {
    const { holder, credentials, first, second } = await twoCallers()
    expect(await credentials.store(holder.ref, second, issued(twoTokens()[0]))).toBe('stored')
    expect(await credentials.refuse(holder.ref, first.version)).toBe('moved')
    expect(await ground.consentOf(holder)).toEqual(ACTIVE)
    await holder.bank.close()
  })

  test('leaves the lease to who holds it now', async () => {
    const { holder, credentials, first } = await twoCallers()
    await credentials.release(holder.ref, first, 'failed')
    expect(await credentials.read(holder.ref)).toMatchObject({ version: 1, isHeld: true })
    await holder.bank.close()
  })
})
