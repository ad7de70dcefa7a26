import type { Institution } from '../../institutions.ts'
import type { Thousandths } from '../../money.ts'
import type { Addition } from '../history.ts'
import { inWon } from './approval-state.ts'
import type { CardHolding } from './card-holding.ts'
import type { Approval, BankAccount } from './card.ts'
import { cut } from './descriptors.ts'

/** Bytes of a bank's memo about a purchase by check card. */
const MEMO_BYTES = 20

/** What a person's cards at a company move in accounts at a bank of the sandbox, from an instant on. */
export function moneyAt(
  holding: CardHolding,
  { name }: Institution,
  bankIndex: number,
  since: number,
): Addition[] {
  const accountOf = ({ held }: BankAccount) => (held?.bankIndex === bankIndex ? held.accountKey : undefined)
  const moved = [
    ...holding.bills.map(({ round, paidAt, amount }) =>
      withdrawal(accountOf(round.paidFrom), paidAt, amount, '카드대금', name),
    ),
    ...holding.approvals.flatMap((approval) => {
      const card = holding.cards.find(({ key }) => key === approval.card)
      return card?.type === '02' ? debits(approval, accountOf(card.paidFrom)) : []
    }),
    ...holding.advances.map(({ card, at, amount }) => {
      const from = holding.cards.find(({ key }) => key === card)?.paidFrom
      return withdrawal(from && accountOf(from), at + 2000, -amount, '현금서비스', `${name}현금서비스`)
    }),
    ...holding.longLoans.map(({ round, rows }) => {
      const into = holding.profile.rounds.find(({ key }) => key === round)?.paidFrom
      const [drawn] = rows
      return withdrawal(
        into && accountOf(into),
        drawn?.at ?? 0,
        -(drawn?.amount ?? 0n),
        '타행이체',
        `${name}론`,
      )
    }),
  ]
  return moved.filter((row): row is Addition => row !== undefined && row.at >= since)
}

/** A purchase by check card, and what its changes give back or take. */
function debits(approval: Approval, account: string | undefined): (Addition | undefined)[] {
  const memo = approval.merchant && cut(approval.merchant.name, MEMO_BYTES)
  const row = (at: number, amount: Thousandths) =>
    withdrawal(account, at + approval.debitDelayMs, inWon(approval, amount), '체크카드', memo, '06')
  let before = approval.amount
  const later = approval.changes.map(({ at, to }) => {
    const difference = (to === 'cancelled' ? 0n : to) - before
    before += difference
    return row(at, difference)
  })
  return [row(approval.at, approval.amount), ...later]
}

/** Money that leaves an account; less than nothing arrives there. */
function withdrawal(
  account: string | undefined,
  at: number,
  amount: Thousandths,
  channel: string,
  memo: string | undefined,
  back: '03' | '06' = '03',
): Addition | undefined {
  if (account === undefined || amount === 0n) return undefined
  const size = amount < 0n ? -amount : amount
  const type = amount < 0n ? back : '02'
  return { account, at, planned: { type, channel, amount: size, ...(memo === undefined ? {} : { memo }) } }
}
