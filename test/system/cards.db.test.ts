import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { KINDS } from '../../db/versioned-tables.ts'
import type { Classifiable } from '../../domain/classification/rule.ts'
import type { BillLineRow, BillRow, Reading, Section, TransactionRow } from '../../domain/reading.ts'
import { createTestMoa, makeGrant, type TestMoa } from './moa.ts'
import { BUTTON, classifyAll, createSteps, refreshOf, type Steps } from './support/person.ts'

const COMPANY = 'CARDS'

let moa: TestMoa
let steps: Steps
let userId: UserId
let refreshNo: number

beforeAll(async () => {
  moa = await createTestMoa()
  steps = createSteps(moa)
})
afterAll(() => moa.close())
beforeEach(async () => {
  ;({ userId, refreshNo } = await steps.enrolWithConsents([COMPANY]))
})

/** Reads the company once more, in the refresh that is open or in another. */
async function apply(...sections: Section[]) {
  const reading: Reading = { sections, gaps: [] }
  const { ref, attempt } = await steps.beginReading(userId, refreshNo, COMPANY)
  const applied = await steps.apply(ref, attempt, reading)
  await moa.worker.refreshes.close(userId, refreshNo, 'failed', 'Unexpected')
  refreshNo = refreshOf(await steps.record(userId, BUTTON))
  return applied
}

const place = (
  api: string,
  window: { from: string; to: string } | null = null,
  asset: string | null = null,
) => ({
  extent: { asset, api, window },
  mark: { asset, api, searchTimestamp: null, readUntil: null },
  outcome: 'full' as const,
})

const cards = (...ids: string[]): Section => ({
  kind: 'accounts',
  ...place('card-001'),
  rows: ids.map((id) => ({
    identity: `card|${id}`,
    number: `9999-99**-****-${id}`,
    roundNo: null,
    name: id,
    kind: 'check_card',
    typeCode: '02',
    status: 'active',
    isShared: true,
    isOverdraft: null,
    isForeign: null,
    isFamily: false,
  })),
})

const makeBill = (month: string, given: Partial<BillRow> = {}): BillRow => ({
  identity: `bill|${month}|`,
  stage: 'charged',
  month,
  roundNo: null,
  dueOn: `${month}-14`,
  amount: '1000',
  currency: 'KRW',
  lumpSum: null,
  installments: null,
  shortTermLoan: null,
  longTermLoan: null,
  revolving: null,
  other: null,
  ...given,
})

const bills = (window: { from: string; to: string }, ...rows: BillRow[]): Section => ({
  kind: 'bills',
  ...place('card-004', window),
  rows,
})

const lines = (month: string, count: number): Section => ({
  kind: 'bill_lines',
  ...place('card-005', null, `bill|${month}|`),
  rows: Array.from({ length: count }, (_, n): BillLineRow => makeLine(month, n)),
})

const makeLine = (month: string, n: number): BillLineRow => ({
  identity: `line|${month}|${n}`,
  bill: `bill|${month}|`,
  account: 'card|1',
  usedOn: `${month}-02`,
  usedAt: `${month}-02 00:00:00`,
  timeKnown: false,
  amount: '500',
  currency: 'KRW',
  fee: '0',
  installments: null,
  installmentNo: null,
  left: null,
  typeCode: '01',
  description: null,
  merchantNo: null,
})

const approvals = (...rows: Partial<TransactionRow>[]): Section => ({
  kind: 'transactions',
  ...place('card-008', { from: '2026-02-01', to: '2026-02-28' }, 'card|1'),
  rows: rows.map((row) => makeApproval(row)),
})

const makeApproval = (given: Partial<TransactionRow> = {}): TransactionRow => ({
  identity: 'approval|1',
  account: 'card|1',
  occurredOn: '2026-02-03',
  occurredAt: '2026-02-03 12:00:00',
  timeKnown: true,
  direction: 'out',
  amount: '5500',
  currency: 'KRW',
  balanceAfter: null,
  typeCode: '02',
  typeText: null,
  description: 'SHOP',
  principal: null,
  interest: null,
  approval: {
    number: '30012345',
    status: 'approved',
    approvedAmount: '5500',
    changedAt: null,
    installments: null,
    merchantNo: null,
    country: null,
    krwAmount: null,
  },
  ...given,
})

const cancelled = makeApproval({
  amount: '0',
  approval: { ...makeApproval().approval!, status: 'cancelled', changedAt: '2026-02-05 09:00:00' },
})

const liveOf = async (table: string, column: string): Promise<string[]> => {
  const rows = await moa.test.owner.unsafe<{ told: string }[]>(
    `SELECT ${column}::text AS told FROM ${table} WHERE user_id = $1 AND removed_seq IS NULL ORDER BY 1`,
    [userId],
  )
  return rows.map(({ told }) => told)
}

