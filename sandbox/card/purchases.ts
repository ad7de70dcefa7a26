import { type Answer, data } from '../answer.ts'
import { amountOf, type Ask, entitlement } from '../ask.ts'
import { dayDigits, dayOf, timeDigits } from '../kst.ts'
import { decimal } from '../money.ts'
import { pageFor } from '../pages.ts'
import { inWon } from '../people/cards/approval-state.ts'
import type { Card } from '../people/cards/card.ts'
import { writtenBy } from '../people/cards/descriptors.ts'
import { type Purchase, purchasesOf } from '../people/cards/purchases.ts'
import { rangeOf } from '../range.ts'
import { findCard } from './card.ts'
import { counted } from './whole.ts'

/** 카드-014: what shops at home sent in, newest first. */
export function purchasesAtHome(ask: Ask): Answer {
  return purchases(ask, false)
}

/** 카드-015: the same abroad. */
export function purchasesAbroad(ask: Ask): Answer {
  return purchases(ask, true)
}

function purchases(ask: Ask, isAbroad: boolean): Answer {
  const { holding, card } = findCard(ask)
  const { from, through } = rangeOf(ask, { days: 31 })
  const found = holding.approvals
    .filter((each) => each.card === card.key && (each.abroad !== undefined) === isAbroad)
    .flatMap((approval) => purchasesOf(approval, ask.now))
    .filter(({ on }) => on >= from && on <= through)
    .toSorted((one, other) => one.on - other.on)
  const page = pageFor(ask, { scope: `${card.key}|${from}|${through}`, total: found.length })
  const use = entitlement(ask, card.key, page.isFirst)
  if (page.nextPage === undefined) use()
  const rows = found.slice(page.total - page.to, page.total - page.from).toReversed()
  return data({
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    ...counted(
      'purchase',
      rows.map((row) => purchaseRow(ask, card, row)),
    ),
  })
}

function purchaseRow(ask: Ask, card: Card, { number, on, approval, amount }: Purchase): object {
  const { merchant, abroad, instalments } = approval
  return {
    card_id: card.cardId,
    purchase_num: number,
    purchase_date: dayDigits(on),
    sales_date: dayDigits(dayOf(approval.at)),
    pri_approved_num: approval.approvedNum,
    pri_approved_dtime: timeDigits(approval.at),
    pri_approved_amt: amountOf(ask, approval.amount),
    pay_type: card.type,
    ...(merchant && ask.grant.memo ? { merchant_name: writtenBy(ask.institution, merchant.name) } : {}),
    ...(!abroad && merchant?.regno && ask.grant.memo ? { merchant_regno: merchant.regno } : {}),
    approved_amt: amountOf(ask, amount),
    ...(abroad
      ? {
          pri_krw_amt: decimal(inWon(approval, approval.amount)),
          pri_currency_code: abroad.currency,
          country_code: abroad.country,
          currency_code: abroad.currency,
          krw_amt: decimal(inWon(approval, amount)),
        }
      : instalments > 1
        ? { total_install_cnt: String(instalments) }
        : {}),
  }
}
