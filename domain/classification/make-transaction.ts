import type { Classifiable } from './rule.ts'

let made = 0

/** An invented transaction for tests: 10,000 won out of a deposit account on an afternoon in November. */
export function makeTransaction(given: Partial<Classifiable> = {}): Classifiable {
  made += 1
  const occurredOn = given.occurredOn ?? given.occurredAt?.slice(0, 10) ?? '2026-11-10'
  const direction = given.direction === undefined ? 'out' : given.direction
  return {
    id: `row-${String(made).padStart(6, '0')}`,
    institutionId: 'northbank',
    account: 'living',
    accountKind: 'deposit',
    occurredOn,
    occurredAt: given.timeKnown === false ? `${occurredOn} 00:00:00` : `${occurredOn} 14:00:00`,
    timeKnown: true,
    direction,
    amount: '10000',
    currency: 'KRW',
    typeCode: direction === 'in' ? '03' : '02',
    typeText: null,
    description: null,
    principal: null,
    interest: null,
    status: null,
    approvedAmount: null,
    changedAt: null,
    krwAmount: null,
    ...given,
  }
}

/** An invented approval on a debit card: 10,000 won at the same afternoon's moment. */
export const makeApproval = (given: Partial<Classifiable> = {}): Classifiable =>
  makeTransaction({
    institutionId: 'northcard',
    account: 'card',
    accountKind: 'check_card',
    typeCode: '02',
    status: 'approved',
    approvedAmount: given.amount ?? '10000',
    ...given,
  })
