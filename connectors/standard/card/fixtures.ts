import type { Specimen } from '../../contract-suite.ts'
import type { Asked } from '../../test-institution.ts'

/** For tests: invented cards, approvals and bills in the contract's words. */
export const makeCard = (overrides: Record<string, unknown> = {}) => ({
  card_id: 'CARD-0001',
  card_num: '9999-99**-****-0001',
  is_consent: 'true',
  card_name: '모아 데일리 카드',
  card_member: '1',
  card_type: '01',
  ...overrides,
})

export const makeApproval = (overrides: Record<string, unknown> = {}) => ({
  approved_dtime: '20261121123045',
  approved_num: '30012345',
  status: '01',
  pay_type: '01',
  merchant_name: '커피한잔 성수점',
  merchant_regno: '999-00-00001',
  approved_amt: '5500',
  ...overrides,
})

export const makeBill = (overrides: Record<string, unknown> = {}) => ({
  charge_amt: '482300',
  charge_day: '14',
  charge_month: '202610',
  paid_out_date: '20261014',
  ...overrides,
})

export const makeLine = (overrides: Record<string, unknown> = {}) => ({
  charge_month: '202610',
  card_id: 'CARD-0001',
  paid_dtime: '20260921123045',
  paid_amt: '5500',
  merchant_name: '커피한잔 성수점',
  credit_fee_amt: '0',
  balance_amt: '0',
  prod_type: '01',
  ...overrides,
})

const success = (body: Record<string, unknown>) => ({ rsp_code: '00000', rsp_msg: '정상처리', ...body })
const stamped = (body: Record<string, unknown>) => success({ search_timestamp: '20261122101502', ...body })
const listed = (name: string) => (rows: readonly object[]) =>
  success({ [`${name}_cnt`]: String(rows.length), [`${name}_list`]: rows })

export const cardsAnswer = (cards: readonly object[]) => ({
  ...listed('card')(cards),
  search_timestamp: '20261122101500',
})
export const approvalsAnswer = listed('approved')
export const billsAnswer = listed('bill')
export const linesAnswer = listed('bill_detail')
export const shortTermAnswer = (loans: readonly object[]) => stamped(listed('short_term')(loans))

const domestic = (asked: Asked) =>
  approvalsAnswer([
    makeApproval(),
    makeApproval({ approved_num: '30012346', merchant_name: null }),
    makeApproval({
      approved_num: '30012347',
      status: '02',
      trans_dtime: '20261121180000',
      merchant_name: asked.path,
    }),
  ])

const answers: Record<string, (asked: Asked) => Record<string, unknown>> = {
  cards: () =>
    cardsAnswer([
      makeCard(),
      makeCard({ card_id: 'CARD-0002', card_num: '9999-99**-****-0002', card_type: '02', is_consent: true }),
    ]),
  points: () =>
    stamped(listed('point')([{ point_name: '모아포인트', remain_point_amt: 15230, expiring_point_amt: '' }])),
  bills: () =>
    billsAnswer([makeBill(), makeBill({ charge_month: '202609', paid_out_date: '20260914', seqno: 'B' })]),
  'bills/detail': ({ params }) =>
    linesAnswer([
      makeLine({ charge_month: params['charge_month'] }),
      makeLine({
        card_id: 'CARD-0002',
        total_install_cnt: '3',
        cur_install_cnt: '2',
        paid_dtime: '20260902',
      }),
    ]),
  payments: () =>
    stamped({
      is_revolving: 'true',
      ...listed('pay')([{ pay_due_date: '20261214', pay_amt: '512700', lump_sum_amt: '412700' }]),
    }),
  'payments/revolving': () =>
    stamped(
      listed('revolving')([
        {
          req_date: '20240101',
          end_date: '20281231',
          min_pay_rate: '10',
          min_pay_amt: '50000',
          remained_amt: 1250000,
        },
      ]),
    ),
  loans: () => stamped({ is_loan_short_term: 'true', is_loan_long_term: true }),
  'loans/short-term': () =>
    shortTermAnswer([
      {
        loan_dtime: '20261120123045',
        loan_amt: '300000',
        balance_amt: '280000',
        pay_due_date: '20261214',
        int_rate: '15.9',
      },
    ]),
  'loans/long-term': () =>
    stamped(
      listed('long_term')([
        {
          loan_num: 'LN00000001',
          loan_dtime: '20260515',
          loan_name: '모아 카드론',
          loan_amt: '10000000',
          int_rate: '12.5',
          exp_date: '20290515',
          balance_amt: '8500000',
          repay_method: '04',
          int_amt: '104166',
        },
      ]),
    ),
  'loans/long-term/transactions': ({ params }) =>
    listed('trans')([
      {
        loan_num: params['loan_num'],
        trans_dtime: '20261120',
        trans_type: '02',
        trans_amt: '334500',
        principal_amt: '230334',
        int_amt: '104166',
      },
    ]),
}

const ofOneCard: Record<string, (asked: Asked) => Record<string, unknown>> = {
  '': () =>
    stamped({
      account_num: '99900010000001',
      annual_fee: '15000',
      issue_date: '20240315',
      card_brand: '001',
    }),
  'approval-domestic': domestic,
  'approval-overseas': () =>
    approvalsAnswer([
      makeApproval({
        approved_amt: 'EXACT',
        currency_code: 'USD',
        country_code: 'US',
        krw_amt: '27850',
        merchant_name: 'SAMPLE STORE',
      }),
    ]),
}

const ROOT = '/v2/card/'

function answer(asked: Asked): Record<string, unknown> {
  const path = asked.path.replace(ROOT, '')
  const card = /^cards\/[^/]+\/?(.*)$/.exec(path)
  const reply = card ? ofOneCard[card[1] ?? ''] : answers[path]
  return reply?.(asked) ?? { rsp_code: '40401' }
}

function empty(path: string): Record<string, unknown> {
  if (path === `${ROOT}cards`) return cardsAnswer([])
  return path.endsWith('bills')
    ? billsAnswer([])
    : path.includes('detail')
      ? linesAnswer([])
      : approvalsAnswer([])
}

/** A person with a credit card and a check card, two bills, points, and every kind of loan. */
export const cardSpecimen = {
  listPath: `${ROOT}cards`,
  rowsPath: `${ROOT}cards/CARD-0001/approval-domestic`,
  answer,
  empty,
} satisfies Specimen
