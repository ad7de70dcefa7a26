import type { Specimen } from '../../contract-suite.ts'
import type { Asked } from '../../test-institution.ts'

/** For tests: invented accounts and bookings in the contract's words. */
export const makeAccount = (overrides: Record<string, unknown> = {}) => ({
  account_num: '99900010000001',
  is_consent: 'true',
  is_foreign_deposit: 'false',
  prod_name: '모아 자유통장',
  is_minus: 'false',
  account_type: '1001',
  account_status: '01',
  ...overrides,
})

export const makeBooking = (overrides: Record<string, unknown> = {}) => ({
  trans_dtime: '20261121183012',
  trans_no: '000000103',
  trans_type: '02',
  trans_class: '체크카드',
  currency_code: 'KRW',
  trans_amt: '12500',
  balance_amt: '8437500',
  trans_memo: '커피한잔',
  ...overrides,
})

export const success = (body: Record<string, unknown> = {}) => ({
  rsp_code: '00000',
  rsp_msg: '정상처리',
  ...body,
})

export const accountsAnswer = (accounts: readonly object[]) =>
  success({
    search_timestamp: '20261122101500',
    account_cnt: String(accounts.length),
    account_list: accounts,
  })

export const bookingsAnswer = (bookings: readonly object[]) =>
  success({ trans_cnt: String(bookings.length), trans_list: bookings })

const deposit = makeAccount()
const overdraft = makeAccount({ account_num: '99900010000002', is_minus: true, seqno: '' })
const loan = {
  account_num: '99900010000005',
  is_consent: true,
  prod_name: '모아 대출',
  account_type: 3220,
  account_status: '01',
}

const stamped = (body: Record<string, unknown>) => success({ search_timestamp: '20261122101502', ...body })

const answers: Record<string, (asked: Asked) => Record<string, unknown>> = {
  '/v2/bank/accounts': () => accountsAnswer([deposit, overdraft, loan]),
  '/v2/bank/accounts/deposit/basic': () =>
    stamped({
      basic_cnt: '1',
      basic_list: [{ currency_code: 'KRW', saving_method: '00', issue_date: '20240301' }],
    }),
  '/v2/bank/accounts/deposit/detail': () =>
    stamped({
      detail_cnt: 1,
      detail_list: [{ balance_amt: 'EXACT', withdrawable_amt: '0', offered_rate: '0.1' }],
    }),
  '/v2/bank/accounts/deposit/transactions': ({ params }) =>
    bookingsAnswer([
      makeBooking(),
      makeBooking({ trans_no: '', trans_dtime: '20261115', trans_memo: null }),
      makeBooking({ trans_no: '', trans_dtime: '20261115', trans_memo: null }),
      makeBooking({ trans_memo: `${params['account_num']}`, trans_type: '03', trans_no: '000000104' }),
    ]),
  '/v2/bank/accounts/loan/basic': () =>
    stamped({
      issue_date: '20240315',
      exp_date: '20540315',
      last_offered_rate: '4.2',
      repay_date: '15',
      repay_method: '05',
    }),
  '/v2/bank/accounts/loan/detail': () =>
    stamped({ balance_amt: '249688000', loan_principal: '250000000', next_repay_date: '20261215' }),
  '/v2/bank/accounts/loan/transactions': () =>
    bookingsAnswer([
      makeBooking({
        trans_amt: '1187000',
        principal_amt: '312000',
        int_amt: '875000',
        int_cnt: '0',
        int_list: [],
      }),
    ]),
}

/** A person with a current account, an overdraft account and a mortgage. */
export const bankSpecimen = {
  listPath: '/v2/bank/accounts',
  rowsPath: '/v2/bank/accounts/deposit/transactions',
  answer: (asked) => answers[asked.path]?.(asked) ?? { rsp_code: '40401' },
  empty: (path) => (path === '/v2/bank/accounts' ? accountsAnswer([]) : bookingsAnswer([])),
} satisfies Specimen
