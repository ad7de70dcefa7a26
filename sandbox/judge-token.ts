import type { ConsentRecord } from './consents.ts'
import { dayFrom, dayOf } from './kst.ts'
import type { Claims } from './tokens.ts'

/** Why a token is not good, in the institution's eyes. */
export type TokenState =
  | 'live'
  | 'superseded'
  | 'revoked'
  | 'reused'
  | 'expired'
  | 'withdrawn'
  | 'ended'
  | 'refused'
/** Where a refresh token stands in its series. */
export type Standing = 'current' | 'previous' | 'older'

/** What a token is good for at this moment; `record` is the person's latest consent. */
export function judgeToken(record: ConsentRecord, claims: Claims, now: number): TokenState {
  if (claims.generation < record.generation) return 'superseded'
  if (record.revoked) return 'revoked'
  if (record.ended === 'reused') return 'reused'
  if (claims.kind === 'a' && claims.serial < record.oldestLive) return 'expired'
  if (claims.expires <= Math.floor(now / 1000)) return 'expired'
  // 40106 is for tokens that live: from here on only the consent can be over.
  if (record.ended === 'withdrawn') return 'withdrawn'
  if (dayOf(now) > (dayFrom(claims.endsOn) ?? 0)) return 'ended'
  return claims.kind === 'r' && record.refusesRefresh ? 'refused' : 'live'
}

export function standingOf(record: ConsentRecord, claims: Claims): Standing {
  if (claims.generation < record.generation) return 'older'
  const behind = record.refreshSerial - claims.serial
  return behind === 0 ? 'current' : behind === 1 ? 'previous' : 'older'
}
