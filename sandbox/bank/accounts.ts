import { type Answer, data } from '../answer.ts'
import { answerSince, type Ask, entitlement, refuse } from '../ask.ts'
import { dayDigits } from '../kst.ts'
import { pageFor } from '../pages.ts'
import type { Ledger } from '../people/history.ts'
import { accountsAt, isClosed } from '../people/view.ts'

/** 은행-001: every account, consented or not. */
export function listAccounts(ask: Ask): Answer {
  const { world, institution, person, now, params } = ask
  if (params['next_page'] && params['search_timestamp'])
    throw refuse(ask, 'timestamp-with-cursor', '40001', 'search_timestamp with next_page')
  const holding = world.histories.holding(person, institution, now)
  const rowsAt = (at: number) =>
    accountsAt(holding, at).map((ledger) => accountRow(ledger, isClosed(holding, ledger, at)))
  const rows = rowsAt(now)
  const page = pageFor(ask, { scope: 'list', total: rows.length })
  const use = entitlement(ask, '', page.isFirst)
  const since = page.isFirst ? answerSince(ask, '', rowsAt) : undefined
  if (page.nextPage === undefined || (since && 'status' in since)) use()
  if (since && 'status' in since) return since
  const shown = rows.slice(page.from, page.to)
  return data({
    ...(since ? { search_timestamp: since.searchTimestamp } : {}),
    ...(page.nextPage === undefined ? {} : { next_page: page.nextPage }),
    reg_date: dayDigits(holding.registeredOn),
    account_cnt: String(shown.length),
    account_list: shown,
  })
}

function accountRow({ account }: Ledger, closed: boolean): object {
  const { accountNum, isConsent, seqno, prodName, accountType, deposit } = account
  return {
    account_num: accountNum,
    is_consent: String(isConsent),
    ...(seqno === undefined ? {} : { seqno }),
    ...(deposit ? { is_foreign_deposit: String(deposit.isForeign) } : {}),
    prod_name: prodName,
    ...(deposit ? { is_minus: String(deposit.overdraftLimit !== undefined) } : {}),
    account_type: accountType,
    account_status: closed ? '02' : '01',
  }
}
