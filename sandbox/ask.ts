import { coded, Refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import type { Grant } from './consents.ts'
import type { Institution } from './institutions.ts'
import type { Thousandths } from './money.ts'
import { decimal, padded } from './money.ts'
import type { ViolationKind } from './violations.ts'
import type { World } from './world.ts'

export const API_TYPES = ['scheduled', 'user-consent', 'user-refresh', 'user-search'] as const
export type ApiType = (typeof API_TYPES)[number]

/** A data call whose headers, token, scope and org_code are in order. */
export type Ask = {
  world: World
  institution: Institution
  api: string
  apiType: ApiType
  person: string
  grant: Grant
  now: number
  params: Readonly<Record<string, string>>
  /** It has a cursor that a fault gave out: reading that page again is not the client's doing. */
  isAgain?: boolean
}

/** Records a violation and gives the refusal that answers it. */
export function refuse(ask: Ask, kind: ViolationKind, rspCode: string, detail: string): Refusal {
  ask.world.violations.record(kind, ask.institution.institutionId, `${ask.api}: ${detail}`)
  return new Refusal(rspCode)
}

/** Writes an amount as this institution does. */
export function amountOf(ask: Ask, amount: Thousandths): string {
  return ask.institution.trait.padsAmounts ? padded(amount) : decimal(amount)
}

/** Answers with data stamped with a search_timestamp, or UP_TO_DATE if nothing changed since the client's. */
export function answerSince(
  ask: Ask,
  asset: string,
  contentAt: (at: number) => object,
): Answer | { searchTimestamp: string } {
  const since = ask.params['search_timestamp'] ?? '0'
  if (!/^(0|\d{14})$/.test(since)) throw refuse(ask, 'bad-timestamp', '40001', 'search_timestamp')
  const { world, institution, person, api, now } = ask
  const key = [institution.institutionId, person, api, asset].join('|')
  const stamped = world.timestamps.stamp(key, since, now, (at) => JSON.stringify(contentAt(at)))
  return stamped.isUpToDate ? coded('00001') : { searchTimestamp: stamped.searchTimestamp }
}

/** The week's entitlement of a scheduled read: refused if used up; the function it gives uses it. */
export function entitlement(ask: Ask, asset: string, isFirstPage: boolean): () => void {
  const { world, institution, person, api, apiType, now } = ask
  if (apiType !== 'scheduled') return () => undefined
  const read = [institution.institutionId, person, api, asset].join('|')
  if (isFirstPage && world.quota.isUsed(read, now))
    throw refuse(ask, 'scheduled-twice-in-week', '42901', 'second scheduled read in the week')
  return () => void world.quota.use(read, now)
}
