import type { Answer } from '../answer.ts'
import type { Ask } from '../ask.ts'
import { dayDigits, dayOf } from '../kst.ts'
import { decimal, type Thousandths, won } from '../money.ts'
import { type Bill, sumOf } from '../people/cards/bills.ts'
import { billsAt, type CardHolding, runningBill } from '../people/cards/card-holding.ts'
import type { Charge } from '../people/cards/charges.ts'
import { holdingOf } from './card.ts'
import { counted, whole } from './whole.ts'

/** 카드-006: what will be asked for next: bills that are not paid yet, and what has come together since. */
export function upcomingPayments(ask: Ask): Answer {
  const holding = holdingOf(ask)
  return whole(ask, '', (at) => ({
    is_revolving: String(agreements(holding, at).length > 0),
    ...counted('pay', paymentsAt(holding, at).map(paymentRow)),
  }))
}

/** 카드-007: revolving agreements. */
export function revolving(ask: Ask): Answer {
  const holding = holdingOf(ask)
  return whole(ask, '', (at) =>
    counted(
      'revolving',
      agreements(holding, at).map(({ agreedOn, endsOn, leastPercent, payPercent, left }) => ({
        req_date: dayDigits(agreedOn),
        end_date: dayDigits(endsOn),
        min_pay_rate: String(leastPercent),
        min_pay_amt: decimal(won((left * BigInt(leastPercent)) / 100_000n)),
        agreed_pay_rate: String(payPercent),
        remained_amt: decimal(left),
      })),
    ),
  )
}

/** Bills that are made up and not paid, then the running one of each round, as far as there is something on it. */
export function paymentsAt(holding: CardHolding, at: number): Bill[] {
  const open = billsAt(holding, at).filter((bill) => bill.paidAt > at)
  const running = holding.profile.rounds.map((round) => runningBill(holding, round, at))
  return [...open, ...running.filter(({ charges }) => charges.length > 0)]
}

/** Revolving agreements with what they have carried over by the last bill that was paid. */
export function agreements(holding: CardHolding, at: number) {
  return holding.profile.rounds.flatMap(({ key, revolving: terms }) => {
    if (!terms || dayOf(at) < terms.agreedOn) return []
    const paid = holding.bills.findLast((bill) => bill.round.key === key && bill.paidAt <= at)
    return [{ ...terms, left: paid?.carriedOver ?? 0n }]
  })
}

function paymentRow({ round, paidAt, amount, charges }: Bill): object {
  const part = (kind: Charge['kind']): Thousandths => sumOf(charges.filter((charge) => charge.kind === kind))
  return {
    ...(round.seqno === undefined ? {} : { seqno: round.seqno }),
    pay_due_date: dayDigits(dayOf(paidAt)),
    pay_amt: decimal(amount),
    lump_sum_amt: decimal(part('01')),
    monthly_amt: decimal(part('02')),
    loan_short_amt: decimal(part('03')),
    revolving_amt: decimal(part('04')),
    loan_long_amt: decimal(part('05')),
    etc_amt: decimal(part('99')),
  }
}
