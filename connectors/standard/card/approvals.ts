import { numberTwins } from '../../../domain/occurrences.ts'
import type { Approval, ApprovalStatus, Identity, TransactionRow } from '../../../domain/reading.ts'
import type { Twins } from '../twins.ts'
import type { SentApproval } from './answers.ts'

const STATUSES: Record<string, ApprovalStatus> = { '01': 'approved', '02': 'cancelled', '03': 'amended' }

/**
 * All approvals that were read of one card by one API. Card, number and the time of the approval name one for ever (a
 * number alone is used again), whatever state it is in; twins in all three are counted, since each row sent is one.
 */
export function approvals(account: Identity, api: string, sent: readonly SentApproval[]): TransactionRow[] {
  const key = ({ approved_num, approved_dtime }: SentApproval) =>
    `approval|${JSON.stringify([api, account, approved_num, approved_dtime.sent])}`
  return numberTwins(sent, key, orderOf).map(({ row, identity }) => ({ identity, ...approval(account, row) }))
}

/** Number and second are no proof: companies use both again. */
export const approvalTwins: Twins<SentApproval> = {
  isOne: () => false,
  dayOf: ({ approved_dtime }) => approved_dtime.on,
}

function approval(account: Identity, sent: SentApproval): Omit<TransactionRow, 'identity'> {
  const { approved_dtime: first, pay_type, merchant_name, currency_code } = sent
  const facts = factsOf(sent)
  return {
    account,
    occurredOn: first.on,
    occurredAt: first.at,
    timeKnown: first.timeKnown,
    direction: 'out',
    amount: counting(sent, facts.status),
    currency: currency_code,
    balanceAfter: null,
    typeCode: pay_type,
    typeText: null,
    description: merchant_name,
    principal: null,
    interest: null,
    approval: facts,
  }
}

function factsOf(sent: SentApproval): Approval {
  const status = STATUSES[sent.status] ?? 'approved'
  const installments = sent.total_install_cnt ?? 0
  return {
    number: sent.approved_num,
    status,
    approvedAmount: sent.approved_amt,
    changedAt: status === 'approved' ? null : (sent.trans_dtime?.at ?? null),
    // Companies send 0 or 1 for what is paid at once.
    installments: installments > 1 ? installments : null,
    merchantNo: sent.merchant_regno,
    country: sent.country_code,
    krwAmount: sent.krw_amt,
  }
}

/** What counts from now on; the answers were checked for the new amount of an amended one. */
function counting({ approved_amt, modified_amt }: SentApproval, status: ApprovalStatus): string {
  if (status === 'cancelled') return '0'
  return status === 'amended' ? (modified_amt ?? approved_amt) : approved_amt
}

/** The order of twins: what never changes first, then those that were changed, the earliest first, so that none moves. */
function orderOf({
  approved_amt,
  currency_code,
  pay_type,
  status,
  trans_dtime,
  ...rest
}: SentApproval): string {
  const changed = status === '01' ? 'unchanged' : (trans_dtime?.sent ?? '')
  return JSON.stringify([approved_amt, currency_code, pay_type, changed, status, rest])
}
