import type { Industry } from './institutions.ts'
import { judgeToken, type Standing, standingOf, type TokenState } from './judge-token.ts'
import type { TokenRules } from './token-rules.ts'
import type { Claims, Tokens } from './tokens.ts'

/** What a consent grants. */
export type Grant = { scope: string; endsOn: string; memo: boolean }
/** The latest consent of a person at an institution; older ones are dead. */
export type ConsentRecord = Grant & {
  generation: number
  /** The client itself ended it. */
  revoked: boolean
  /** The institution ended it: the person withdrew there, or a code or a refresh token came a second time. */
  ended?: 'withdrawn' | 'reused' | undefined
  /** Refreshes are refused although the consent lives. */
  refusesRefresh?: boolean | undefined
  /** Access tokens issued so far. */
  serial: number
  /** Access tokens with a lower serial are refused. */
  oldestLive: number
  /** The refresh token in force; the first is 0. */
  refreshSerial: number
}
export type IssuedTokens = {
  institutionId: string
  /** Which consent of this person there, counted from 1. */
  generation: number
  accessToken: string
  refreshToken: string
  expiresInSeconds: number
  refreshExpiresInSeconds: number
  scope: string
  endsOn: string
}
/** A new access token; with rotation a refresh token, too. */
export type RefreshedTokens = Pick<IssuedTokens, 'accessToken' | 'expiresInSeconds'> &
  Partial<Pick<IssuedTokens, 'refreshToken' | 'refreshExpiresInSeconds'>>
/** All tokens of a person at an institution. */
export type Series = { person: string; institutionId: string }
export type KeptConsents = { consents: [key: string, record: ConsentRecord][] }
export type Consents = ReturnType<typeof createConsents>

/** Everything an industry shares. */
export const FULL_SCOPES: Readonly<Record<Industry, string>> = {
  bank: 'bank.list bank.deposit bank.loan',
  card: 'card.list card.card card.point card.bill card.loan',
}

/** Issues, refreshes, revokes and judges. `now` is the institutions' clock. */
export function createConsents(
  tokens: Tokens,
  rules: TokenRules,
  now: () => number,
  kept: KeptConsents | undefined,
) {
  const records = new Map(kept?.consents.map(([key, record]) => [key, { ...firstRecord, ...record }]))
  const known = new Set([...records.keys()].map((key) => key.slice(0, key.lastIndexOf('|'))))
  const seconds = () => Math.floor(now() / 1000)

  const access = (record: ConsentRecord, person: string, institutionId: string): string => {
    record.serial += 1
    const { generation, serial, scope, endsOn, memo } = record
    const expires = seconds() + rules.of(institutionId).accessSeconds
    return tokens.sign({ kind: 'a', person, institutionId, generation, serial, expires, scope, endsOn, memo })
  }
  /** A new consent: the person's older tokens at this institution die. */
  const issue = (person: string, institutionId: string, grant: Grant): IssuedTokens => {
    const key = keyOf(person, institutionId)
    const generation = (records.get(key)?.generation ?? 0) + 1
    const record = { ...firstRecord, ...grant, generation }
    records.set(key, record)
    known.add(person)
    const { accessSeconds, refreshSeconds } = rules.of(institutionId)
    const expires = seconds() + refreshSeconds
    return {
      institutionId,
      generation,
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
      expiresInSeconds: accessSeconds,
      refreshExpiresInSeconds: refreshSeconds,
      scope: grant.scope,
      endsOn: grant.endsOn,
    }
  }
  /** The record a token belongs to; a token that outlived its record (no state file) brings it back. */
  const recordOf = (claims: Claims): ConsentRecord => {
    const key = keyOf(claims.person, claims.institutionId)
    const latest = records.get(key)
    const { generation, scope, endsOn, memo, serial } = claims
    const record =
      latest && latest.generation >= generation
        ? latest
        : { ...firstRecord, generation, scope, endsOn, memo, serial }
    records.set(key, record)
    if (claims.kind === 'r' && generation === record.generation)
      record.refreshSerial = Math.max(record.refreshSerial, serial)
    return record
  }
  const judge = (claims: Claims): TokenState => judgeToken(recordOf(claims), claims, now())
  const standing = (claims: Claims): Standing => standingOf(recordOf(claims), claims)
  /** Tokens for a live refresh token. The previous one gives the same successor once more. */
  const refresh = (claims: Claims): RefreshedTokens => {
    const record = recordOf(claims)
    const { person, institutionId, expires } = claims
    const { rotation, accessSeconds } = rules.of(institutionId)
    const given = { accessToken: access(record, person, institutionId), expiresInSeconds: accessSeconds }
    if (rotation === 'none') return given
    record.refreshSerial = claims.serial + 1
    return {
      ...given,
      refreshToken: tokens.sign({ ...claims, serial: record.refreshSerial }),
      refreshExpiresInSeconds: expires - seconds(),
    }
  }
  /** True if there was something to revoke. */
  const revoke = (claims: Claims): boolean => {
    const record = recordOf(claims)
    if (claims.generation < record.generation || record.revoked || record.ended) return false
    record.revoked = true
    return true
  }
  /** The institution ends the latest consent (of this generation, if one is named); false if it was over. */
  const end = (
    { person, institutionId }: Series,
    ended: 'withdrawn' | 'reused',
    generation?: number,
  ): boolean => {
    const record = records.get(keyOf(person, institutionId))
    if (!record || record.revoked || record.ended) return false
    if (generation !== undefined && generation !== record.generation) return false
    record.ended = ended
    return true
  }
  /** From now on the person's access tokens are refused, the refresh token is not. */
  const expireAccess = ({ person, institutionId }: Series): boolean => {
    const record = records.get(keyOf(person, institutionId))
    if (record) record.oldestLive = record.serial + 1
    return record !== undefined
  }
  /** From now on refreshes are refused; access tokens live on. */
  const refuseRefresh = ({ person, institutionId }: Series): boolean => {
    const record = records.get(keyOf(person, institutionId))
    if (record) record.refusesRefresh = true
    return record !== undefined
  }
  const keep = (): KeptConsents => ({ consents: [...records] })
  const people: ReadonlySet<string> = known
  return { issue, judge, standing, refresh, revoke, end, expireAccess, refuseRefresh, people, keep }
}

/** A consent from which no token was issued; state files of earlier versions lack some of it. */
const firstRecord = { revoked: false, serial: 0, oldestLive: 0, refreshSerial: 0 }

function keyOf(person: string, institutionId: string): string {
  return `${person}|${institutionId}`
}
