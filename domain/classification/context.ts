import { canonicalAmount } from '../money.ts'
import { isCard } from '../reading.ts'
import { plusDays } from '../time.ts'
import { billPayments } from './card-bills.ts'
import { cardLegsOf } from './card-legs.ts'
import { apartMs, momentOf, nearestPairs } from './nearest-pairs.ts'
import type { Cards, Classifiable, Context, Rule } from './rule.ts'
import { isCancellation } from './rules/cancelled.ts'
import { wordsOf } from './words.ts'

const DAY_MS = 24 * 60 * 60 * 1000
// A day, and half a day on each side where only the day is known.
const LEGS_REACH_MS = 2 * DAY_MS
// Banks undo a booking the same day as a rule; a month covers a whole billing cycle.
const CANCELLED_REACH_MS = 31 * DAY_MS

const NO_PAIRS: Context = {
  cardLegs: new Map(),
  cardBills: new Map(),
  companies: [],
  cancelled: new Map(),
  loanLegs: new Map(),
  ownLegs: new Map(),
}

/**
 * Finds which rows belong together: what cards took and bills first, then cancellations, loans, and transfers between
 * own accounts. A row that one of the stronger rules can decide by itself (a salary, a fee) is never an end of an own
 * transfer, and an approval is an end of nothing but its own account's side.
 */
export function pairUp(
  transactions: readonly Classifiable[],
  stronger: readonly Rule[],
  cards: Cards = { companies: [], bills: [] },
): Context {
  const { companies } = cards
  const accounts = transactions.filter(({ accountKind }) => !isCard(accountKind))
  const deposits = transactions.filter(({ accountKind }) => accountKind === 'deposit')
  const cardLegs = cardLegsOf(deposits, transactions)
  const unclaimed = (row: Classifiable) => !cardLegs.has(row.id)
  const cardBills = billPayments(deposits.filter(unclaimed), cards)
  const cancelled = cancelledPairs(deposits.filter((row) => unclaimed(row) && !cardBills.has(row.id)))
  const rest = accounts.filter((row) => unclaimed(row) && !cardBills.has(row.id) && !cancelled.has(row.id))
  const alone = (row: Classifiable) =>
    stronger
      .map((rule) => rule.classify(row, { ...NO_PAIRS, companies }))
      .find((decision) => decision !== null)?.category

  const undecided = rest.filter((row) => row.accountKind !== 'loan' && alone(row) === undefined)
  const saysLoan = rest.filter((row) => row.accountKind === 'deposit' && isLoan(alone(row)))
  const loans = rest.filter((row) => row.accountKind === 'loan')
  const loanLegs = loanPairs([...saysLoan, ...undecided], loans, new Set(saysLoan))
  const ownLegs = ownPairs(undecided.filter(({ id }) => !loanLegs.has(id)))
  return { cardLegs, cardBills, companies, cancelled, loanLegs, ownLegs }
}

const isLoan = (category: string | undefined): boolean => category?.startsWith('finance.loan_') ?? false

function cancelledPairs(deposits: readonly Classifiable[]): Map<string, Classifiable> {
  const undoing = deposits.filter(isCancellation)
  const originals = deposits.filter((row) => !isCancellation(row))
  return bothWays(
    nearestPairs(undoing, originals, {
      group: (row) => `${row.account} ${moneyOf(row)}`,
      reachMs: CANCELLED_REACH_MS,
      distance: (undo, original) => {
        if (!areOpposite(undo, original) || isLater(original, undo)) return null
        // The same words beat any nearness.
        return (
          apartMs(undo, original) +
          (wordsOf(undo.description) === wordsOf(original.description) ? 0 : CANCELLED_REACH_MS)
        )
      },
    }),
  )
}

function loanPairs(
  ours: readonly Classifiable[],
  loans: readonly Classifiable[],
  saysLoan: ReadonlySet<Classifiable>,
): Map<string, Classifiable> {
  return bothWays(
    nearestPairs(
      ours.filter(({ accountKind }) => accountKind === 'deposit'),
      loans,
      {
        group: moneyOf,
        reachMs: LEGS_REACH_MS,
        distance: (own, loan) => {
          // 01 is a drawdown and 02 a repayment; corrections and others have no other end.
          if (loan.typeCode !== (own.direction === 'in' ? '01' : '02')) return null
          if (own.direction === null || !isWithinADay(own, loan)) return null
          const elsewhere = own.institutionId === loan.institutionId ? 0 : DAY_MS
          return apartMs(own, loan) + elsewhere + (saysLoan.has(own) ? 0 : DAY_MS)
        },
      },
    ),
  )
}

function ownPairs(rows: readonly Classifiable[]): Map<string, Classifiable> {
  const outs = rows.filter(({ direction }) => direction === 'out')
  const ins = rows.filter(({ direction }) => direction === 'in')
  return bothWays(
    nearestPairs(outs, ins, {
      group: moneyOf,
      reachMs: LEGS_REACH_MS,
      distance: (out, into) =>
        out.account !== into.account && isWithinADay(out, into) ? apartMs(out, into) : null,
    }),
  )
}

const moneyOf = (row: Classifiable): string => `${row.currency} ${canonicalAmount(row.amount)}`

const areOpposite = (a: Classifiable, b: Classifiable): boolean =>
  a.direction !== null && b.direction !== null && a.direction !== b.direction

function isLater(row: Classifiable, than: Classifiable): boolean {
  if (row.timeKnown && than.timeKnown) return momentOf(row) > momentOf(than)
  return row.occurredOn > than.occurredOn
}

function isWithinADay(a: Classifiable, b: Classifiable): boolean {
  if (a.timeKnown && b.timeKnown) return Math.abs(momentOf(a) - momentOf(b)) <= DAY_MS
  return b.occurredOn >= plusDays(a.occurredOn, -1) && b.occurredOn <= plusDays(a.occurredOn, 1)
}

const bothWays = (pairs: readonly [Classifiable, Classifiable][]): Map<string, Classifiable> =>
  new Map(
    pairs.flatMap(([left, right]) => [
      [left.id, right],
      [right.id, left],
    ]),
  )
