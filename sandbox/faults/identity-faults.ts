import { FULL_SCOPES } from '../consents.ts'
import type { World } from '../world.ts'
import { listingOf, withListing } from './listing.ts'

/** Whose answer it is. */
export type Owner = { world: World; institutionId: string; person: string | null; generation: number | null }
export type IdentityFault = { says: string; body: (body: object, owner: Owner) => object }

/** Whoever gets another's token; invented, as everybody here. */
const STRANGER = 'stranger'

/** Answers that mistake somebody for another, or an asset for a new one. */
export const IDENTITY_FAULTS = {
  'new-ids': {
    says: 'accounts and cards have other numbers after each new consent, and are read by them',
    body: (body, { world, institutionId, person, generation }) => {
      const listing = listingOf(body)
      const consent = [institutionId, person ?? '', `${generation}`]
      if (!listing || generation === null) return body
      return withListing(body, {
        ...listing,
        rows: listing.rows.map((row) => world.aliases.renamed(row, consent)),
      })
    },
  },
  'token-of-another': {
    says: "a token call is answered with a stranger's access token",
    body: (body, { world, institutionId }) => {
      if (!('access_token' in body)) return body
      const endsOn = '2099-12-31'
      const scope = 'scope' in body ? String(body.scope) : scopeOf(world, institutionId)
      const { accessToken } = world.consents.issue(STRANGER, institutionId, { scope, endsOn, memo: true })
      return { ...body, access_token: accessToken }
    },
  },
} as const satisfies Record<string, IdentityFault>

function scopeOf({ institutions }: World, institutionId: string): string {
  return FULL_SCOPES[institutions.get(institutionId)?.industry ?? 'bank']
}
