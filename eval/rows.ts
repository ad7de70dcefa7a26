import type { Cards, Classifiable } from '../domain/classification/classify.ts'

/** A row as an institution sent it, by the standard API's names, and what a careful person would call it. */
export type LabelledRow = {
  id: string
  source: string
  operation: string
  org_name: string
  account_num?: string | undefined
  raw: Record<string, string>
  context?: { own_cards?: string[] | undefined; nearby?: Raw[] | undefined } | undefined
  expected?: Expected | undefined
  difficulty?: string | undefined
}

type Expected = {
  category: string | null
  kind: string | null
  counterparty: string | null
  alternatives: string[]
  should_abstain: boolean
}

type Raw = {
  source: string
  org_name: string
  account_num?: string | undefined
  raw: Record<string, string>
}

/** One person's rows around a labelled one: itself, and what was near it. */
export type Case = { row: Classifiable; all: Classifiable[]; cards: Cards }

export function caseOf(labelled: LabelledRow): Case {
  const row = classifiable(labelled.id, labelled)
  const near = (labelled.context?.nearby ?? []).map((each, at) =>
    classifiable(`${labelled.id} near ${at}`, each),
  )
  const companies = (labelled.context?.own_cards ?? []).map((name) => ({ institutionId: name, name }))
  return { row, all: [row, ...near], cards: { companies, bills: [] } }
}

function classifiable(id: string, { source, org_name: institutionId, account_num, raw }: Raw): Classifiable {
  const at = raw['approved_dtime'] ?? raw['trans_dtime'] ?? raw['trans_date'] ?? ''
  // A wallet keeps money as an account does.
  const isDeposit = source === 'bank.deposit' || raw['balance_amt'] !== undefined
  return {
    id,
    institutionId,
    account: account_num ?? institutionId,
    accountKind: isDeposit ? 'deposit' : raw['pay_type'] === '02' ? 'check_card' : 'credit_card',
    occurredOn: `${at.slice(0, 4)}-${at.slice(4, 6)}-${at.slice(6, 8)}`,
    occurredAt: `${at.slice(0, 4)}-${at.slice(4, 6)}-${at.slice(6, 8)} ${at.slice(8, 10) || '00'}:${at.slice(10, 12) || '00'}:${at.slice(12, 14) || '00'}`,
    timeKnown: at.length > 8,
    direction: isDeposit ? directionOf(raw['trans_type'] ?? '') : 'out',
    amount: raw['modified_amt'] ?? raw['trans_amt'] ?? raw['approved_amt'] ?? '0',
    currency: raw['currency_code'] ?? 'KRW',
    typeCode: raw['trans_type'] ?? raw['status'] ?? '',
    typeText: raw['trans_class'] ?? (raw['merchant_name'] ? (raw['trans_memo'] ?? null) : null),
    description: raw['merchant_name'] ?? raw['trans_memo'] ?? null,
    goods: raw['trans_title'] ?? null,
    principal: null,
    interest: null,
    status: isDeposit ? null : statusOf(raw),
    approvedAmount: raw['approved_amt'] ?? null,
    changedAt: null,
    krwAmount: raw['krw_amt'] ?? null,
  }
}

const statusOf = ({ status, trans_type: type }: Record<string, string>) =>
  status === '02' || type === '6102' ? 'cancelled' : status === '03' ? 'amended' : 'approved'

// 01 opening, 02 withdrawal, 03 deposit, 06 a withdrawal given back, 07 a deposit taken back, 98 and 99 other.
const directionOf = (type: string): 'in' | 'out' | null =>
  ['03', '06', '98'].includes(type) ? 'in' : ['02', '07', '99', '5201'].includes(type) ? 'out' : null
