import { type Answer, data } from '../answer.ts'
import { amountOf, answerSince, type Ask, entitlement } from '../ask.ts'
import { dayDigits, dayOf, startOf, timeDigits } from '../kst.ts'
import { pageFor } from '../pages.ts'
import type { Ledger, Row } from '../people/history.ts'
import { balancesAt, countUntil } from '../people/view.ts'
import { rangeOf } from '../range.ts'
import { findAsset } from './asset.ts'

/** 은행-002: terms, one row per currency. */
export function depositBasic(ask: Ask): Answer {
  const { ledger, assetKey } = findAsset(ask, 'deposit')
  return whole(ask, assetKey, 'basic', () => basicRows(ask, ledger))
}

/** 은행-003: balances, one row per currency. */
export function depositDetail(ask: Ask): Answer {
  const { ledger, assetKey } = findAsset(ask, 'deposit')
  return whole(ask, assetKey, 'detail', (at) => detailRows(ask, ledger, at))
}

/** 은행-004: transactions, newest first. */
export function depositTransactions(ask: Ask): Answer {
  const { ledger, assetKey } = findAsset(ask, 'deposit')
  const { from, through } = rangeOf(ask, { days: 31 })
  const first = countUntil(ledger.rows, startOf(from) - 1)
  const end = countUntil(ledger.rows, Math.min(startOf(through + 1) - 1, ask.now))
  const total = Math.max(0, end - first)
  const page = pageFor(ask, { scope: `${assetKey}|${from}|${through}`, total })
  const use = entitlement(ask, assetKey, page.isFirst)
  if (page.nextPage === undefined) use()
  // The list's length is that of its first page, so rows that came since stand before position 0.
  const top = first + page.total
  const rows = ledger.rows.slice(top - page.to, top - page.from).toReversed()
  return data({
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    trans_cnt: String(rows.length),
    trans_list: rows.map((row) => transactionRow(ask, row)),
  })
}

/** An answer in one page, with a timestamp. */
function whole(
  ask: Ask,
  assetKey: string,
  name: 'basic' | 'detail',
  rowsAt: (at: number) => object[],
): Answer {
  const use = entitlement(ask, assetKey, true)
  const since = answerSince(ask, assetKey, rowsAt)
  use()
  if ('status' in since) return since
  const rows = rowsAt(ask.now)
  return data({
    search_timestamp: since.searchTimestamp,
    [`${name}_cnt`]: String(rows.length),
    [`${name}_list`]: rows,
  })
}

function basicRows(ask: Ask, { account }: Ledger): object[] {
  const { deposit, openedOn, maturesOn } = account
  if (!deposit) return []
  return Object.keys(deposit.opening).map((currency) => ({
    currency_code: currency,
    saving_method: deposit.savingMethod,
    issue_date: dayDigits(openedOn),
    ...(maturesOn === undefined ? {} : { exp_date: dayDigits(maturesOn) }),
    ...(deposit.commitAmount === undefined ? {} : { commit_amt: amountOf(ask, deposit.commitAmount) }),
    ...(deposit.monthlyAmount === undefined
      ? {}
      : { monthly_paid_in_amt: amountOf(ask, deposit.monthlyAmount) }),
  }))
}

function detailRows(ask: Ask, ledger: Ledger, at: number): object[] {
  const { deposit, accountType, rate } = ledger.account
  const lastInstalment = ledger.rows.slice(0, countUntil(ledger.rows, at)).findLast((row) => row.instalment)
  return [...balancesAt(ledger, at)].map(([currency, balance]) => {
    const free = accountType === '1001' ? balance + (deposit?.overdraftLimit ?? 0n) : 0n
    return {
      currency_code: currency,
      balance_amt: amountOf(ask, balance),
      withdrawable_amt: amountOf(ask, free > 0n ? free : 0n),
      offered_rate: rate,
      ...(lastInstalment ? { last_paid_in_cnt: String(lastInstalment.instalment) } : {}),
    }
  })
}

function transactionRow(ask: Ask, row: Row): object {
  return {
    trans_dtime: row.isDateOnly ? dayDigits(dayOf(row.at)) : timeDigits(row.at),
    ...(row.transNo === undefined ? {} : { trans_no: row.transNo }),
    trans_type: row.type,
    trans_class: row.channel,
    currency_code: row.currency,
    trans_amt: amountOf(ask, row.amount),
    balance_amt: amountOf(ask, row.balance),
    ...(row.instalment === undefined ? {} : { paid_in_cnt: String(row.instalment) }),
    ...(row.memo === undefined || !ask.grant.memo ? {} : { trans_memo: row.memo }),
  }
}
