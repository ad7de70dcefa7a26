import type { Institution } from '../../institutions.ts'
import { type Day, dayOf, type Month, monthOf } from '../../kst.ts'
import { seedOf } from '../../random.ts'
import type { Change, ChangeSource } from '../changes.ts'
import { createKept } from '../kept.ts'
import { type LoanRow, loanSchedule } from '../loan-schedule.ts'
import { paidAt } from './billing-calendar.ts'
import { type Bill, billOf, billsOf, type Used } from './bills.ts'
import { drawAdvances, liveCards } from './card-history.ts'
import type { Approval, Card, CardProfile, LongLoan, Round, StateChange, Use } from './card.ts'

/** A person at a card company, with all that ever happens there; what is past is decided by the clock. */
export type CardHolding = Used & {
  cards: readonly Card[]
  /** In the order in which the company shows them. */
  approvals: readonly Approval[]
  /** Finished ones, oldest first within a round. */
  bills: readonly Bill[]
  longLoans: readonly (LongLoan & { rows: readonly LoanRow[] })[]
  closedAt: ReadonlyMap<string, number>
}
export type CardHistories = ReturnType<typeof createCardHistories>

type Sources = {
  seed: string
  anchor: Day
  profileOf: (person: string, institution: Institution) => CardProfile
  changesOf: ChangeSource
}

/** About 300 bytes an approval: 200,000 are some 60 MB. */
const MAX_ROWS = 200_000

/** Writes people's lives with cards when they are first asked for, and keeps the ones asked for last. */
export function createCardHistories({ seed, anchor, profileOf, changesOf }: Sources) {
  const keep = createKept<CardHolding>(MAX_ROWS, ({ approvals, bills }) =>
    bills.reduce((sum, { charges }) => sum + charges.length, approvals.length),
  )
  const holding = (person: string, institution: Institution, now: number): CardHolding => {
    const key = `${person}|${institution.institutionId}`
    const changes = changesOf(key)
    return keep({ key, now, version: changes.length }, (through) =>
      write(
        profileOf(person, institution),
        { from: anchor, through },
        institution,
        seedOf(seed, key),
        changes,
      ),
    )
  }
  return { holding }
}

function write(
  profile: CardProfile,
  span: { from: Day; through: Day },
  { trait }: Institution,
  seed: number,
  changes: readonly Change[],
): CardHolding {
  const approvals = liveCards(profile, span, seed, additionsOf(changes), trait.reusesApprovalNumbers)
  const used = { profile, approvals, advances: drawAdvances(profile, span, seed) }
  return {
    ...used,
    cards: profile.cards,
    bills: billsOf(used, monthOf(span.from) + 1, monthOf(span.through)),
    longLoans: profile.longLoans.map((loan) => ({ ...loan, rows: rowsOf(loan, profile.rounds) })),
    closedAt: new Map(
      changes.flatMap((change) => (change.what === 'closed' ? [[change.accountKey, change.at]] : [])),
    ),
  }
}

function additionsOf(changes: readonly Change[]) {
  const uses: { key: string; at: number; use: Omit<Use, 'second'> }[] = []
  const changed = new Map<string, StateChange[]>()
  for (const [index, change] of changes.entries()) {
    if (change.what === 'uses')
      for (let added = 0; added < change.count; added += 1)
        uses.push({ key: `added-${index}-${added}`, at: change.at, use: change.use })
    if (change.what === 'approval')
      changed.set(change.approvalKey, [...(changed.get(change.approvalKey) ?? []), change.change])
  }
  return { uses, changes: changed }
}

/** Instalments are booked when the bill is paid, whatever day that is. */
function rowsOf({ terms, openedOn, round }: LongLoan, rounds: readonly Round[]): LoanRow[] {
  const payDate = rounds.find(({ key }) => key === round)?.payDate ?? terms.repayDate
  return loanSchedule(terms, openedOn).map((row) =>
    row.type === '02' ? { ...row, at: paidAt(monthOf(dayOf(row.at)), payDate) } : row,
  )
}

/** The bills that have been made up by an instant. */
export function billsAt({ bills }: CardHolding, at: number): Bill[] {
  return bills.filter((bill) => bill.issuedAt <= at)
}

/** What a round's bill will ask for next, as far as it is known at an instant. */
export function runningBill(holding: CardHolding, round: Round, at: number): Bill {
  const month: Month = monthOf(dayOf(at)) + 1
  const before = holding.bills.findLast((bill) => bill.round.key === round.key && bill.month < month)
  return billOf(holding, round, month, at, before?.carriedOver ?? 0n)
}
