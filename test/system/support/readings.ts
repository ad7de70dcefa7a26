import type { BalanceRow, Gap, Reading, Section, TransactionRow } from '../../../domain/reading.ts'

/** One account with what it holds; bookings only where a test looks at them. */
export type MadeAccount = { name: string; amount: number; bookings?: readonly MadeBooking[] }
export type MadeBooking = { no: number; on: string; amount: number; description?: string }

/** The whole truth of an invented institution, as a connector would bring it. */
export function makeReading(accounts: readonly MadeAccount[], gaps: readonly Gap[] = []): Reading {
  return {
    gaps: [...gaps],
    sections: [
      {
        kind: 'accounts',
        extent: { asset: null, api: 'bank-001', window: null },
        mark: { asset: null, api: 'bank-001', searchTimestamp: '20260101000000', readUntil: null },
        outcome: 'full',
        rows: accounts.map(({ name }) => ({
          identity: name,
          number: `110-000-${name}`,
          roundNo: null,
          name,
          kind: 'deposit' as const,
          typeCode: '1001',
          status: 'active' as const,
          isShared: true,
          isOverdraft: false,
          isForeign: false,
        })),
      },
      ...accounts.flatMap(sectionsOf),
    ],
  }
}

/** What an institution answers that says of everything: not changed since you last asked. */
export function makeUnchangedReading(names: readonly string[]): Reading {
  const full = makeReading(names.map((name) => ({ name, amount: 0, bookings: [] })))
  return {
    gaps: [],
    sections: full.sections.map(({ kind, extent, mark }) => ({ kind, extent, mark, outcome: 'upToDate' })),
  }
}

function sectionsOf({ name, amount, bookings }: MadeAccount): Section[] {
  const balance: BalanceRow = {
    identity: `${name}|KRW`,
    account: name,
    currency: 'KRW',
    amount: String(amount),
    side: 'asset',
    available: null,
  }
  const section = (api: string) => ({
    extent: { asset: name, api, window: null },
    mark: { asset: name, api, searchTimestamp: '20260101000000', readUntil: null },
    outcome: 'full' as const,
  })
  return [
    { kind: 'balances', ...section('bank-002'), rows: [balance] },
    ...(bookings
      ? [
          {
            kind: 'transactions' as const,
            ...section('bank-004'),
            rows: bookings.map((booking) => makeBooking(name, booking)),
          },
        ]
      : []),
  ]
}

const makeBooking = (account: string, { no, on, amount, description }: MadeBooking): TransactionRow => ({
  identity: `${account}|${no}`,
  account,
  occurredOn: on,
  occurredAt: `${on} 09:30:00`,
  timeKnown: true,
  direction: 'out',
  amount: String(amount),
  currency: 'KRW',
  balanceAfter: null,
  typeCode: '03',
  typeText: null,
  description: description ?? 'RENT',
  principal: null,
  interest: null,
})
