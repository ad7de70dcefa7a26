import type { Bearer, Institution } from '../connectors/connector.ts'
import type { CredentialRef } from '../db/credential-rows.ts'
import { DomainFailure } from '../domain/failures.ts'
import type { Limits } from '../domain/refresh.ts'
import { isDue, isOver, tokenLimits } from '../domain/token-life.ts'
import { createRenewals, ended, type HeldTokens, type Target } from './renewals.ts'
import { createTokenCall, type TokenCallDeps } from './token-call.ts'

/** Whether a reading may still call: its signal at once, its rows when it asks. */
export type Leave = { signal: AbortSignal; holds: () => Promise<boolean> }

/** A reading that needs a token. */
export type Reader = {
  ref: CredentialRef
  institution: Institution
  limits: Pick<Limits, 'callMs' | 'attemptMs'>
  leave: Leave
}

type Flight = { tokens: Promise<HeldTokens | null>; leaves: Set<Leave> }

/**
 * The tokens that readings call with. Each is one that lasts for the whole reading where the institution gives such; where
 * it refuses one, the reading gets one more chance, with another. Readings of one process wait for a new token together.
 */
export function createBearers(deps: TokenCallDeps) {
  const { credentials } = deps
  const renew = createRenewals(credentials, createTokenCall(deps))
  const flights = new Map<string, Flight>()

  /** Exchanges a code that waits, renews what would end before the reading does, and answers what to call with. */
  async function bearerFor(reader: Reader): Promise<Bearer> {
    const target = targetOf(reader)
    let held = await fresh(reader, target)
    let refusedFirst: number | null = null
    const versions = new Map([[held.accessToken, held.version]])

    async function instead(refused: string, refusal: DomainFailure): Promise<string> {
      const version = versions.get(refused) ?? held.version
      if (held.version <= version) {
        refusedFirst ??= version
        const isSecond = version > refusedFirst
        held = isSecond ? await newest(target, version, refusal) : await after(version, reader, target)
        versions.set(held.accessToken, held.version)
      }
      return held.accessToken
    }
    return { token: () => held.accessToken, instead }
  }

  async function fresh(reader: Reader, target: Target): Promise<HeldTokens> {
    const holding = await credentials.read(reader.ref)
    if (holding.state === 'code') return after(holding.version, reader, target)
    if (holding.state !== 'tokens') throw ended(reader.ref, holding)
    if (!holding.isRenewable || !isDue(holding, reader.limits.attemptMs)) return holding
    return after(holding.version, reader, target).catch((error: unknown) => {
      // Renewed ahead of time: what still holds is good enough, unless the institution wants no more of us.
      if (reader.leave.signal.aborted || isOver(holding) || isFinal(error)) throw error
      return holding
    })
  }

  /** A second refusal in one reading: good is only what somebody else has stored meanwhile. */
  async function newest({ ref }: Target, version: number, refusal: DomainFailure): Promise<HeldTokens> {
    if ((await credentials.refuse(ref, version)) === 'refused') throw refusal
    const holding = await credentials.read(ref)
    if (holding.state === 'tokens' && holding.version > version) return holding
    throw ended(ref, holding)
  }

  /** Newer tokens than these, waited for together with whoever wants the same. */
  async function after(version: number, { leave }: Reader, target: Target): Promise<HeldTokens> {
    for (;;) {
      const flight = join(version, target, leave)
      const tokens = await unlessStopped(flight.tokens, leave.signal).finally(() =>
        flight.leaves.delete(leave),
      )
      if (tokens) return tokens
      if (!(await leave.holds())) throw unwanted(target)
    }
  }

  function join(version: number, target: Target, leave: Leave): Flight {
    const { userId, institutionId, generation } = target.ref
    const key = `${userId}|${institutionId}|${generation}|${version}`
    const known = flights.get(key)
    if (known) {
      known.leaves.add(leave)
      return known
    }
    const leaves = new Set([leave])
    const tokens = renew(target, version, () => anyHolds(leaves)).finally(() => flights.delete(key))
    // Whoever waited may have been told to stop before it failed.
    tokens.catch(() => {})
    const flight = { tokens, leaves }
    flights.set(key, flight)
    return flight
  }

  /** Resolves when no call for tokens is under way: an answer that is not stored may be the only one that counts there. */
  const settled = async (): Promise<void> => {
    await Promise.allSettled([...flights.values()].map(({ tokens }) => tokens))
  }

  return { bearerFor, settled }
}

export type Bearers = ReturnType<typeof createBearers>

const targetOf = ({ ref, institution, limits }: Reader): Target => ({
  ref,
  institution,
  limits: tokenLimits(limits.callMs),
})

async function anyHolds(leaves: ReadonlySet<Leave>): Promise<boolean> {
  for (const leave of leaves) if (!leave.signal.aborted && (await leave.holds())) return true
  return false
}

/** What a later call cannot mend: the institution or the consent has spoken. */
const isFinal = (error: unknown): boolean =>
  error instanceof DomainFailure && ['CredentialsRejected', 'ConsentEnded', 'Superseded'].includes(error.type)

const unwanted = ({ ref }: Target): DomainFailure =>
  new DomainFailure('Superseded', `the reading of ${ref.institutionId} is no longer wanted`)

/** Whoever is told to stop stops waiting; the call goes on for the others, and to be stored. */
function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
