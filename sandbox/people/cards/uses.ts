import { cents, type Thousandths, won } from '../../money.ts'
import type { Random } from '../../random.ts'
import { clock } from '../habits.ts'
import { timesToday } from '../spending.ts'
import type { AdvanceHabit, CardHabit, Use, UseChange } from './card.ts'
import { merchantOf, type Shop } from './descriptors.ts'
import { dearShops, foreignShops, shops } from './shops.ts'

/** Purchases at home; some are cancelled or amended days later. */
export function purchasesBy(card: string, perMonth: number, where: readonly Shop[] = shops): CardHabit {
  return (_, random) =>
    Array.from({ length: timesToday(perMonth, random) }, (): Use => {
      const shop = random.pick(where)
      const amount = won(random.whole(shop.low, shop.high) * 100)
      const second = random.whole(clock(7), clock(23))
      const merchant = merchantOf(shop, random)
      return { card, second, amount, merchant, changes: changesOf(amount, random) }
    })
}

/** Purchases in 2 to 10 instalments, without interest up to 3. */
export function instalmentsBy(card: string, perMonth: number): CardHabit {
  return (_, random) =>
    Array.from({ length: timesToday(perMonth, random) }, (): Use => {
      const shop = random.pick(dearShops)
      const amount = won(random.whole(shop.low, shop.high) * 100)
      const instalments = random.pick([2, 3, 3, 5, 6, 10])
      const second = random.whole(clock(10), clock(21))
      const merchant = merchantOf(shop, random)
      const isInterestFree = instalments <= 3
      return {
        card,
        second,
        amount,
        merchant,
        instalments,
        isInterestFree,
        changes: changesOf(amount, random),
      }
    })
}

/** Purchases abroad, in the currency of the country. */
export function purchasesAbroadBy(card: string, perMonth: number): CardHabit {
  return (_, random) =>
    Array.from({ length: timesToday(perMonth, random) }, (): Use => {
      const { name, country, currency, rate, low, high, decimals } = random.pick(foreignShops)
      const amount =
        decimals === 2 ? cents(random.whole(low * 100, high * 100)) : won(random.whole(low, high))
      // Rates of a day differ by up to two per cent.
      const abroad = { country, currency, rate: (rate * BigInt(random.whole(980, 1020))) / 1000n }
      const second = random.whole(0, clock(23, 59))
      const merchant = { name, regno: '' }
      return { card, second, amount, merchant, abroad, changes: changesOf(amount, random) }
    })
}

/** The same amount on the same date of every month. */
export function subscriptionBy(card: string, date: number, krw: number, name: string): CardHabit {
  return (on, random) =>
    on.date === date
      ? [
          {
            card,
            second: random.whole(clock(2), clock(5)),
            amount: won(krw),
            merchant: { name, regno: '999-91-00007' },
          },
        ]
      : []
}

/** Two purchases alike in one second, both genuine. */
export function twinsBy(card: string, date: number): CardHabit {
  return (on, random) => {
    if (on.date !== date) return []
    const second = random.whole(clock(10), clock(11, 30))
    const amount = won(random.whole(8, 20) * 100)
    const twin = { card, second, amount, merchant: { name: '자판기 한모금', regno: '999-80-00042' } }
    return [twin, { ...twin, isTwin: true }]
  }
}

/** A purchase that the company shows hours before the time it bears. */
export function aheadOfTimeBy(card: string, date: number, hours: number): CardHabit {
  return (on, random) =>
    on.date === date
      ? [
          {
            card,
            second: clock(22, 30),
            amount: won(random.whole(80, 320) * 100),
            merchant: { name: '(주)케이지이니시스_하늘길예약', regno: '999-90-00001' },
            shownSecondsBefore: hours * 3600,
          },
        ]
      : []
}

/** Cash from a machine, some times a year. */
export function cashDrawn(timesAYear: number): AdvanceHabit {
  return (_, random) =>
    random.chance(timesAYear / 365)
      ? [{ second: random.whole(clock(9), clock(21)), amount: won(random.whole(1, 3) * 100_000) }]
      : []
}

/** One in twelve is cancelled, one in thirty amended: mostly within two weeks, a few after a month. */
function changesOf(amount: Thousandths, random: Random): UseChange[] {
  const luck = random.next()
  const afterDays = random.chance(0.15) ? random.whole(25, 40) : random.whole(0, 14)
  const second = random.whole(clock(9), clock(20))
  if (luck < 0.083) return [{ afterDays, second, to: 'cancelled' }]
  if (luck < 0.117) return [{ afterDays, second, to: partOf(amount, random) }]
  return []
}

/** 30 to 95 per cent, in whole units. */
function partOf(amount: Thousandths, random: Random): Thousandths {
  const part = (amount * BigInt(random.whole(30, 95))) / 100n
  return part < 1000n ? amount : part - (part % 1000n)
}
