import { createHash } from 'node:crypto'

import type { Grant } from './consents.ts'
import { forgetOldest } from './forget-oldest.ts'
import type { Tokens } from './tokens.ts'

/** What a person agreed to, and what the code for it is bound to. */
export type Agreement = {
  person: string
  clientId: string
  /** One for each institution; each exchanges the code once. */
  grants: [institutionId: string, grant: Grant][]
  /** Absent in codes of the control: those are bound to nothing. */
  redirectUri?: string | undefined
  /** PKCE, S256. */
  challenge?: string | undefined
}
/** What a client brings along with a code. */
export type Exchange = {
  code: string
  institutionId: string
  clientId: string
  redirectUri: string
  verifier: string | undefined
}
export type CodeFault = 'unknown' | 'expired' | 'other client' | 'other redirect' | 'other verifier'
export type Taken =
  | { outcome: 'good'; person: string; grant: Grant; used: (generation: number) => void }
  | { outcome: 'used before'; person: string; generation: number; timesRefused: number }
  | { outcome: CodeFault }
export type Code = Agreement & {
  expires: number
  /** Where it was exchanged: which consent it gave, and how often it came again. */
  used: Record<string, { generation: number; timesRefused: number }>
}
export type KeptCodes = { codes: [code: string, held: Code][]; codesIssued: number }
export type Codes = ReturnType<typeof createCodes>

const CODE_SECONDS = 600
/** A used code is remembered for a day: nobody repeats one later by mistake. */
const REMEMBERED_SECONDS = 86_400
/** About 400 bytes each, 4 MB; the oldest goes. */
const MAX_CODES = 10_000

/** Authorisation codes: ten minutes, once at each institution they are for. `seconds` is the institutions' clock. */
export function createCodes(tokens: Tokens, seconds: () => number, kept: KeptCodes | undefined) {
  // Codes that an earlier version wrote have no grants: they are over by now.
  const codes = new Map(kept?.codes.filter(([, held]) => 'grants' in held))
  const issued = { count: kept?.codesIssued ?? 0 }

  const issue = (agreement: Agreement): string => {
    forgetOld(codes, seconds() - REMEMBERED_SECONDS)
    issued.count += 1
    const code = tokens.mac(`code ${issued.count}`)
    codes.set(code, { ...agreement, expires: seconds() + CODE_SECONDS, used: {} })
    if (codes.size > MAX_CODES) forgetOldest(codes)
    return code
  }
  /** Judges a code. It is used up when its tokens are given, not by a try that is refused. */
  const take = (exchange: Exchange): Taken => {
    const { institutionId } = exchange
    const held = codes.get(exchange.code)
    const grant = held?.grants.find(([id]) => id === institutionId)?.[1]
    if (!held || !grant) return { outcome: 'unknown' }
    const before = held.used[institutionId]
    if (before) {
      before.timesRefused += 1
      return { outcome: 'used before', person: held.person, ...before }
    }
    const fault = faultOf(held, exchange, seconds())
    if (fault) return { outcome: fault }
    const used = (generation: number) => void (held.used[institutionId] = { generation, timesRefused: 0 })
    return { outcome: 'good', person: held.person, grant, used }
  }
  /** Whose code it is at this institution. */
  const personOf = (code: string, institutionId: string): string | undefined => {
    const held = codes.get(code)
    return held?.grants.some(([id]) => id === institutionId) ? held.person : undefined
  }
  const keep = (): KeptCodes => ({ codes: [...codes], codesIssued: issued.count })
  return { issue, take, personOf, keep }
}

function faultOf(held: Code, exchange: Exchange, now: number): CodeFault | undefined {
  if (held.expires <= now) return 'expired'
  if (held.clientId !== exchange.clientId) return 'other client'
  if (held.redirectUri !== undefined && held.redirectUri !== exchange.redirectUri) return 'other redirect'
  if (held.challenge !== undefined)
    return challengeOf(exchange.verifier ?? '') === held.challenge ? undefined : 'other verifier'
  // A verifier without a challenge: somebody took the challenge out on the way (RFC 9700, 4.8.2).
  return exchange.verifier !== undefined && held.redirectUri !== undefined ? 'other verifier' : undefined
}

/** S256 of RFC 7636. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/** Codes stand in the order of their ends, since the clock only moves forward. */
function forgetOld(codes: Map<string, Code>, before: number): void {
  for (const [code, { expires }] of codes) {
    if (expires > before) return
    codes.delete(code)
  }
}