describe('bills', () => {
  const spring = { from: '2026-02-01', to: '2026-04-20' }

  test('are compared within the months that were asked for, and no others are touched', async () => {
    await apply(
      bills(
        { from: '2025-12-01', to: '2026-03-20' },
        makeBill('2025-12'),
        makeBill('2026-02'),
        makeBill('2026-03'),
      ),
    )
    const applied = await apply(bills(spring, makeBill('2026-03'), makeBill('2026-04')))
    expect(applied).toMatchObject({ introduced: 1, removed: 1 })
    expect(await liveOf('bills', 'month')).toEqual(['2025-12', '2026-03', '2026-04'])
  })

  test('that lie outside are compared too, once they are sent', async () => {
    await apply(bills(spring, makeBill('2026-05')))
    expect(await apply(bills(spring, makeBill('2026-05')))).toMatchObject({ introduced: 0, removed: 0 })
    expect(await apply(bills(spring, makeBill('2026-05', { amount: '2' })))).toMatchObject({
      introduced: 1,
      removed: 1,
    })
    expect(await liveOf('bills', 'trim_scale(amount)')).toEqual(['2'])
  })

  test('stand apart from what is announced, which another answer removes', async () => {
    const upcoming = { ...place('card-006'), kind: 'bills' as const }
    await apply(bills(spring, makeBill('2026-03')), {
      ...upcoming,
      rows: [makeBill('2026-04', { identity: 'payment|1', stage: 'upcoming', month: null })],
    })
    await apply(bills(spring, makeBill('2026-03')))
    expect(await liveOf('bills', 'stage')).toEqual(['charged', 'upcoming'])
    await apply({ ...upcoming, rows: [] })
    expect(await liveOf('bills', 'stage')).toEqual(['charged'])
  })

  test('take their lines with them, and a bill that changed keeps its own', async () => {
    await apply(
      bills(spring, makeBill('2026-02'), makeBill('2026-03')),
      lines('2026-02', 2),
      lines('2026-03', 3),
    )
    await apply(bills(spring, makeBill('2026-03', { amount: '1001' })))
    expect(await liveOf('bill_lines', 'used_on')).toEqual(Array.from({ length: 3 }, () => '2026-03-02'))
    // The lines of one bill say nothing of another's.
    await apply(bills(spring, makeBill('2026-03'), makeBill('2026-04')), lines('2026-04', 1))
    expect(await liveOf('bill_lines', 'used_on')).toHaveLength(4)
    expect(await apply(lines('2026-03', 2))).toMatchObject({ introduced: 0, removed: 1 })
  })
})

describe('an approval', () => {
  test('that is cancelled is a new version of its row', async () => {
    await apply(cards('1'), approvals({}))
    expect(await apply(approvals({}))).toMatchObject({ introduced: 0, removed: 0 })
    expect(await apply(approvals(cancelled))).toMatchObject({ introduced: 1, removed: 1 })
    const rows = await moa.test.owner<{ status: string; amount: string; live: boolean; key: string }[]>`
      SELECT status, trim_scale(amount)::text AS amount, removed_seq IS NULL AS live, natural_key::text AS key
      FROM transactions WHERE user_id = ${userId} ORDER BY id`
    expect(rows).toMatchObject([
      { status: 'approved', amount: '5500', live: false, key: rows[1]!.key },
      { status: 'cancelled', amount: '0', live: true },
    ])
  })

  test('stays a card’s when the card is gone from the list', async () => {
    await apply(cards('1', '2'), approvals({}))
    await apply(cards('2'))
    const seen: Classifiable[] = []
    await steps.beginReading(userId, refreshNo, COMPANY)
    const snapshotNo = (await moa.worker.cuts.cut(userId, refreshNo, 1))!
    await moa.worker.classifications.classifyCut(
      userId,
      snapshotNo,
      (rows) => {
        seen.push(...rows)
        return classifyAll(rows)
      },
      1,
    )
    expect(seen).toMatchObject([
      { accountKind: 'check_card', status: 'approved', approvedAmount: '5500.000' },
    ])
  })

  test('is refused by the database where it does not say what was approved first', async () => {
    await apply(cards('1'), approvals({}))
    const blank = moa.test.owner`UPDATE transactions SET approved_amount = NULL WHERE user_id = ${userId}`
    await expect(blank).rejects.toMatchObject({ constraint_name: 'an_approval_says_what_was_approved' })
    const guess = moa.test.owner`UPDATE transactions SET status = 'maybe' WHERE user_id = ${userId}`
    await expect(guess).rejects.toMatchObject({ constraint_name: 'an_approval_says_what_was_approved' })
  })
})

test('what was erased is forgotten of every kind, before the first collection since', async () => {
  const spring = { from: '2026-02-01', to: '2026-04-20' }
  const points: Section = {
    kind: 'points',
    ...place('card-003'),
    rows: [{ identity: 'point|A', name: 'A', remaining: '1', expiring: null }],
  }
  await apply(cards('1'), approvals({}), points, bills(spring, makeBill('2026-03')), lines('2026-03', 1))
  await moa.test.owner`
    UPDATE user_institutions SET erased_seq = current_seq WHERE user_id = ${userId} AND institution_id = ${COMPANY}`
  await moa.api.consents.grant(userId, makeGrant(COMPANY))
  await apply(cards('2'))
  const tables = await moa.test.owner<{ table: string }[]>`
    SELECT table_name AS table FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'introduced_seq'`
  expect(tables.map(({ table }) => table).toSorted()).toEqual(KINDS.toSorted())
  for (const { table } of tables) {
    const [left] = await moa.test.owner<{ rows: number }[]>`
      SELECT count(*)::int AS rows FROM ${moa.test.owner(table)} WHERE user_id = ${userId}`
    expect({ table, ...left }).toEqual({ table, rows: table === 'accounts' ? 1 : 0 })
  }
})
