import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'

import type { Reading } from '../../domain/reading.ts'
import { freshSeed } from '../../test/system/support/random.ts'
import type { ApiRequest, Connector } from '../connector.ts'
import { accountsAnswer, bookingsAnswer, makeAccount, makeBooking } from './bank/fixtures.ts'
import { standardBank } from './bank/index.ts'
import { approvalsAnswer, cardsAnswer, makeApproval, makeCard } from './card/fixtures.ts'
import { standardCard } from './card/index.ts'
import { visitTo, wellSent } from './test-answers.ts'

/*
 * Rows come in pages of any size, in any order, more than once, and move from one page to the next because something is
 * booked meanwhile. What was sent is read, neither more nor less, or the API is a gap. (A row that was never sent, because
 * one before it vanished between two pages, can be missed by nobody's count.)
 */

vi.setConfig({ testTimeout: 180_000 })
const seed = freshSeed()

type Row = Record<string, unknown>

/** How an institution cuts its list: sizes of its pages, and what it does wrong at each of them. */
type Habit = { size: number; repeat: number; isShuffled: boolean; isBooked: boolean; isEmptyFirst: boolean }
const habits = fc.array(
  fc.record({
    size: fc.integer({ min: 1, max: 4 }),
    // Rows of the page before that this one has, too.
    repeat: fc.constantFrom(0, 0, 0, 1, 2, 4),
    isShuffled: fc.boolean(),
    isBooked: fc.constantFrom(false, false, false, true),
    isEmptyFirst: fc.constantFrom(false, false, true),
  }),
  { minLength: 1, maxLength: 4 },
)

const dates = fc.constantFrom('20261121', '20261120', '20261003')
// Few values, so that twins and shared numbers are common.
const bookings = fc.array(
  fc
    .record({
      on: dates,
      trans_no: fc.constantFrom('', '', '1', '2'),
      trans_amt: fc.constantFrom('100', '200'),
      balance_amt: fc.constantFrom('', '900'),
    })
    .map(({ on, ...row }) => makeBooking({ ...row, trans_dtime: `${on}120000` })),
  { maxLength: 12 },
)
const approvals = fc.array(
  fc
    .record({
      on: dates,
      approved_num: fc.constantFrom('1', '2'),
      approved_amt: fc.constantFrom('100', '200'),
    })
    .map(({ on, ...row }) => makeApproval({ ...row, approved_dtime: `${on}120000` })),
  { maxLength: 12 },
)

const BANK = {
  connector: standardBank,
  rowsPath: '/v2/bank/accounts/deposit/transactions',
  list: { path: '/v2/bank/accounts', body: accountsAnswer([makeAccount()]) },
  answer: bookingsAnswer,
  day: 'trans_dtime',
  api: 'bank-004',
  rows: bookings,
  another: makeBooking({ trans_no: '', trans_amt: '7', trans_dtime: '20261122090000' }),
  // A number that came twice with all else equal is one booking, whoever sent it twice.
  once: (row: Row) => row['trans_no'] !== '',
}
const CARD = {
  connector: standardCard,
  rowsPath: '/v2/card/cards/CARD-0001/approval-domestic',
  list: { path: '/v2/card/cards', body: cardsAnswer([makeCard()]) },
  answer: approvalsAnswer,
  day: 'approved_dtime',
  api: 'card-008',
  rows: approvals,
  another: makeApproval({ approved_num: '9', approved_amt: '7', approved_dtime: '20261122090000' }),
  once: () => false,
}
type Industry = {
  connector: Connector
  rowsPath: string
  list: { path: string; body: Row }
  answer: (rows: readonly object[]) => Row
  day: string
  api: string
  once: (row: Row) => boolean
  another: Row
}

/** An institution that counts in rows: its cursor says how many of its list it has sent. */
function createInstitution({ rowsPath, list, answer, day, another }: Industry, ledger: Row[], plan: Habit[]) {
  const held = [...ledger]
  let turn = 0
  return (request: ApiRequest) => {
    if (request.path === list.path) return wellSent(JSON.stringify(list.body))
    if (request.path !== rowsPath) return wellSent('{"rsp_code":"99999"}')
    const asked = request.query ?? request.json ?? {}
    const [done = 0, isEmpty = 0] = (asked['next_page'] ?? '').split('.').filter(Boolean).map(Number)
    const habit = plan[(turn += 1) % plan.length]!
    // Newest first: what is booked between two pages moves all others one further.
    if (habit.isBooked && done > 0) held.unshift(another)
    const wanted = held.filter((row) => isWithin(String(row[day]), asked))
    if (habit.isEmptyFirst && isEmpty === 0)
      return wellSent(JSON.stringify({ ...answer([]), next_page: `${done}.1.${turn}` }))
    const to = Math.min(wanted.length, done + habit.size)
    const rows = wanted.slice(Math.max(0, done - habit.repeat), to)
    const page = answer(habit.isShuffled ? rows.toReversed() : rows)
    return wellSent(JSON.stringify(to < wanted.length ? { ...page, next_page: `${to}.0.${turn}` } : page))
  }
}

