import type { Institution } from './institutions.ts'
import { timeDigits } from './kst.ts'
import { thousandths } from './money.ts'
import { stateAt } from './people/cards/approval-state.ts'
import type { CardHolding } from './people/cards/card-holding.ts'
import type { Approval, Card } from './people/cards/card.ts'
import type { World } from './world.ts'

/** So many new approvals now, alike but for their numbers. */
export type NewApprovals = {
  person: string
  institutionId: string
  count: number
  merchant?: string | undefined
  /** Decimal text: won, or dollars overseas; default 10000, or 19.99. */
  amount?: string | undefined
  /** In the United States. */
  overseas?: boolean | undefined
  installments?: number | undefined
  /** Default: the first card with consent that is not closed. */
  cardId?: string | undefined
}
/** An approval; default: the latest one that is shown and not cancelled. */
export type WhichApproval = {
  person: string
  institutionId: string
  cardId?: string | undefined
  approvedNum?: string | undefined
  /** 14 digits, as served: numbers may come again. */
  approvedAt?: string | undefined
}
export type Amendment = WhichApproval & { amount: string }
export type PlantedApproval = { cardId: string; approvedNum: string; approvedAt: string }

/** A year of a busy card in one order is enough. */
const MAX_NEW_APPROVALS = 10_000
const MAX_INSTALMENTS = 60
const dollars = { country: 'US', currency: 'USD', rate: 1_371_250n }

/** Uses a card now. */
export function plantApprovals(
  world: World,
  institution: Institution,
  order: NewApprovals,
): { cardId: string; added: number; approvals: PlantedApproval[] } {
  const { person, count, merchant, overseas, installments = 1 } = order
  const amount = amountOf(order.amount ?? (overseas ? '19.99' : '10000'))
  if (!Number.isInteger(count) || count < 1 || count > MAX_NEW_APPROVALS)
    throw new RangeError(`count: 1 to ${MAX_NEW_APPROVALS}`)
  if (!Number.isInteger(installments) || installments < 1 || installments > MAX_INSTALMENTS)
    throw new RangeError(`installments: 1 to ${MAX_INSTALMENTS}`)
  const at = world.clock.now()
  const before = world.cardHistories.holding(person, institution, at)
  const card = openCard(before, order.cardId, at)
  if (!overseas && amount % 1000n !== 0n) throw new RangeError('amount: whole won')
  if (installments > 1 && card.type === '02') throw new RangeError('installments: of a credit card only')
  const known = new Set(before.approvals.map(({ key }) => key))
  const use = {
    card: card.key,
    amount,
    merchant: { name: merchant ?? '새 가맹점', regno: '999-99-99999' },
    instalments: installments,
    ...(overseas ? { abroad: dollars } : {}),
  }
  world.change(person, institution.institutionId, { what: 'uses', use, at, count })
  const { approvals } = world.cardHistories.holding(person, institution, at)
  const added = approvals.filter(({ key }) => !known.has(key))
  return {
    cardId: card.cardId,
    added: added.length,
    approvals: added.map((each) => planted(card, each)),
  }
}

/** From now on the approval is cancelled: the same one, in a new state. */
export function cancelApproval(
  world: World,
  institution: Institution,
  which: WhichApproval,
): PlantedApproval & { status: '02' } {
  const { card, approval } = find(world, institution, which)
  const change = { at: world.clock.now(), to: 'cancelled' as const }
  world.change(which.person, institution.institutionId, {
    what: 'approval',
    approvalKey: approval.key,
    change,
  })
  return { ...planted(card, approval), status: '02' }
}

/** From now on the approval counts this much. */
export function amendApproval(
  world: World,
  institution: Institution,
  which: Amendment,
): PlantedApproval & { status: '03' } {
  const { card, approval } = find(world, institution, which)
  const to = amountOf(which.amount)
  if (!approval.abroad && to % 1000n !== 0n) throw new RangeError('amount: whole won')
  const change = { at: world.clock.now(), to }
  world.change(which.person, institution.institutionId, {
    what: 'approval',
    approvalKey: approval.key,
    change,
  })
  return { ...planted(card, approval), status: '03' }
}

function find(world: World, institution: Institution, which: WhichApproval) {
  const now = world.clock.now()
  const { approvals, cards } = world.cardHistories.holding(which.person, institution, now)
  const found = approvals.findLast((each) => {
    const card = cards.find(({ key }) => key === each.card)
    return (
      each.shownAt <= now &&
      stateAt(each, now).status !== '02' &&
      card?.isConsent === true &&
      (which.cardId ?? card.cardId) === card.cardId &&
      (which.approvedNum ?? each.approvedNum) === each.approvedNum &&
      (which.approvedAt ?? timeDigits(each.at)) === timeDigits(each.at)
    )
  })
  const card = cards.find(({ key }) => key === found?.card)
  if (!found || !card) throw new RangeError('no such approval that is shown and not cancelled')
  return { card, approval: found }
}

function openCard({ cards, closedAt }: CardHolding, cardId: string | undefined, at: number): Card {
  const found = cards.find(
    (card) =>
      (cardId ?? card.cardId) === card.cardId && card.isConsent && (closedAt.get(card.key) ?? Infinity) > at,
  )
  if (!found) throw new RangeError('no such open card with consent here')
  return found
}

function amountOf(text: string): bigint {
  const amount = thousandths(text)
  if (amount === undefined || amount <= 0n) throw new RangeError('amount: a decimal above 0')
  return amount
}

function planted({ cardId }: Card, { approvedNum, at }: Approval): PlantedApproval {
  return { cardId, approvedNum, approvedAt: timeDigits(at) }
}
