import { dayOf, type Month, startOf } from '../../kst.ts'
import { type Thousandths, won } from '../../money.ts'
import { inWon, stateAt } from './approval-state.ts'
import { billedIn, cutoffOf } from './billing-calendar.ts'
import type { Approval, Merchant } from './card.ts'

/** A row of a bill. */
export type Charge = {
  card: string
  /** When it was used. */
  at: number
  isDateOnly: boolean
  /** The whole purchase, as the standard has it, even where only a part of it is due now. */
  paid: Thousandths
  /** What this bill asks for, without the fee. */
  due: Thousandths
  fee: Thousandths
  merchant?: Merchant
  instalment?: { total: number; current: number; left: Thousandths }
  /** 01 lump sum, 02 instalments, 03 cash advance, 04 revolving, 05 long-term loan, 99 other. */
  kind: '01' | '02' | '03' | '04' | '05' | '99'
}

/** 1.125 % a month on what is left, for instalments that bear interest. */
const INSTALMENT_FEE = { of: 1125n, in: 100_000n }
/** 0.25 % for a purchase abroad. */
const ABROAD_FEE = { of: 25n, in: 10_000n }

/** What an approval puts on the bill of a month, as far as it is known at an instant. */
export function chargesOf(approval: Approval, month: Month, knownAt: number): Charge[] {
  const first = billedIn(approval.at)
  if (month < first || approval.shownAt > knownAt) return []
  let charged: Owed = { due: 0n, fee: 0n }
  let before = amountBy(approval, first, knownAt)
  if (before === undefined) return []
  const whole = before
  for (let each = first; each <= month; each += 1) {
    const now = amountBy(approval, each, knownAt)
    const isThis = each === month
    if (now === undefined) return isThis ? refund(approval, charged) : []
    const part = partOf(approval, whole, each - first + 1)
    const adjusted = now - before
    before = now
    if (isThis) return [...(adjusted === 0n ? [] : [lump(approval, adjusted, 0n)]), ...part]
    charged = [...part].reduce((sum, row) => added(sum, row), { ...charged, due: charged.due + adjusted })
  }
  return []
}

/** The months whose bills an approval can be on: of its parts, and of its changes. */
export function billedMonths({ at, instalments, changes }: Approval): { first: Month; last: Month } {
  const first = billedIn(at)
  return { first, last: Math.max(first + instalments - 1, ...changes.map((change) => billedIn(change.at))) }
}

type Owed = { due: Thousandths; fee: Thousandths }

const added = (sum: Owed, row: Owed): Owed => ({ due: sum.due + row.due, fee: sum.fee + row.fee })

/** What counts in won when a month's bill is made up; undefined once cancelled. */
function amountBy(approval: Approval, month: Month, knownAt: number): Thousandths | undefined {
  const { status, amount } = stateAt(approval, Math.min(cutoffOf(month) - 1, knownAt))
  return status === '02' ? undefined : inWon(approval, amount)
}

/** The so-manieth part: all of a lump sum at once, an instalment of the rest. */
function partOf(approval: Approval, whole: Thousandths, current: number): Charge[] {
  const { instalments: total, isInterestFree } = approval
  if (current > total) return []
  if (total === 1) return [lump(approval, whole, approval.abroad ? share(whole, ABROAD_FEE) : 0n)]
  const each = won(whole / 1000n / BigInt(total))
  // The first part has what does not divide.
  const left = each * BigInt(total - current)
  const due = current === 1 ? whole - left : each
  const fee = isInterestFree ? 0n : share(left + due, INSTALMENT_FEE)
  const row = { ...lump(approval, whole, fee), due, at: startOf(dayOf(approval.at)), isDateOnly: true }
  return [{ ...row, instalment: { total, current, left }, kind: '02' }]
}

/** Gives back everything charged so far, fees too. */
function refund(approval: Approval, charged: Owed): Charge[] {
  return charged.due === 0n ? [] : [lump(approval, -charged.due, -charged.fee)]
}

function lump({ card, at, merchant }: Approval, paid: Thousandths, fee: Thousandths): Charge {
  return {
    card,
    at,
    isDateOnly: false,
    paid,
    due: paid,
    fee,
    ...(merchant === undefined ? {} : { merchant }),
    kind: '01',
  }
}

function share(amount: Thousandths, { of, in: whole }: { of: bigint; in: bigint }): Thousandths {
  return won((amount * of) / whole / 1000n)
}
