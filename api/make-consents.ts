import type { ConsentTerm, StandingConsent } from '../db/consent-list.ts'

const terms: ConsentTerm = {
  generation: 2,
  scope: 'bank.list bank.deposit',
  purpose: 'view-and-analyse',
  isRegular: true,
  grantedAt: new Date('2026-11-22T00:31:01.902Z'),
  endsAt: new Date('2027-11-22T00:31:01.902Z'),
  endedAt: null,
  endedBecause: null,
  notices: [],
}

/** For tests: a consent that stands, just given for a year, and what it took the place of. */
export const makeConsent = (changes: Partial<StandingConsent> = {}): StandingConsent => ({
  ...terms,
  institutionId: 'SBXBANK001',
  name: '모아은행',
  industry: 'bank',
  state: 'active',
  needsUserBecause: null,
  cycleMs: 14 * 86_400_000,
  now: new Date('2026-11-22T00:31:01.902Z'),
  ...changes,
})

export const makeHistory = (): ConsentTerm[] => [
  terms,
  {
    ...terms,
    generation: 1,
    scope: 'bank.list bank.deposit bank.loan',
    grantedAt: new Date('2026-10-01T03:00:00.000Z'),
    endedAt: new Date('2026-11-22T00:31:01.902Z'),
    endedBecause: 'narrowed',
  },
]

export const makeConsentList = (consents: StandingConsent[] = [makeConsent()]) => ({
  list: async () => consents,
  one: async (_userId: number, id: string) =>
    consents.find(({ institutionId }) => institutionId === id) ?? null,
  history: async () => makeHistory(),
})
