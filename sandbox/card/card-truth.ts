import type { Institution } from '../institutions.ts'
import { dayOf, type Month, monthDigits, monthOf, startOf, timeDigits } from '../kst.ts'
import type { Window } from '../ledger.ts'
import { decimal, type Thousandths } from '../money.ts'
import { inWon, stateAt } from '../people/cards/approval-state.ts'
import type { CardHolding } from '../people/cards/card-holding.ts'
import type { Approval, Card } from '../people/cards/card.ts'
import { writtenBy } from '../people/cards/descriptors.ts'

/** An approval as of `at`. Amounts are won, or units of the currency abroad; `won` is what counts, in won. */
export type ApprovalTruth = {
  approvedNum: string
  /** 14 digits, as served. */
  approvedAt: string
  status: '01' | '02' | '03'
  changedAt?: string
  amount: string
  counts: string
  won: string
  currency: string
  country?: string
  installments: number
  merchant?: string
}
/** A card with the approvals of the days, and what was truly spent in each month: nothing that was cancelled. */
export type CardTruth = {
  institutionId: string
  cardId: string
  cardNum: string
  name: string
  cardType: '01' | '02'
  status: 'active' | 'closed'
  isConsent: boolean
  isFamily: boolean
  approvals: ApprovalTruth[]
  /** How many are in each state. */
  counts: { approved: number; cancelled: number; amended: number }
  /** Won by month of the approval, YYYYMM. */
  spentHome: Record<string, string>
  spentAbroad: Record<string, string>
}
/** The truth about a card. */
export function cardTruth(
  { approvals, closedAt }: CardHolding,
  card: Card,
  institution: Institution,
  { from, through, at }: Window,
): CardTruth {
  const [first, end] = [startOf(from), startOf(through + 1)]
  const seen = approvals.filter(
    (each) => each.card === card.key && each.at >= first && each.at < end && each.shownAt <= at,
  )
  const rows = seen.map((approval) => approvalTruth(approval, institution, at))
  const count = (status: string) => rows.filter((row) => row.status === status).length
  return {
    institutionId: institution.institutionId,
    cardId: card.cardId,
    cardNum: card.cardNum,
    name: card.name,
    cardType: card.type,
    status: (closedAt.get(card.key) ?? Infinity) <= at ? 'closed' : 'active',
    isConsent: card.isConsent,
    isFamily: card.isFamily,
    approvals: rows,
    counts: { approved: count('01'), cancelled: count('02'), amended: count('03') },
    spentHome: spent(
      seen.filter(({ abroad }) => !abroad),
      at,
    ),
    spentAbroad: spent(
      seen.filter(({ abroad }) => abroad),
      at,
    ),
  }
}

function approvalTruth(approval: Approval, institution: Institution, at: number): ApprovalTruth {
  const { approvedNum, amount, abroad, instalments, merchant } = approval
  const state = stateAt(approval, at)
  return {
    approvedNum,
    approvedAt: timeDigits(approval.at),
    status: state.status,
    ...(state.changedAt === undefined ? {} : { changedAt: timeDigits(state.changedAt) }),
    amount: decimal(amount),
    counts: decimal(state.amount),
    won: decimal(inWon(approval, state.amount)),
    currency: abroad?.currency ?? 'KRW',
    ...(abroad ? { country: abroad.country } : {}),
    installments: instalments,
    ...(merchant ? { merchant: writtenBy(institution, merchant.name) } : {}),
  }
}

function spent(approvals: readonly Approval[], at: number): Record<string, string> {
  const months = new Map<Month, Thousandths>()
  for (const approval of approvals) {
    const month = monthOf(dayOf(approval.at))
    months.set(month, (months.get(month) ?? 0n) + inWon(approval, stateAt(approval, at).amount))
  }
  return Object.fromEntries(
    [...months]
      .toSorted(([one], [other]) => one - other)
      .map(([month, sum]) => [monthDigits(month), decimal(sum)]),
  )
}
