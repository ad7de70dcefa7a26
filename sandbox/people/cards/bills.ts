import { DAY_MS, dayOf, firstDayOf, type Month, monthOf, startOf } from '../../kst.ts'
import { type Thousandths, won } from '../../money.ts'
import { loanSchedule } from '../loan-schedule.ts'
import { billedIn, cutoffOf, issuedAt, paidAt, paymentDay } from './billing-calendar.ts'
import type { Advance, Approval, CardProfile, Round } from './card.ts'
import { billedMonths, type Charge, chargesOf } from './charges.ts'

/** The bill of a round of cards for a month. */
export type Bill = {
  round: Round
  month: Month
  issuedAt: number
  paidAt: number
  charges: readonly Charge[]
  /** What is asked for: every charge's due part and fee. */
  amount: Thousandths
  /** What a revolving agreement leaves for the next bill. */
  carriedOver: Thousandths
}

/** What a person's bills are made of. */
export type Used = { profile: CardProfile; approvals: readonly Approval[]; advances: readonly Advance[] }

/** Every bill whose period ends within these months, oldest first. */
export function billsOf(used: Used, from: Month, through: Month): Bill[] {
  const spans = used.approvals.map((approval) => ({ approval, ...billedMonths(approval) }))
  const usedIn = (month: Month): Used => ({
    ...used,
    approvals: spans
      .filter(({ first, last }) => first <= month && month <= last)
      .map(({ approval }) => approval),
  })
  return used.profile.rounds.flatMap((round) => {
    const bills: Bill[] = []
    for (let month = from; month <= through; month += 1)
      bills.push(billOf(usedIn(month), round, month, cutoffOf(month) - 1, bills.at(-1)?.carriedOver ?? 0n))
    return bills.filter(({ charges }) => charges.length > 0)
  })
}

/** A bill as far as it is known at an instant: the running one, or a finished one at the end of its period. */
export function billOf(
  used: Used,
  round: Round,
  month: Month,
  knownAt: number,
  carriedIn: Thousandths,
): Bill {
  const cards = new Set(used.profile.cards.filter((card) => card.round === round.key).map(({ key }) => key))
  const purchases = used.approvals
    .filter(({ card }) => cards.has(card))
    .flatMap((approval) => chargesOf(approval, month, knownAt))
    .toSorted((one, other) => one.at - other.at)
  const rest = [
    ...feeCharges(used, round, month, knownAt),
    ...advanceCharges(used, round, month, knownAt),
    ...loanCharges(used, round, month, knownAt),
  ]
  const carried = carryOver(used, round, month, purchases, carriedIn)
  const charges = [...purchases, ...carried.charges, ...rest]
  return {
    round,
    month,
    issuedAt: issuedAt(month),
    paidAt: paidAt(month, round.payDate),
    charges,
    amount: sumOf(charges),
    carriedOver: carried.left,
  }
}

/** What charges ask for together. */
export function sumOf(charges: readonly Charge[]): Thousandths {
  return charges.reduce((sum, { due, fee }) => sum + due + fee, 0n)
}

/** A year's fee of a card, with the bill of the month in which it was issued. */
function feeCharges({ profile }: Used, round: Round, month: Month, knownAt: number): Charge[] {
  const at = cutoffOf(month) - DAY_MS
  return profile.cards
    .filter((card) => card.round === round.key && card.annualFee > 0n && at <= knownAt)
    .filter(({ issuedOn }) => monthOf(issuedOn) < month && monthOf(issuedOn) % 12 === month % 12)
    .map(({ key, annualFee }) => chargeFor(key, at, annualFee, 0n, '99', '연회비'))
}

/** Cash drawn in the period, with interest by the day until it is paid back. */
function advanceCharges({ profile, advances }: Used, round: Round, month: Month, knownAt: number): Charge[] {
  const cards = new Set(profile.cards.filter((card) => card.round === round.key).map(({ key }) => key))
  return advances
    .filter(({ card, at }) => cards.has(card) && billedIn(at) === month && at <= knownAt)
    .map(({ card, at, amount, milliPercent }) => {
      const days = BigInt(paymentDay(month, round.payDate) - dayOf(at))
      const interest = won((amount * BigInt(milliPercent) * days) / 100_000n / 365n / 1000n)
      return chargeFor(card, at, amount, interest, '03', '단기카드대출')
    })
}

/** Instalments of long-term loans that were drawn by then. */
function loanCharges({ profile }: Used, round: Round, month: Month, knownAt: number): Charge[] {
  const card = profile.cards.find((each) => each.round === round.key)?.key ?? ''
  return profile.longLoans
    .filter((loan) => loan.round === round.key && startOf(loan.openedOn) <= knownAt)
    .flatMap(({ terms, openedOn }) => loanSchedule(terms, openedOn))
    .filter(({ type, at }) => type === '02' && monthOf(dayOf(at)) === month)
    .map(({ principal, interest }) =>
      chargeFor(card, startOf(firstDayOf(month)), principal, interest, '05', '장기카드대출'),
    )
}

/** A revolving agreement pays a part of the purchases and of what was carried over, and carries the rest over. */
function carryOver(
  { profile }: Used,
  { key, revolving }: Round,
  month: Month,
  purchases: readonly Charge[],
  carriedIn: Thousandths,
): { charges: Charge[]; left: Thousandths } {
  if (!revolving || firstDayOf(month) < revolving.agreedOn) return { charges: [], left: 0n }
  const card = profile.cards.find((each) => each.round === key)?.key ?? ''
  const at = cutoffOf(month) - DAY_MS
  const interest = won((carriedIn * BigInt(revolving.milliPercent)) / 1_200_000n / 1000n)
  const lumps = purchases.filter(({ kind }) => kind === '01').reduce((sum, { due }) => sum + due, 0n)
  const base = carriedIn + (lumps > 0n ? lumps : 0n)
  const left = base - won((base * BigInt(revolving.payPercent)) / 100n / 1000n)
  const charges = [
    ...(carriedIn > 0n ? [chargeFor(card, at, carriedIn, interest, '04', '리볼빙 이월원금')] : []),
    ...(left > 0n ? [chargeFor(card, at, -left, 0n, '04', '리볼빙 이월예정')] : []),
  ]
  return { charges, left }
}

function chargeFor(
  card: string,
  at: number,
  due: Thousandths,
  fee: Thousandths,
  kind: Charge['kind'],
  name: string,
): Charge {
  return { card, at, isDateOnly: true, paid: due, due, fee, merchant: { name, regno: '' }, kind }
}
