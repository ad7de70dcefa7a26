import { type Answer, data } from '../answer.ts'
import { amountOf, type Ask, entitlement } from '../ask.ts'
import { startOf, timeDigits } from '../kst.ts'
import { decimal } from '../money.ts'
import { pageFor } from '../pages.ts'
import { inWon, stateAt } from '../people/cards/approval-state.ts'
import type { Approval, Card } from '../people/cards/card.ts'
import { writtenBy } from '../people/cards/descriptors.ts'
import { rangeOf } from '../range.ts'
import { findCard } from './card.ts'
import { counted } from './whole.ts'

/** 카드-008: what a card was used for at home, each in its latest state, newest first. */
export function approvalsAtHome(ask: Ask): Answer {
  return approvals(ask, ({ abroad }) => abroad === undefined, homeRow)
}

/** 카드-009: the same abroad. */
export function approvalsAbroad(ask: Ask): Answer {
  return approvals(ask, ({ abroad }) => abroad !== undefined, abroadRow)
}

function approvals(
  ask: Ask,
  isWanted: (approval: Approval) => boolean,
  rowOf: (ask: Ask, card: Card, approval: Approval) => object,
): Answer {
  const { holding, card } = findCard(ask)
  const { from, through } = rangeOf(ask, { days: 31 })
  const [first, end] = [startOf(from), startOf(through + 1)]
  const found = holding.approvals.filter(
    (each) =>
      each.card === card.key &&
      each.at >= first &&
      each.at < end &&
      each.shownAt <= ask.now &&
      isWanted(each),
  )
  const page = pageFor(ask, { scope: `${card.key}|${from}|${through}`, total: found.length })
  const use = entitlement(ask, card.key, page.isFirst)
  if (page.nextPage === undefined) use()
  // The list's length is that of its first page; what was shown since stands before position 0.
  const rows = found.slice(page.total - page.to, page.total - page.from).toReversed()
  return data({
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    ...counted(
      'approved',
      rows.map((row) => rowOf(ask, card, row)),
    ),
  })
}

function homeRow(ask: Ask, card: Card, approval: Approval): object {
  const { amount, merchant, instalments } = approval
  const state = stateAt(approval, ask.now)
  return {
    ...stateOf(ask, card, approval),
    ...(merchant?.regno && ask.grant.memo ? { merchant_regno: merchant.regno } : {}),
    approved_amt: decimal(amount),
    ...(state.status === '03' ? { modified_amt: decimal(state.amount) } : {}),
    ...(instalments > 1 ? { total_install_cnt: String(instalments) } : {}),
  }
}

/** The amount in won follows an amendment; a cancelled approval keeps its last. */
function abroadRow(ask: Ask, card: Card, approval: Approval): object {
  const { amount, abroad } = approval
  const state = stateAt(approval, ask.now)
  return {
    ...stateOf(ask, card, approval),
    approved_amt: amountOf(ask, amount),
    ...(state.status === '03' ? { modified_amt: amountOf(ask, state.amount) } : {}),
    ...(abroad ? { country_code: abroad.country, currency_code: abroad.currency } : {}),
    krw_amt: decimal(inWon(approval, state.last)),
  }
}

function stateOf(ask: Ask, { type }: Card, approval: Approval): object {
  const { at, approvedNum, merchant } = approval
  const { status, changedAt } = stateAt(approval, ask.now)
  return {
    approved_dtime: timeDigits(at),
    approved_num: approvedNum,
    status,
    pay_type: type,
    ...(changedAt === undefined ? {} : { trans_dtime: timeDigits(changedAt) }),
    ...(merchant && ask.grant.memo ? { merchant_name: writtenBy(ask.institution, merchant.name) } : {}),
  }
}
