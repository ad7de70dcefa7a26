import { type Answer, data, Refusal } from '../answer.ts'
import { amountOf, type Ask, entitlement, refuse } from '../ask.ts'
import { dayDigits, dayOf, monthDigits, monthFrom, timeDigits } from '../kst.ts'
import { decimal } from '../money.ts'
import { pageFor } from '../pages.ts'
import type { Bill } from '../people/cards/bills.ts'
import { billsAt, type CardHolding } from '../people/cards/card-holding.ts'
import type { Charge } from '../people/cards/charges.ts'
import { writtenBy } from '../people/cards/descriptors.ts'
import { holdingOf } from './card.ts'
import { monthsOf } from './month-range.ts'
import { counted } from './whole.ts'

/** 카드-004: the bills of these months, newest first. */
export function listBills(ask: Ask): Answer {
  const { from, through } = monthsOf(ask)
  const found = billsAt(holdingOf(ask), ask.now)
    .filter(({ month }) => month >= from && month <= through)
    .toSorted((one, other) => one.month - other.month)
  const page = pageFor(ask, { scope: `${from}|${through}`, total: found.length })
  const use = entitlement(ask, '', page.isFirst)
  if (page.nextPage === undefined) use()
  // The list's length is that of its first page; what was made up since stands before position 0.
  const bills = found.slice(page.total - page.to, page.total - page.from).toReversed()
  return data({
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    ...counted('bill', bills.map(billRow)),
  })
}

/** 카드-005: what a bill is made of. */
export function billDetail(ask: Ask): Answer {
  const holding = holdingOf(ask)
  const bill = findBill(ask, holding)
  const key = `${bill.month}|${bill.round.key}`
  const page = pageFor(ask, { scope: key, total: bill.charges.length })
  const use = entitlement(ask, key, page.isFirst)
  if (page.nextPage === undefined) use()
  const rows = bill.charges.slice(page.from, page.to)
  return data({
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    ...counted(
      'bill_detail',
      rows.map((row, index) => chargeRow(ask, holding, bill, row, page.from + index)),
    ),
  })
}

function findBill(ask: Ask, holding: CardHolding): Bill {
  const month = monthFrom(ask.params['charge_month'] ?? '')
  if (month === undefined) throw new Refusal('40001')
  const found = billsAt(holding, ask.now).filter((bill) => bill.month === month)
  const seqno = ask.params['seqno']
  if (seqno === undefined && found.some(({ round }) => round.seqno !== undefined))
    throw refuse(ask, 'missing-seqno', '40001', 'seqno')
  const bill = found.find(({ round }) => round.seqno === seqno)
  if (!bill) throw refuse(ask, 'unknown-asset', '40402', 'no such bill')
  return bill
}

function billRow({ round, month, amount, paidAt }: Bill): object {
  return {
    ...(round.seqno === undefined ? {} : { seqno: round.seqno }),
    charge_amt: decimal(amount),
    charge_day: String(round.payDate),
    charge_month: monthDigits(month),
    paid_out_date: dayDigits(dayOf(paidAt)),
  }
}

function chargeRow(ask: Ask, { cards }: CardHolding, bill: Bill, charge: Charge, index: number): object {
  const { card, at, isDateOnly, paid, fee, merchant, instalment, kind } = charge
  return {
    ...(bill.round.seqno === undefined ? {} : { seqno: bill.round.seqno }),
    charge_month: monthDigits(bill.month),
    card_id: cards.find(({ key }) => key === card)?.cardId,
    paid_dtime: isDateOnly ? dayDigits(dayOf(at)) : timeDigits(at),
    trans_no: String(index + 1).padStart(9, '0'),
    paid_amt: amountOf(ask, paid),
    currency_code: 'KRW',
    ...(merchant && ask.grant.memo ? { merchant_name: writtenBy(ask.institution, merchant.name) } : {}),
    ...(merchant?.regno && ask.grant.memo ? { merchant_regno: merchant.regno } : {}),
    credit_fee_amt: decimal(fee),
    ...(instalment
      ? {
          total_install_cnt: String(instalment.total),
          cur_install_cnt: String(instalment.current),
          balance_amt: decimal(instalment.left),
        }
      : {}),
    prod_type: kind,
  }
}
