import { get, post } from '../route.ts'
import { listAccounts } from './accounts.ts'
import { depositBasic, depositDetail, depositTransactions } from './deposit.ts'
import { loanBasic, loanDetail, loanTransactions } from './loan.ts'

const list = { scope: 'bank.list' }
const deposit = { scope: 'bank.deposit' }
const loan = { scope: 'bank.loan' }
const inOrder = ['account_num', 'seqno']

/** What banks serve. */
export const bankRoutes = {
  '/v2/bank/accounts': get({ api: 'bank-001', code: 'BA01', ...list }, listAccounts),
  '/v2/bank/accounts/deposit/basic': post({ api: 'bank-002', code: 'BA02', ...deposit }, depositBasic),
  '/v2/bank/accounts/deposit/detail': post({ api: 'bank-003', code: 'BA03', ...deposit }, depositDetail),
  '/v2/bank/accounts/deposit/transactions': post(
    { api: 'bank-004', code: 'BA04', ...deposit, inOrder },
    depositTransactions,
  ),
  '/v2/bank/accounts/loan/basic': post({ api: 'bank-008', code: 'BA21', ...loan }, loanBasic),
  '/v2/bank/accounts/loan/detail': post({ api: 'bank-009', code: 'BA22', ...loan }, loanDetail),
  '/v2/bank/accounts/loan/transactions': post(
    { api: 'bank-010', code: 'BA23', ...loan, inOrder },
    loanTransactions,
  ),
}
