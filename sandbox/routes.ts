import type { Answer } from './answer.ts'
import { listAccounts } from './bank/accounts.ts'
import type { Ask } from './bank/ask.ts'
import { listApis, readConsent } from './bank/common.ts'
import { depositBasic, depositDetail, depositTransactions } from './bank/deposit.ts'
import { loanBasic, loanDetail, loanTransactions } from './bank/loan.ts'
import { issueToken, revokeToken, type TokenCall } from './oauth.ts'

export type DataRoute = {
  kind: 'data'
  method: 'GET' | 'POST'
  api: string
  /** The scope the token needs. */
  scope?: string
  /** Ranges and pages of an asset must be read one after another. */
  isTransactions?: true
  answer: (ask: Ask) => Answer
}
export type TokenRoute = {
  kind: 'token'
  method: 'POST'
  api: TokenCall['api']
  answer: (call: TokenCall) => Answer
}

/** Every path below an institution's base path. */
export const ROUTES: Readonly<Record<string, DataRoute | TokenRoute>> = {
  '/oauth/2.0/token': { kind: 'token', method: 'POST', api: 'oauth-token', answer: issueToken },
  '/oauth/2.0/revoke': { kind: 'token', method: 'POST', api: 'oauth-revoke', answer: revokeToken },
  '/v2/bank/apis': { kind: 'data', method: 'GET', api: 'bank-common-001', answer: listApis },
  '/v2/bank/consents': get('bank-common-002', 'bank.list', readConsent),
  '/v2/bank/accounts': get('bank-001', 'bank.list', listAccounts),
  '/v2/bank/accounts/deposit/basic': post('bank-002', 'bank.deposit', depositBasic),
  '/v2/bank/accounts/deposit/detail': post('bank-003', 'bank.deposit', depositDetail),
  '/v2/bank/accounts/deposit/transactions': {
    ...post('bank-004', 'bank.deposit', depositTransactions),
    isTransactions: true,
  },
  '/v2/bank/accounts/loan/basic': post('bank-008', 'bank.loan', loanBasic),
  '/v2/bank/accounts/loan/detail': post('bank-009', 'bank.loan', loanDetail),
  '/v2/bank/accounts/loan/transactions': {
    ...post('bank-010', 'bank.loan', loanTransactions),
    isTransactions: true,
  },
}

function get(api: string, scope: string, answer: DataRoute['answer']): DataRoute {
  return { kind: 'data', method: 'GET', api, scope, answer }
}

function post(api: string, scope: string, answer: DataRoute['answer']): DataRoute {
  return { kind: 'data', method: 'POST', api, scope, answer }
}
