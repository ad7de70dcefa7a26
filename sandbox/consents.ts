import { forgetOldest } from './forget-oldest.ts'
import type { Industry } from './institutions.ts'
import { DAY_MS, dayFrom, dayOf } from './kst.ts'
import type { Claims, Tokens } from './tokens.ts'

/** The latest consent of a person at an institution; older ones are dead. */
export type ConsentRecord = {
  generation: number
  scope: string
  endsOn: string
  memo: boolean
  revoked: boolean
  /** Tokens issued so far. */
  serial: number
  /** Access tokens with a lower serial are refused. */
  oldestLive: number
}
/** What a consent grants. */
export type Grant = { scope: string; endsOn: string; memo: boolean }
export type Code = Grant & { person: string; institutionId: string; expires: number }
export type IssuedTokens = {
  institutionId: string
  accessToken: string
  refreshToken: string
  expiresInSeconds: number
  refreshExpiresInSeconds: number
  scope: string
  endsOn: string
}
/** Why a token is not good, in the institution's eyes. */
export type TokenState = 'live' | 'unknown' | 'superseded' | 'revoked' | 'expired' | 'ended'
export type Consents = ReturnType<typeof createConsents>

/** Everything an industry shares. */
export const FULL_SCOPES: Readonly<Record<Industry, string>> = {
  bank: 'bank.list bank.deposit bank.loan',
  card: 'card.list card.card card.point card.bill card.loan',
}
const CODE_SECONDS = 600
/** Codes that nobody came for; the oldest goes. */
const MAX_CODES = 10_000

export type TokenLife = { accessSeconds: number; refreshSeconds: number }
type Kept = { consents: [string, ConsentRecord][]; codes: [string, Code][]; codesIssued: number }

/** Issues, refreshes, revokes and judges. `now` is the institutions' clock. */
export function createConsents(tokens: Tokens, life: TokenLife, now: () => number, kept: Kept | undefined) {
  const records = new Map(kept?.consents)
  const codes = new Map(kept?.codes)
  const codesIssued = { count: kept?.codesIssued ?? 0 }
  const known = new Set([...records.keys()].map((key) => key.slice(0, key.lastIndexOf('|'))))
  const seconds = () => Math.floor(now() / 1000)

  const access = (record: ConsentRecord, person: string, institutionId: string): string => {
    record.serial += 1
    const { generation, serial, scope, endsOn, memo } = record
    const expires = seconds() + life.accessSeconds
    return tokens.sign({ kind: 'a', person, institutionId, generation, serial, expires, scope, endsOn, memo })
  }
  /** A new consent: the person's older tokens at this institution die. */
  const issue = (person: string, institutionId: string, grant: Grant): IssuedTokens => {
    const key = keyOf(person, institutionId)
    const generation = (records.get(key)?.generation ?? 0) + 1
    const record: ConsentRecord = { ...grant, generation, revoked: false, serial: 0, oldestLive: 0 }
    records.set(key, record)
    known.add(person)
    const expires = seconds() + life.refreshSeconds
    return {
      institutionId,
      accessToken: access(record, person, institutionId),
      refreshToken: tokens.sign({
        kind: 'r',
        person,
        institutionId,
        generation,
        serial: 0,
        expires,
        ...grant,
      }),
      expiresInSeconds: life.accessSeconds,
      refreshExpiresInSeconds: life.refreshSeconds,
      scope: grant.scope,
      endsOn: grant.endsOn,
    }
  }
  /** The record a token belongs to; a token that outlived its record (no state file) brings it back. */
  const recordOf = (claims: Claims): ConsentRecord => {
    const key = keyOf(claims.person, claims.institutionId)
    const latest = records.get(key)
    if (latest && latest.generation >= claims.generation) return latest
    const { generation, scope, endsOn, memo, serial } = claims
    const record = { generation, scope, endsOn, memo, revoked: false, serial, oldestLive: 0 }
    records.set(key, record)
    return record
  }
  const judge = (claims: Claims): TokenState => {
    const record = recordOf(claims)
    if (claims.generation < record.generation) return 'superseded'
    if (record.revoked) return 'revoked'
    if (claims.kind === 'a' && claims.serial < record.oldestLive) return 'expired'
    if (claims.expires <= seconds()) return 'expired'
    return dayOf(now()) > (dayFrom(claims.endsOn) ?? 0) ? 'ended' : 'live'
  }
  const refresh = (claims: Claims): string => access(recordOf(claims), claims.person, claims.institutionId)
  /** True if there was something to revoke. */
  const revoke = (claims: Claims): boolean => {
    const record = recordOf(claims)
    if (claims.generation < record.generation || record.revoked) return false
    record.revoked = true
    return true
  }
  /** From now on the person's access tokens are refused, the refresh token is not. */
  const expireAccess = (person: string, institutionId: string): boolean => {
    const record = records.get(keyOf(person, institutionId))
    if (record) record.oldestLive = record.serial + 1
    return record !== undefined
  }
  const issueCode = (person: string, institutionId: string, grant: Grant): string => {
    codesIssued.count += 1
    const code = tokens.mac(`code ${codesIssued.count}`)
    codes.set(code, { ...grant, person, institutionId, expires: seconds() + CODE_SECONDS })
    if (codes.size > MAX_CODES) forgetOldest(codes)
    return code
  }
  /** A code works once, here, for ten minutes. */
  const takeCode = (code: string, institutionId: string): Code | undefined => {
    const held = codes.get(code)
    if (!held || held.institutionId !== institutionId) return undefined
    codes.delete(code)
    return held.expires > seconds() ? held : undefined
  }
  const keep = (): Kept => ({ consents: [...records], codes: [...codes], codesIssued: codesIssued.count })
  return {
    issue,
    judge,
    refresh,
    revoke,
    expireAccess,
    issueCode,
    takeCode,
    people: known as ReadonlySet<string>,
    keep,
    accessSeconds: life.accessSeconds,
  }
}

/** A year of days: how long a consent lasts unless said otherwise. */
export const CONSENT_MS = 365 * DAY_MS

function keyOf(person: string, institutionId: string): string {
  return `${person}|${institutionId}`
}
