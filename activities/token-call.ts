import { setTimeout as sleep } from 'node:timers/promises'

import type { CallOptions, Http } from '../connectors/http.ts'
import { type Client, createTokenCalls, type Tokens } from '../connectors/token.ts'
import type { Claim, Credentials } from '../db/credentials.ts'
import { DomainFailure } from '../domain/failures.ts'
import type { Failpoint, StepLog } from './deps.ts'
import { rejected, type Target } from './renewals.ts'

export type TokenCallDeps = {
  credentials: Credentials
  http: Pick<Http, 'call'>
  client: Client
  failpoint: Failpoint
  log: StepLog
}

/**
 * Makes the one call that a claim allows, and stores what came of it. Throws what the call failed with; a refusal only if
 * it still means what is stored.
 */
export type AskForTokens = (target: Target, claim: Claim) => Promise<void>

// A pair that is not stored is lost, and may cost its user a new consent: a database that restarts is waited for.
const STORE_WITHIN_MS = 60_000
const STORE_AGAIN_MS = 500

export function createTokenCall({ credentials, http, client, failpoint, log }: TokenCallDeps): AskForTokens {
  const ask: AskForTokens = async (target, claim) => {
    try {
      await failpoint('token.claimed')
      const issued = await present(target, claim)
      await failpoint('token.answered')
      await keep(target, claim, issued)
      await failpoint('token.stored')
    } catch (error) {
      if (!isRefusal(error)) {
        await letGo(target, claim)
        throw error
      }
      if ((await credentials.refuse(target.ref, claim.version)) === 'refused') throw error
    }
  }

  /** Nothing stops it but its deadline: an answer that nobody waits for may be the only one that still counts there. */
  function present({ institution, limits }: Target, { presented }: Claim): Promise<Tokens> {
    const calls = createTokenCalls(http, institution, client)
    const options = ownOptions(limits.callMs)
    return presented.kind === 'code'
      ? calls.exchangeCode(presented, options)
      : calls.refresh(presented.refreshToken, options)
  }

  async function keep(target: Target, claim: Claim, issued: Tokens): Promise<void> {
    const { ref } = target
    const outcome = await patiently(() => credentials.store(ref, claim, issued))
    if (outcome === 'moved') return tooLate(target, claim, issued)
    if (outcome === 'stored') return
    log.warn({ institutionId: ref.institutionId }, 'an institution gave a token that another user holds')
    await credentials.refuseForeign(ref, claim.version)
    throw rejected(ref)
  }

  /** The consent has moved on meanwhile; if it has ended, these tokens must end with it. */
  async function tooLate({ ref, institution, limits }: Target, claim: Claim, issued: Tokens): Promise<void> {
    const fate = await patiently(() => credentials.handOver(ref, claim, issued))
    if (fate !== 'revoke') return
    const calls = createTokenCalls(http, institution, client)
    const token = issued.refreshToken ?? issued.accessToken
    await calls.revoke(token, ownOptions(limits.callMs)).catch(() => {
      log.warn(
        { institutionId: ref.institutionId },
        'tokens that came after the end of their consent live on',
      )
    })
  }

  async function letGo({ ref }: Target, claim: Claim): Promise<void> {
    await credentials.release(ref, claim, 'failed').catch(() => {
      // Its time passes by itself; what matters is the first error.
      log.warn({ institutionId: ref.institutionId }, 'the lease of a token could not be given back')
    })
  }

  return ask
}

const isRefusal = (error: unknown): boolean =>
  error instanceof DomainFailure && error.type === 'CredentialsRejected'

const ownOptions = (callMs: number): CallOptions => ({
  signal: new AbortController().signal,
  deadlineMs: callMs,
})

async function patiently<T>(step: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + STORE_WITHIN_MS
  for (;;) {
    try {
      return await step()
    } catch (error) {
      const isPassing = error instanceof DomainFailure && error.type === 'StorageUnavailable'
      if (!isPassing || performance.now() >= giveUpAt) throw error
      await sleep(STORE_AGAIN_MS)
    }
  }
}
