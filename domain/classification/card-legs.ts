import { amountText, canonicalAmount, decimal } from '../money.ts'
import { plusDays } from '../time.ts'
import { apartMs, type Dated, momentOf, nearestPairs } from './nearest-pairs.ts'
import type { Classifiable } from './rule.ts'
import { wordsOf } from './words.ts'

const MINUTE_MS = 60 * 1000
const HALF_A_DAY_MS = 12 * 60 * MINUTE_MS
// A bank books a debit card's purchase seconds after its approval, a busy one minutes after. Clocks differ by a minute.
const LATEST_MS = 10 * MINUTE_MS
const EARLIEST_MS = -MINUTE_MS
// Where the bank keeps the day alone it lies at noon, half a day from the truth at most.
const REACH_MS = HALF_A_DAY_MS + LATEST_MS

const CARD = /체크|직불|카드|card/
// How the bank says that money moved, where that was no purchase.
const NO_CARD = /이체|송금|atm|현금|cms|납부|뱅킹|수수료|대출|이자|급여/

/** Money that an approval moved in the account behind its card: the purchase, then what its change took or gave back. */
type Moved = Dated & { approval: Classifiable; money: string; direction: 'in' | 'out' }

/** The bookings of deposit accounts that are the other side of what debit cards were used for. */
export function cardLegsOf(
  deposits: readonly Classifiable[],
  transactions: readonly Classifiable[],
): Map<string, Classifiable> {
  const moved = transactions.filter(({ accountKind }) => accountKind === 'check_card').flatMap(movedBy)
  const pairs = nearestPairs<Classifiable, Moved>(deposits, moved, {
    group: (row) =>
      'money' in row
        ? `${row.direction} ${row.money}`
        : `${row.direction} ${moneyOf(row.currency, row.amount)}`,
    reachMs: REACH_MS,
    distance,
  })
  return new Map(pairs.map(([booking, { approval }]) => [booking.id, approval]))
}

function movedBy(approval: Classifiable): Moved[] {
  const { approvedAmount, status, changedAt, currency, krwAmount } = approval
  if (approvedAmount === null) return []
  const { id, occurredOn, occurredAt, timeKnown } = approval
  // The account is kept in won.
  const inWon = currency !== 'KRW' && krwAmount !== null
  const money = inWon ? moneyOf('KRW', krwAmount) : moneyOf(currency, approvedAmount)
  const purchase: Moved = { id, occurredOn, occurredAt, timeKnown, approval, money, direction: 'out' }
  const back = decimal(approvedAmount).minus(decimal(approval.amount))
  if (status === 'approved' || changedAt === null || back.eq(0)) return [purchase]
  // What a change gave back, or took besides. Abroad only a cancellation says how much that is in won: all of it.
  const change: Moved = {
    id: `${id} changed`,
    occurredOn: changedAt.slice(0, 10),
    occurredAt: changedAt,
    timeKnown: true,
    approval,
    money: status === 'cancelled' ? money : moneyOf(currency, amountText(back.abs())),
    direction: back.gt(0) ? 'in' : 'out',
  }
  return [purchase, change]
}

function distance(booking: Classifiable, moved: Moved): number | null {
  if (NO_CARD.test(wordsOf(booking.typeText))) return null
  if (booking.timeKnown && moved.timeKnown) {
    const afterMs = momentOf(booking) - momentOf(moved)
    if (afterMs < EARLIEST_MS || afterMs > LATEST_MS) return null
  } else if (
    booking.occurredOn !== moved.occurredOn &&
    booking.occurredOn !== plusDays(moved.occurredOn, 1)
  ) {
    return null
  }
  return apartMs(booking, moved) + (saysSo(booking, moved) ? 0 : LATEST_MS)
}

/** Whether the booking calls itself a card's, or names the shop: it may be cut, but it begins alike. */
function saysSo({ typeText, description }: Classifiable, { approval }: Moved): boolean {
  const [said, shop] = [wordsOf(description), wordsOf(approval.description)]
  if (CARD.test(wordsOf(typeText)) || CARD.test(said)) return true
  return said.length > 1 && shop.length > 1 && (shop.startsWith(said) || said.startsWith(shop))
}

const moneyOf = (currency: string, amount: string): string => `${currency} ${canonicalAmount(amount)}`
