import type { AccountRow } from '../../../domain/reading.ts'
import type { Visit } from '../../connector.ts'
import { bookingTwins, loanTransactions } from '../bookings.ts'
import { createPartMaker } from '../parts.ts'
import { balances, contracts } from '../section-makers.ts'
import { type ScheduledSpan, windowToRead } from '../windows.ts'
import type { AccountKey, BankApi } from './api.ts'
import {
  depositBalance,
  depositContract,
  depositTransactions,
  loanBalance,
  loanContract,
  loanTerms,
} from './transform.ts'

/** Every API of an account, to be read one after another. */
export function createParts(visit: Visit, api: BankApi, account: AccountRow, signal: AbortSignal) {
  const { identity } = account
  const key: AccountKey = { account_num: account.number, seqno: account.roundNo }
  const { single, bookings } = createPartMaker(visit, identity)
  const days = (span: ScheduledSpan) => (readUntil: string | null) => windowToRead(readUntil, span, visit)
  return {
    depositBasic: () =>
      single(
        'bank-002',
        (since) => api.depositBasic(key, since, signal),
        contracts(depositContract(identity)),
      ),
    depositDetail: () =>
      single(
        'bank-003',
        (since) => api.depositDetail(key, since, signal),
        balances(depositBalance(identity)),
      ),
    depositTransactions: () =>
      bookings(
        'bank-004',
        (window) => api.depositTransactions(key, window, signal),
        (sent) => depositTransactions(identity, sent),
        days('31 days'),
        bookingTwins,
      ),
    loanBasic: () =>
      single('bank-008', (since) => api.loanBasic(key, since, signal), contracts(loanContract(identity))),
    loanDetail: () =>
      single(
        'bank-009',
        (since) => api.loanDetail(key, since, signal),
        balances(loanBalance(identity)),
        contracts(loanTerms(identity)),
      ),
    creditTerms: () =>
      single('bank-009', (since) => api.creditTerms(key, since, signal), contracts(loanTerms(identity))),
    loanTransactions: () =>
      bookings(
        'bank-010',
        (window) => api.loanTransactions(key, window, signal),
        (sent) => loanTransactions(identity, sent),
        days('3 months'),
        bookingTwins,
      ),
  }
}
