import { calendar, DAY_MS, type Day, dayOf, startOf } from '../../kst.ts'
import { createStream, mixed, type Random, seedOf } from '../../random.ts'
import type { Advance, Approval, CardProfile, StateChange, Use } from './card.ts'

type Span = { from: Day; through: Day }

/** What control did: uses at an instant, and changes of any approval by its key. */
export type CardAdditions = {
  uses: readonly { key: string; at: number; use: Omit<Use, 'second'> }[]
  changes: ReadonlyMap<string, readonly StateChange[]>
}

/** How many numbers a company that uses them again has for a card. */
const NUMBERS_OF_A_CARD = 40
const DIGITS = 8
/** A check card's bank books a purchase 2 to 90 seconds after its approval. */
const FASTEST_DEBIT_S = 2
const DEBIT_SPREAD_S = 89

/** Every approval of these days, in the order in which they are shown. The same days always give the same ones. */
export function liveCards(
  profile: CardProfile,
  span: Span,
  seed: number,
  additions: CardAdditions,
  reusesNumbers: boolean,
): Approval[] {
  const approvals: Approval[] = []
  const numberOf = numbering(reusesNumbers)
  const enter = (id: Pick<Approval, 'key' | 'at'>, use: Omit<Use, 'second'>, mix: number, delay: number) => {
    const before = approvals.at(-1)
    const isNumberTwin = use.isTwin && reusesNumbers && before
    const approvedNum = isNumberTwin ? before.approvedNum : numberOf(use.card, mix)
    const later = additions.changes.get(id.key) ?? []
    approvals.push({ ...approvalOf(id, use, later), approvedNum, debitDelayMs: delay })
  }
  eachDay(profile.habits, span, seed, (day, habit, uses) => {
    for (const [index, use] of uses.entries()) {
      const mix = mixed(mixed(seed + habit, index), day)
      const id = { key: `${habit}-${day}-${index}`, at: timeOf(day, use.second) }
      enter(id, use, mix, (FASTEST_DEBIT_S + (mix % DEBIT_SPREAD_S)) * 1000)
    }
  })
  // What control adds is debited at once, so that it is seen without moving the clock.
  for (const { key, at, use } of additions.uses) enter({ key, at }, use, seedOf(`${seed}`, key), 0)
  return approvals.toSorted((one, other) => one.shownAt - other.shownAt)
}

/** Cash drawn on these days. */
export function drawAdvances({ advances }: CardProfile, span: Span, seed: number): Advance[] {
  if (!advances) return []
  const { card, milliPercent, habit } = advances
  const drawn: Advance[] = []
  eachDay([habit], span, mixed(seed, 1), (day, _, plans) => {
    for (const { second, amount } of plans)
      drawn.push({ card, at: timeOf(day, second), amount, milliPercent })
  })
  return drawn
}

function eachDay<T>(
  habits: readonly ((on: ReturnType<typeof calendar>, random: Random) => readonly T[])[],
  span: Span,
  seed: number,
  act: (day: Day, habit: number, plans: readonly T[]) => void,
): void {
  const stream = createStream()
  for (let day = span.from; day <= span.through; day += 1) {
    const on = calendar(day)
    for (const [index, habit] of habits.entries()) {
      stream.restart(mixed(seed + index, day))
      act(day, index, habit(on, stream.random))
    }
  }
}

function approvalOf(
  { key, at }: Pick<Approval, 'key' | 'at'>,
  use: Omit<Use, 'second'>,
  later: readonly StateChange[],
): Omit<Approval, 'approvedNum' | 'debitDelayMs'> {
  const midnight = startOf(dayOf(at))
  const planned = (use.changes ?? []).map(({ afterDays, second, to }) => ({
    // Never before the approval itself.
    at: Math.max(at + 60_000, midnight + afterDays * DAY_MS + second * 1000),
    to,
  }))
  return {
    key,
    card: use.card,
    at,
    shownAt: at - (use.shownSecondsBefore ?? 0) * 1000,
    amount: use.amount,
    ...(use.merchant === undefined ? {} : { merchant: use.merchant }),
    instalments: use.instalments ?? 1,
    isInterestFree: use.isInterestFree ?? false,
    ...(use.abroad === undefined ? {} : { abroad: use.abroad }),
    changes: untilCancelled([...planned, ...later].toSorted((one, other) => one.at - other.at)),
  }
}

function untilCancelled(changes: StateChange[]): StateChange[] {
  const last = changes.findIndex(({ to }) => to === 'cancelled')
  return last === -1 ? changes : changes.slice(0, last + 1)
}

function numbering(reusesNumbers: boolean): (card: string, mix: number) => string {
  const bases = new Map<string, number>()
  const baseOf = (card: string) => {
    const base = bases.get(card) ?? 1 + (seedOf('approvals', card) % 89_999_999)
    bases.set(card, base)
    return base
  }
  return (card, mix) => {
    const spread = mixed(mix, 0x5bd1)
    const number = reusesNumbers ? baseOf(card) + (spread % NUMBERS_OF_A_CARD) : spread % 100_000_000
    return String(number).padStart(DIGITS, '0')
  }
}

function timeOf(day: Day, second: number): number {
  return startOf(day) + second * 1000
}
