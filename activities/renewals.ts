import { setTimeout as sleep } from 'node:timers/promises'

import type { Institution } from '../connectors/connector.ts'
import type { CredentialRef, Holding } from '../db/credential-rows.ts'
import type { Credentials } from '../db/credentials.ts'
import { DomainFailure } from '../domain/failures.ts'
import type { TokenLimits } from '../domain/token-life.ts'
import type { AskForTokens } from './token-call.ts'

/** Whose tokens, of which institution, and within which limits. */
export type Target = { ref: CredentialRef; institution: Institution; limits: TokenLimits }

export type HeldTokens = Extract<Holding, { state: 'tokens' }>

// Whoever waits looks again after so long, half to half as much again: at most some 70 looks in 30 s, each by a key.
const LOOK_AGAIN_MS = { first: 50, most: 500 }

/**
 * Tokens newer than a version, for a code or for older tokens: called for by one at a time among all workers, waited for
 * by the others. CredentialsRejected means that the institution has refused, never that somebody was slow.
 */
export function createRenewals(
  credentials: Pick<Credentials, 'read' | 'claim' | 'release' | 'refuse'>,
  ask: AskForTokens,
) {
  /** `isWanted` is asked right before the call goes out. Null: nobody wants them any more. */
  async function renew(
    target: Target,
    after: number,
    isWanted: () => Promise<boolean>,
  ): Promise<HeldTokens | null> {
    const { ref, limits } = target
    const giveUpAt = performance.now() + limits.waitMs
    let isWaiting = false
    for (let pauseMs = LOOK_AGAIN_MS.first; ; pauseMs = Math.min(pauseMs * 2, LOOK_AGAIN_MS.most)) {
      if (!(await isWanted())) return null
      const holding = await credentials.read(ref)
      if (holding.state === 'moved' || holding.state === 'refused') throw ended(ref, holding)
      if (holding.state === 'tokens' && holding.version > after) return holding
      if (!holding.isHeld) {
        // Given back with nothing new: that call has failed, and another one now would fare no better.
        if (isWaiting && holding.holder === null) throw unavailable(ref)
        if (await turn(target, holding, isWanted)) continue
      }
      isWaiting = true
      if (performance.now() >= giveUpAt) throw tooSlow(target)
      await sleep(pauseMs * (0.5 + Math.random()))
    }
  }

  /** Claims and asks. False: somebody else was faster. */
  async function turn(
    target: Target,
    holding: Exclude<Holding, { state: 'moved' | 'refused' }>,
    isWanted: () => Promise<boolean>,
  ): Promise<boolean> {
    const { ref, limits } = target
    if (holding.state === 'tokens' && !holding.isRenewable) {
      // Nothing is held that the institution could accept: only a new consent brings more.
      if ((await credentials.refuse(ref, holding.version)) === 'refused') throw rejected(ref)
      return true
    }
    const claim = await credentials.claim(ref, holding.version, limits.leaseMs)
    if (!claim) return false
    if (await isWanted()) await ask(target, claim)
    else await credentials.release(ref, claim, 'unused')
    return true
  }

  return renew
}

/** What a holding without tokens means for whoever wants to call. */
export function ended(ref: CredentialRef, holding: Holding): DomainFailure {
  if (holding.state !== 'refused')
    return new DomainFailure('Superseded', `the consent for ${ref.institutionId} has moved on`)
  return new DomainFailure(
    holding.because,
    `${ref.institutionId} has refused before: its user must consent anew`,
  )
}

export const rejected = ({ institutionId }: CredentialRef): DomainFailure =>
  new DomainFailure('CredentialsRejected', `nothing is held that ${institutionId} would give a token for`)

const unavailable = ({ institutionId }: CredentialRef): DomainFailure =>
  new DomainFailure('InstitutionUnavailable', `${institutionId}: another call for the same token has failed`)

const tooSlow = ({ ref, limits }: Target): DomainFailure =>
  new DomainFailure(
    'InstitutionTooSlow',
    `${ref.institutionId}: expected another call for the same token to end within ${limits.waitMs} ms`,
  )
