import { type Answer, data } from '../answer.ts'
import { amountOf, answerSince, type Ask, entitlement } from '../ask.ts'
import { addMonths, calendar, dayDigits, dayOf, startOf, timeDigits } from '../kst.ts'
import type { Thousandths } from '../money.ts'
import { pageFor } from '../pages.ts'
import { type Ledger, overdrawn } from '../people/history.ts'
import { type LoanRow, repaymentDay } from '../people/loan-schedule.ts'
import { balancesAt, countUntil } from '../people/view.ts'
import { rangeOf } from '../range.ts'
import { findAsset } from './asset.ts'

/** Day of month on which an overdraft's interest is booked. */
const OVERDRAFT_INTEREST_DATE = 20

/** 은행-008: terms. */
export function loanBasic(ask: Ask): Answer {
  const { ledger, assetKey } = findAsset(ask, 'loan')
  return whole(ask, assetKey, () => basic(ask, ledger))
}

/** 은행-009: what is owed; the fields stand directly in the body. */
export function loanDetail(ask: Ask): Answer {
  const { ledger, assetKey } = findAsset(ask, 'loan')
  return whole(ask, assetKey, (at) => detail(ask, ledger, at))
}

/** 은행-010: drawdown and repayments, newest first. */
export function loanTransactions(ask: Ask): Answer {
  const { ledger, assetKey } = findAsset(ask, 'loan')
  const { from, through } = rangeOf(ask, { months: 3 })
  const first = countUntil(ledger.loanRows, startOf(from) - 1)
  const end = countUntil(ledger.loanRows, Math.min(startOf(through + 1) - 1, ask.now))
  const page = pageFor(ask, { scope: `${assetKey}|${from}|${through}`, total: Math.max(0, end - first) })
  const use = entitlement(ask, assetKey, page.isFirst)
  if (page.nextPage === undefined) use()
  const top = first + page.total
  const rows = ledger.loanRows.slice(top - page.to, top - page.from).toReversed()
  return data({
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    trans_cnt: String(rows.length),
    trans_list: rows.map((row) => transactionRow(ask, ledger, row)),
  })
}

function whole(ask: Ask, assetKey: string, contentAt: (at: number) => object): Answer {
  const use = entitlement(ask, assetKey, true)
  const since = answerSince(ask, assetKey, contentAt)
  use()
  if ('status' in since) return since
  return data({ search_timestamp: since.searchTimestamp, ...contentAt(ask.now) })
}

function basic(ask: Ask, { account }: Ledger): object {
  const { loan, openedOn, maturesOn, rate, accountNum } = account
  return {
    issue_date: dayDigits(openedOn),
    exp_date: dayDigits(maturesOn ?? addMonths(openedOn, 120)),
    last_offered_rate: rate,
    repay_date: String(loan?.repayDate ?? OVERDRAFT_INTEREST_DATE).padStart(2, '0'),
    // 02 equal principal, 08 credit line
    repay_method: loan ? '02' : '08',
    repay_org_code: `999${String(ask.institution.index + 1).padStart(5, '0')}`,
    repay_account_num: loan?.repayAccountNum ?? accountNum,
  }
}

function detail(ask: Ask, ledger: Ledger, at: number): object {
  const { loan, deposit } = ledger.account
  return {
    currency_code: 'KRW',
    balance_amt: amountOf(ask, loanBalanceAt(ledger, at)),
    loan_principal: amountOf(ask, loan?.principal ?? deposit?.overdraftLimit ?? 0n),
    next_repay_date: dayDigits(nextRepayment(ledger, at)),
  }
}

/** What is owed at an instant. */
export function loanBalanceAt(ledger: Ledger, at: number): Thousandths {
  if (!ledger.account.loan) return overdrawn(balancesAt(ledger, at).get('KRW') ?? 0n)
  return ledger.loanRows[countUntil(ledger.loanRows, at) - 1]?.balance ?? 0n
}

function nextRepayment({ account, loanRows }: Ledger, at: number): number {
  const today = dayOf(at)
  if (!account.loan) {
    const { date } = calendar(today)
    const firstOfMonth = today - date + 1
    const months = date < OVERDRAFT_INTEREST_DATE ? 0 : 1
    return addMonths(firstOfMonth, months) + OVERDRAFT_INTEREST_DATE - 1
  }
  return repaymentDay(account.openedOn, account.loan.repayDate, countUntil(loanRows, at))
}

function transactionRow(ask: Ask, { account }: Ledger, row: LoanRow): object {
  return {
    trans_dtime: timeDigits(row.at),
    trans_no: row.transNo,
    trans_type: row.type,
    currency_code: 'KRW',
    trans_amt: amountOf(ask, row.amount),
    balance_amt: amountOf(ask, row.balance),
    principal_amt: amountOf(ask, row.principal),
    int_amt: amountOf(ask, row.interest),
    int_cnt: row.type === '02' ? '1' : '0',
    int_list:
      row.type === '02'
        ? [
            {
              int_start_date: dayDigits(row.interestFrom),
              int_end_date: dayDigits(row.interestTo),
              int_rate: account.rate,
              applied_int_amt: amountOf(ask, row.interest),
              int_type: '01',
            },
          ]
        : [],
  }
}
