import type { CredentialRef } from '../../../db/credential-rows.ts'
import type { Claim, Issued } from '../../../db/credentials.ts'
import { makeGrant, type TestMoa } from '../moa.ts'
import type { Random } from './random.ts'
import { createSeries, type Pair, type Rotation, type Series } from './token-bank.ts'

const LEASE_MS = 3_600_000

/** A worker between its claim and its last word. `answer`: undefined: not asked yet; null: refused. */
type Caller = { ref: CredentialRef; series: Series; claim: Claim; answer?: Pair | null; hasLease: boolean }

type Stored = { generation: number; version: number; state: string; leaseId: string | null }

/**
 * Workers that claim, ask, are paused for longer than their lease, die, store late, are refused; a consent that is renewed
 * or ends meanwhile: each step by chance, on the real rows, with a bank that is a few variables.
 */
export async function createTokenWalk(moa: TestMoa, institutionId: string, random: Random) {
  const { credentials } = moa.worker
  const rotation = random.pick<Rotation>(['none', 'strict', 'strict', 'grace'])
  const { userId } = await moa.api.users.enrol('https://test', `walk ${random.next()}`)
  const trail: string[] = [`rotation ${rotation}`]
  const callers = new Set<Caller>()
  const issues = new Map<string, number>()
  const refusals = new Map<number, number>()
  const found: string[] = []
  let series = createSeries('walk', rotation)
  let generation = 0
  let newest = { generation: 0, issue: 0 }
  let callsAfterRefusal = 0

  async function grant(): Promise<void> {
    series = createSeries(`walk-${generation}`, rotation)
    const { accessToken, refreshToken } = remembered(series.first())
    const accessExpiresAt = new Date(Date.now() - 1_000)
    await moa.api.consents.grant(
      userId,
      makeGrant(institutionId, { accessToken, refreshToken, accessExpiresAt }),
    )
    generation = (await stored())!.generation
  }

  function remembered(pair: Pair): Pair {
    issues.set(pair.accessToken, pair.issue)
    return pair
  }

  async function stored(): Promise<Stored | undefined> {
    const [row] = await moa.test.owner<Stored[]>`
      SELECT ui.generation, c.version, ui.consent_state AS state, c.lease_id AS "leaseId"
      FROM user_institutions ui LEFT JOIN credentials c USING (user_id, institution_id)
      WHERE ui.user_id = ${userId} AND ui.institution_id = ${institutionId}`
    return row
  }

  const ref = (): CredentialRef => ({ userId, institutionId, generation })

  async function claim(): Promise<void> {
    const holding = await credentials.read(ref())
    if (!('version' in holding)) return
    const mine = await credentials.claim(ref(), holding.version, LEASE_MS)
    if (!mine) return
    if ([...callers].some((caller) => caller.hasLease && caller.ref.generation === generation)) {
      found.push('two may call at once')
    }
    if ((await stored())?.state !== 'active') callsAfterRefusal += 1
    callers.add({ ref: ref(), series, claim: mine, hasLease: true })
  }

  async function ask(): Promise<void> {
    const caller = anyone((one) => one.answer === undefined && one.hasLease)
    if (!caller) return
    const { presented } = caller.claim
    const pair = caller.series.ask(
      presented.kind === 'code' ? presented : { refreshToken: presented.refreshToken },
    )
    caller.answer = pair && remembered(pair)
  }

  async function conclude(): Promise<void> {
    const caller = anyone((one) => one.answer !== undefined)
    if (!caller) return
    callers.delete(caller)
    if (caller.answer) await store(caller, caller.answer)
    else await refuse(caller)
  }

  async function store({ ref: theirs, claim: mine }: Caller, pair: Pair): Promise<void> {
    const issued: Issued = {
      accessToken: pair.accessToken,
      expiresInSeconds: 0,
      refreshToken: rotation === 'none' ? null : pair.refreshToken,
      refreshExpiresInSeconds: null,
    }
    const before = await stored()
    const outcome = await credentials.store(theirs, mine, issued)
    trail.push(`issue ${pair.issue} of generation ${theirs.generation}: ${outcome}`)
    if (outcome !== 'stored') return
    if (before?.state !== 'active') found.push('stored for a consent that is refused or has ended')
    if (theirs.generation !== before?.generation) found.push('stored for another consent')
  }

  async function refuse({ ref: theirs, claim: mine }: Caller): Promise<void> {
    const before = await stored()
    const outcome = await credentials.refuse(theirs, mine.version)
    trail.push(`refusal of version ${mine.version}, generation ${theirs.generation}: ${outcome}`)
    const after = await stored()
    if (before?.state === 'active' && after?.state === 'needs_user') {
      refusals.set(theirs.generation, (refusals.get(theirs.generation) ?? 0) + 1)
      if (theirs.generation !== before.generation) found.push('refused another consent')
      if (mine.version !== before.version) found.push('refused tokens that were never shown')
    }
  }

  /** The worker is gone, with whatever it was told. */
  async function die(): Promise<void> {
    const caller = anyone(() => true)
    if (caller) callers.delete(caller)
    if (caller?.hasLease) await lapse()
  }

  async function letGo(): Promise<void> {
    const caller = anyone((one) => one.answer === undefined)
    if (!caller) return
    callers.delete(caller)
    await credentials.release(caller.ref, caller.claim, random.chance(0.5) ? 'failed' : 'unused')
  }

  /** Time passes for whoever holds the lease. Who has not asked by then does not ask any more: its deadline was earlier. */
  async function lapse(): Promise<void> {
    await moa.test.owner`
      UPDATE credentials SET lease_until = now() - interval '1 s' WHERE user_id = ${userId} AND lease_id IS NOT NULL`
    for (const caller of callers) {
      caller.hasLease = false
      if (caller.answer === undefined) callers.delete(caller)
    }
  }

  async function fence(): Promise<void> {
    await moa.api.consents.fenceRevoked(userId, institutionId, false)
    generation = (await stored())!.generation
  }

  const anyone = (which: (caller: Caller) => boolean): Caller | null => {
    const some = [...callers].filter(which)
    return some.length > 0 ? random.pick(some) : null
  }

  const STEPS = [
    [8, claim],
    [8, ask],
    [5, conclude],
    [1, die],
    [1, letGo],
    [6, lapse],
    [0.6, grant],
    [0.2, fence],
  ] as const

  async function step(): Promise<string[]> {
    let at = random.next() * STEPS.reduce((sum, [weight]) => sum + weight, 0)
    const [, take] = STEPS.find(([weight]) => (at -= weight) < 0)!
    trail.push(take.name)
    await take()
    if (take === grant || take === fence) for (const caller of callers) caller.hasLease = false
    return broken()
  }

  async function broken(): Promise<string[]> {
    const holding = await credentials.read(ref())
    if (holding.state === 'tokens') {
      const issue = issues.get(holding.accessToken) ?? 0
      if (newest.generation === generation && issue < newest.issue)
        found.push('an older pair took the place of a newer')
      newest = { generation, issue }
    }
    if (callsAfterRefusal > 0) found.push('a call after the bank has refused')
    for (const [of, count] of refusals)
      if (count > 1) found.push(`generation ${of} was refused ${count} times`)
    return found
  }

  /** One worker that lives: tokens that work, or one word that the user must act, with no more than two calls. */
  async function end(): Promise<string[]> {
    callers.clear()
    await lapse()
    for (let calls = 0; calls <= 2; calls += 1) {
      const holding = await credentials.read(ref())
      if (holding.state === 'refused' || holding.state === 'moved') return broken()
      if (calls > 0 && holding.state === 'tokens' && series.accepts(holding.accessToken)) return broken()
      await claim()
      await ask()
      await conclude()
    }
    return [...(await broken()), 'neither tokens that work nor a word to the user']
  }

  await grant()
  return { step, end, trail }
}