const isWithin = (at: string, asked: Record<string, string>): boolean =>
  at.slice(0, 8) >= (asked['from_date'] ?? '') && at.slice(0, 8) <= (asked['to_date'] ?? '99999999')

async function read(
  { connector, api }: Industry,
  answer: (request: ApiRequest) => ReturnType<typeof wellSent>,
) {
  const reading: Reading = await connector.collect(visitTo(answer).visit)
  const section = reading.sections.find(({ extent }) => extent.api === api)
  const rows = section?.kind === 'transactions' && section.outcome === 'full' ? section.rows : null
  const gap = reading.gaps.find((one) => one.api === api)
  expect(rows === null).toBe(gap !== undefined)
  return rows?.map((row) => JSON.stringify(row)).toSorted() ?? null
}

const plain: Habit[] = [{ size: 500, repeat: 0, isShuffled: false, isBooked: false, isEmptyFirst: false }]

describe.each([
  ['bank', BANK],
  ['card', CARD],
] as const)('pages of a %s', (_name, industry) => {
  const inOnePage = (ledger: Row[]) => read(industry, createInstitution(industry, ledger, plain))

  test('bring what was sent, neither more nor less, or a gap', async () => {
    const ends = { same: 0, gap: 0 }
    await fc.assert(
      fc.asyncProperty(industry.rows, habits, async (ledger, plan) => {
        const rows = await read(industry, createInstitution(industry, ledger, plan))
        const before = await inOnePage(ledger)
        if (rows === null) return void (ends.gap += 1)
        ends.same += 1
        // Nothing that was there when it began is missing; what is more was booked meanwhile.
        const more = [...rows]
        for (const row of before ?? []) {
          const at = more.indexOf(row)
          expect(at).toBeGreaterThanOrEqual(0)
          more.splice(at, 1)
        }
        expect(more.filter((row) => !row.includes('"amount":"7"'))).toEqual([])
        if (plan.every(({ isBooked }) => !isBooked)) expect(rows).toEqual(before)
      }),
      { numRuns: 300, seed },
    )
    expect(Math.min(ends.same, ends.gap)).toBeGreaterThan(0)
  })

  test('of which none repeats another are read whole, with twins that stand on two of them', async () => {
    const orderly = habits.map((plan) =>
      plan.map((one) => ({ ...one, repeat: 0, isBooked: false, size: one.size + 8 })),
    )
    await fc.assert(
      fc.asyncProperty(industry.rows, orderly, async (ledger, plan) => {
        const rows = await read(industry, createInstitution(industry, ledger, plan))
        expect(rows).toEqual(await inOnePage(ledger))
      }),
      { numRuns: 100, seed },
    )
  })

  test('of which one begins where another ended: one booked meanwhile counts once, twins count as often as they are', async () => {
    const twin = industry.rowsPath.includes('bank') ? makeBooking({ trans_no: '' }) : makeApproval()
    const older = { ...twin, [industry.day]: '20261003120000' }
    const before = await inOnePage([twin, twin, older])
    const cut: Habit[] = [
      { ...plain[0]!, size: 500 },
      { ...plain[0]!, size: 1 },
      { ...plain[0]!, size: 500 },
    ]
    expect(await read(industry, createInstitution(industry, [twin, twin, older], cut))).toEqual(before)
    const moving = cut.map((habit, at) => ({ ...habit, isBooked: at === 2 }))
    expect(await read(industry, createInstitution(industry, [twin, older], moving))).toEqual(
      await inOnePage([twin, older]),
    )
  })

  test('on which every row stands twice are not believed, unless their numbers say what they are', async () => {
    const rows = ['11', '12', '13', '14', '15'].map((second) => ({
      ...industry.another,
      [industry.day]: `202611221200${second}`,
    }))
    const doubled = rows.flatMap((row) => [row, row])
    expect(await inOnePage(doubled)).toBeNull()
    expect(await inOnePage([...doubled, rows[0]!])).toHaveLength(11)
  })
})
