import { z } from 'zod'

import { type ConsentTerm, END_CAUSES, type EndCause, type StandingConsent } from '../../db/consent-list.ts'
import { cycleDaysOf, daysLeft, renewableFrom } from '../../domain/consent-time.ts'
import { isPurpose, PURPOSES } from '../../domain/consent.ts'
import { reasonAnswer, reasonOrNull } from '../reasons.ts'
import { instant, number } from './fields.ts'

/** Why a consent is over, as its user reads it. */
const ENDS = {
  renewed: 'You agreed anew, and that took its place.',
  narrowed: 'You chose to share less, and that took its place.',
  revoked: 'You withdrew it.',
  expired: 'Its time was over.',
  withdrawn: 'The institution says that it has ended there.',
} as const satisfies Record<EndCause, string>

const scope = z
  .string()
  .meta({ description: 'What may be read, in the standard’s words with spaces between.' })
const generation = number.meta({
  description: 'Moves with every grant, renewal, narrowing and end. A change names the one it is about.',
})

const terms = {
  generation,
  scope,
  purpose: z.strictObject({ name: z.string(), says: z.string() }),
  isRegular: z.boolean().meta({ description: 'Whether it may be read on schedule, without the person.' }),
  grantedAt: instant,
  endsAt: instant,
  endedAt: instant.nullable(),
  endedBecause: z
    .strictObject({ name: z.enum(END_CAUSES), says: z.string() })
    .nullable()
    .meta({ description: 'Why it is over; null while it stands.' }),
  notices: z
    .array(z.strictObject({ days: z.int(), noticedAt: instant }))
    .meta({ description: 'When it was found to end in 30, 7 and 1 days: what the person is to be told.' }),
}

const standing = {
  institutionId: z.string(),
  name: z.string(),
  industry: z.string(),
  state: z.enum(['active', 'needs_user', 'ended']),
  ...terms,
  cycleDays: z
    .int()
    .nullable()
    .meta({ description: 'How old its data may grow; null: as old as the user’s other institutions.' }),
  expiresInDays: z.int().min(0).meta({ description: 'Begun days count; 0 once it is over.' }),
  renewableFrom: instant.meta({ description: 'From when on the same scope may be agreed to again.' }),
  isRenewable: z.boolean(),
  needsUserBecause: reasonAnswer
    .nullable()
    .meta({ description: 'What only the user can mend, and how; null if nothing.' }),
}

export const termsAnswer = z
  .strictObject(terms)
  .meta({ id: 'ConsentTerms', description: 'One consent as it was agreed, and how it ended.' })
export const consentAnswer = z
  .strictObject(standing)
  .meta({ id: 'Consent', description: 'How a person stands with one institution: the latest consent.' })
export const consentWithHistory = z
  .strictObject({ ...standing, history: z.array(termsAnswer) })
  .meta({ id: 'ConsentWithHistory', description: 'The same with every consent there was, newest first.' })

export function consentOf(found: StandingConsent): z.infer<typeof consentAnswer> {
  const { state, now, endsAt } = found
  const from = renewableFrom(endsAt)
  return {
    institutionId: found.institutionId,
    name: found.name,
    industry: found.industry,
    state,
    ...termsOf(found),
    cycleDays: found.cycleMs === null ? null : cycleDaysOf(found.cycleMs),
    expiresInDays: state === 'ended' ? 0 : daysLeft(endsAt, now),
    renewableFrom: from.toISOString(),
    // Whoever waits for their user, or has ended, is agreed to anew at any time.
    isRenewable: state !== 'active' || from <= now,
    needsUserBecause: reasonOrNull(found.needsUserBecause),
  }
}

export const termsOf = (found: ConsentTerm): z.infer<typeof termsAnswer> => ({
  generation: found.generation,
  scope: found.scope,
  purpose: {
    name: found.purpose,
    // Given in words of its own, before purposes had names.
    says: isPurpose(found.purpose) ? PURPOSES[found.purpose].says : found.purpose,
  },
  isRegular: found.isRegular,
  grantedAt: found.grantedAt.toISOString(),
  endsAt: found.endsAt.toISOString(),
  endedAt: found.endedAt?.toISOString() ?? null,
  endedBecause: found.endedBecause && { name: found.endedBecause, says: ENDS[found.endedBecause] },
  notices: found.notices.map(({ days, noticedAt }) => ({ days, noticedAt: noticedAt.toISOString() })),
})

const termsExample = {
  generation: 2,
  scope: 'bank.list bank.deposit',
  purpose: { name: 'view-and-analyse', says: PURPOSES['view-and-analyse'].says },
  isRegular: true,
  grantedAt: '2026-11-22T00:31:01.902Z',
  endsAt: '2027-11-22T00:31:01.902Z',
  endedAt: null,
  endedBecause: null,
  notices: [],
} satisfies z.infer<typeof termsAnswer>

export const consentExample = {
  institutionId: 'SBXBANK001',
  name: '모아은행',
  industry: 'bank',
  state: 'active',
  ...termsExample,
  cycleDays: 14,
  expiresInDays: 365,
  renewableFrom: '2027-10-23T00:31:01.902Z',
  isRenewable: false,
  needsUserBecause: null,
} satisfies z.infer<typeof consentAnswer>

export const historyExample = {
  ...consentExample,
  history: [
    termsExample,
    {
      ...termsExample,
      generation: 1,
      scope: 'bank.list bank.deposit bank.loan',
      grantedAt: '2026-10-01T03:00:00.000Z',
      endedAt: '2026-11-22T00:31:01.902Z',
      endedBecause: { name: 'narrowed', says: ENDS.narrowed },
    },
  ],
} satisfies z.infer<typeof consentWithHistory>
