import { calendar, type Day, dayOf, startOf } from '../kst.ts'
import type { Thousandths } from '../money.ts'
import { createStream, mixed } from '../random.ts'
import { type LoanRow, loanSchedule } from './loan-schedule.ts'
import type { Account, Planned, Profile } from './profile.ts'

/** A booked row of a deposit account. */
export type Row = {
  at: number
  isDateOnly: boolean
  type: Planned['type']
  channel: string
  currency: string
  amount: Thousandths
  balance: Thousandths
  memo?: string
  transNo?: string
  instalment?: number
}

/** An account with everything that ever happens to it, oldest first; what is past is decided by the clock. */
export type Ledger = { account: Account; rows: Row[]; loanRows: LoanRow[] }

/** A row that control added, at an instant. */
export type Addition = { account: string; at: number; planned: Omit<Planned, 'account' | 'second'> }

type Due = { at: number; planned: Planned }

const credits: ReadonlySet<string> = new Set(['01', '03', '04', '06', '98'])

/** Whether a row adds to the balance; the standard decides the sign by the code. */
export function isCredit(type: string): boolean {
  return credits.has(type)
}

/** Lives a profile from one day through another. The same days always give the same rows, whatever follows them. */
export function writeHistory(
  profile: Profile,
  span: { from: Day; through: Day },
  seed: number,
  additions: readonly Addition[],
  renumbersDaily: boolean,
): Map<string, Ledger> {
  const books = new Map(profile.accounts.map((account) => [account.key, openBook(account)]))
  const plan = planner(profile, seed)
  let next = 0
  for (let day = span.from; day <= span.through; day += 1) {
    const today = plan(day)
    while (next < additions.length && dayOf(additions[next]!.at) <= day) {
      const { account, at, planned } = additions[next]!
      today.push({ at, planned: { ...planned, account, second: 0 } })
      next += 1
    }
    if (today.length > 1) today.sort((one, other) => one.at - other.at)
    for (const { at, planned } of today) books.get(planned.account)?.book(at, planned)
  }
  return new Map(
    [...books].map(([key, book]) => [
      key,
      { account: book.account, rows: numbered(book.rows, renumbersDaily), loanRows: book.loanRows },
    ]),
  )
}

/** What a profile plans for a day, in the order of its habits. */
function planner(profile: Profile, seed: number): (day: Day) => Due[] {
  const stream = createStream()
  return (day) => {
    const on = calendar(day)
    const midnight = startOf(day)
    const due: Due[] = []
    for (const [index, habit] of profile.habits.entries()) {
      stream.restart(mixed(seed + index, day))
      for (const planned of habit(on, stream.random))
        due.push({ at: midnight + planned.second * 1000, planned })
    }
    return due
  }
}

function openBook(account: Account) {
  const rows: Row[] = []
  const loanRows = account.loan ? loanSchedule(account.loan, account.openedOn) : []
  const balances: Record<string, Thousandths> = { ...account.deposit?.opening }
  const book = (at: number, planned: Planned) => {
    const currency = planned.currency ?? 'KRW'
    const before = balances[currency] ?? 0n
    const amount = typeof planned.amount === 'function' ? planned.amount(before) : planned.amount
    const after = isCredit(planned.type) ? before + amount : before - amount
    if (amount === 0n || (planned.floor !== undefined && after < planned.floor)) return
    balances[currency] = after
    rows.push({
      at,
      isDateOnly: planned.isDateOnly ?? false,
      type: planned.type,
      channel: planned.channel,
      currency,
      amount,
      balance: after,
      ...(planned.memo === undefined ? {} : { memo: planned.memo }),
      ...(planned.instalment === undefined ? {} : { instalment: planned.instalment }),
      ...(planned.isUnnumbered ? {} : { transNo: '' }),
    })
    if (planned.isOverdraftInterest) loanRows.push(overdraftRow(at, amount, after, loanRows.length))
  }
  return { account, rows, loanRows, book }
}

function overdraftRow(at: number, interest: Thousandths, balance: Thousandths, before: number): LoanRow {
  const day = dayOf(at)
  return {
    at,
    type: '02',
    amount: interest,
    balance: overdrawn(balance),
    principal: 0n,
    interest,
    interestFrom: day - 30,
    interestTo: day - 1,
    transNo: String(before + 1).padStart(9, '0'),
  }
}

/** What an overdraft owes: never negative. */
export function overdrawn(balance: Thousandths): Thousandths {
  return balance < 0n ? -balance : 0n
}

/** Numbers rows in the order of booking, once per account or once per day. */
function numbered(rows: Row[], renumbersDaily: boolean): Row[] {
  let number = 0
  let today = 0
  for (const row of rows) {
    if (renumbersDaily && dayOf(row.at) !== today) {
      today = dayOf(row.at)
      number = 0
    }
    number += 1
    if (row.transNo !== undefined) row.transNo = String(number).padStart(9, '0')
  }
  return rows
}
