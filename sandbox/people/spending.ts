import { cents, type Thousandths, won } from '../money.ts'
import type { Random } from '../random.ts'
import { clock } from './habits.ts'
import { counterparts, shops } from './merchants.ts'
import type { Habit, Planned } from './profile.ts'

/** Purchases by debit card, some without memo, number or time, as real statements have them. */
export function purchases(account: string, perMonth: number, floor: Thousandths): Habit {
  return (_, random) =>
    Array.from({ length: timesToday(perMonth, random) }, (): Planned => {
      const [name, low, high] = random.pick(shops)
      return {
        account,
        second: random.whole(clock(8), clock(22)),
        type: '02',
        channel: '체크카드',
        amount: won(random.whole(low, high) * 100),
        ...(random.chance(0.04) ? {} : { memo: name }),
        isDateOnly: random.chance(0.03),
        isUnnumbered: random.chance(0.08),
        floor,
      }
    })
}

/** Now and then a transfer to or from somebody, or cash from a machine with its fee. */
export function oddMoney(account: string, perMonth: number, floor: Thousandths): Habit {
  return (_, random) =>
    Array.from({ length: timesToday(perMonth, random) }, () => {
      const second = random.whole(clock(9), clock(20))
      const amount = won(random.whole(1, 12) * 10_000)
      const kind = random.whole(0, 3)
      const memo = random.pick(counterparts)
      if (kind === 0) return [{ account, second, type: '03' as const, channel: '타행이체', amount, memo }]
      if (kind === 1)
        return [{ account, second, type: '02' as const, channel: '모바일뱅킹', amount, memo, floor }]
      return [
        { account, second, type: '02' as const, channel: 'ATM출금', amount, floor },
        {
          account,
          second,
          type: '99' as const,
          channel: '수수료',
          amount: won(500),
          memo: 'ATM 수수료',
          floor,
        },
      ]
    }).flat()
}

/** Two identical purchases in the same second, without numbers: only their balances tell them apart. */
export function twins(account: string, perMonth: number, floor: Thousandths): Habit {
  return (_, random) => {
    if (timesToday(perMonth, random) === 0) return []
    const machine: Planned = {
      account,
      second: random.whole(clock(10), clock(18)),
      type: '02',
      channel: '체크카드',
      amount: won(random.whole(8, 20) * 100),
      memo: '자판기 한모금',
      isUnnumbered: true,
      floor,
    }
    return [machine, machine]
  }
}

/** Dollars bought and spent: rows in two currencies in one account. */
export function dollars(account: string): Habit {
  return (on, random) => {
    const rows: Planned[] = []
    if (on.date === 6) {
      const bought = random.whole(12_000, 18_000)
      const base = { account, second: clock(10, 40), channel: '환전' }
      rows.push(
        {
          ...base,
          type: '02',
          currency: 'KRW',
          amount: won(Math.floor((bought * 1371) / 100)),
          memo: '외화매입 USD',
        },
        { ...base, type: '03', currency: 'USD', amount: cents(bought), memo: '외화매입' },
      )
    }
    if (random.chance(0.12)) {
      const amount = cents(random.whole(499, 6999))
      const memo = random.pick(['PIXELNOOK STREAM', 'BLUEPINE BOOKS', 'LUMEN CLOUD'])
      const second = random.whole(clock(1), clock(23))
      rows.push({
        account,
        second,
        type: '02',
        channel: '해외결제',
        currency: 'USD',
        amount,
        memo,
        floor: 0n,
      })
    }
    return rows
  }
}

export function timesToday(perMonth: number, random: Random): number {
  const daily = perMonth / 30
  return Math.floor(daily) + (random.chance(daily % 1) ? 1 : 0)
}
