import { get, post } from '../route.ts'
import { approvalsAbroad, approvalsAtHome } from './approvals.ts'
import { billDetail, listBills } from './bills.ts'
import { cardBasic, listCards } from './cards.ts'
import { loansHeld, longTermLoans, longTermTransactions, shortTermLoans } from './loans.ts'
import { revolving, upcomingPayments } from './payments.ts'
import { listPoints } from './points.ts'
import { purchasesAbroad, purchasesAtHome } from './purchases.ts'

const card = { scope: 'card.card' }
const bill = { scope: 'card.bill' }
const loan = { scope: 'card.loan' }
const ofCard = { ...card, inOrder: ['card_id'] }

const CARD = '/v2/card/cards/{card_id}'
const BILLS = '/v2/card/bills'
const PAYMENTS = '/v2/card/payments'
const LOANS = '/v2/card/loans'

/** What card companies serve. */
export const cardRoutes = {
  '/v2/card/cards': get({ api: 'card-001', code: 'CD01', scope: 'card.list' }, listCards),
  [CARD]: get({ api: 'card-002', code: 'CD02', ...card }, cardBasic),
  '/v2/card/points': get({ api: 'card-003', code: 'CD11', scope: 'card.point' }, listPoints),
  // A person's bills are one asset: months and rounds are read one after another.
  [BILLS]: get({ api: 'card-004', code: 'CD21', ...bill, inOrder: [] }, listBills),
  [`${BILLS}/detail`]: get({ api: 'card-005', code: 'CD22', ...bill, inOrder: [] }, billDetail),
  [PAYMENTS]: get({ api: 'card-006', code: 'CD23', ...bill }, upcomingPayments),
  [`${PAYMENTS}/revolving`]: get({ api: 'card-007', code: 'CD24', ...bill }, revolving),
  [`${CARD}/approval-domestic`]: get({ api: 'card-008', code: 'CD03', ...ofCard }, approvalsAtHome),
  [`${CARD}/approval-overseas`]: get({ api: 'card-009', code: 'CD04', ...ofCard }, approvalsAbroad),
  [LOANS]: get({ api: 'card-010', code: 'CD31', ...loan }, loansHeld),
  [`${LOANS}/short-term`]: get({ api: 'card-011', code: 'CD32', ...loan }, shortTermLoans),
  [`${LOANS}/long-term`]: get({ api: 'card-012', code: 'CD33', ...loan }, longTermLoans),
  [`${LOANS}/long-term/transactions`]: post(
    { api: 'card-013', ...loan, inOrder: ['loan_num'] },
    longTermTransactions,
  ),
  [`${CARD}/purchase-domestic`]: get({ api: 'card-014', ...ofCard }, purchasesAtHome),
  [`${CARD}/purchase-overseas`]: get({ api: 'card-015', ...ofCard }, purchasesAbroad),
}
