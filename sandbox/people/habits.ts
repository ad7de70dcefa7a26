import { type Thousandths, won } from '../money.ts'
import type { Habit, Planned } from './profile.ts'

/** A time of day in seconds: clock(9, 30). */
export function clock(hour: number, minute = 0, second = 0): number {
  return (hour * 60 + minute) * 60 + second
}

/** Rows on one date of every month (1 to 28: every month has it). */
export function monthly(date: number, rows: Habit): Habit {
  return (on, random) => (on.date === date ? rows(on, random) : [])
}

/** Fee, fee cancelled, fee again in one second: the two fees are equal in every field, balance too. */
export function feeMishap(account: string, date: number): Habit {
  return monthly(date, () => {
    const fee: Planned = {
      account,
      second: clock(16, 20, 5),
      type: '99',
      channel: '수수료',
      amount: won(500),
      memo: '타행이체 수수료',
      isUnnumbered: true,
    }
    return [fee, { ...fee, type: '06', memo: '수수료 취소' }, fee]
  })
}

/** A payment taken back (06) and a deposit taken back (07), as rows of their own. */
export function cancellations(account: string, date: number): Habit {
  return monthly(date, (_, random) => {
    const amount = won(random.whole(10, 90) * 1000)
    const row = { account, channel: '인터넷뱅킹', amount }
    return [
      { ...row, second: clock(11, 2, 10), type: '02', memo: '새싹온라인몰' },
      { ...row, second: clock(11, 15), type: '06', memo: '새싹온라인몰 취소' },
      { ...row, second: clock(14), type: '03', memo: '오누림' },
      { ...row, second: clock(14, 30), type: '07', memo: '오누림 착오입금' },
    ]
  })
}

/** Interest of a quarter at a tenth of a percent a year, in whole won. */
export function quarterlyInterest(account: string): Habit {
  return (on) => {
    if (on.date !== 20 || on.month % 3 !== 0) return []
    return [
      {
        account,
        second: clock(3),
        type: '98',
        channel: '이자',
        amount: quarterInterest,
        memo: '예금이자',
        isDateOnly: true,
      },
    ]
  }
}

/** Interest of a month on what is overdrawn, at 5.5 % a year, in whole won. */
export function overdraftInterest(account: string): Habit {
  return monthly(20, () => {
    return [
      {
        account,
        second: clock(4),
        type: '99',
        channel: '대출이자',
        amount: monthOfOverdraft,
        memo: '통장대출이자',
        isOverdraftInterest: true,
      },
    ]
  })
}

/** 0.1 % a year of thousandths, as won: / 1000 / 4 / 1000. */
function quarterInterest(balance: Thousandths): Thousandths {
  return balance > 0n ? won(balance / 4_000_000n) : 0n
}

/** 5.5 % a year of thousandths, as won: × 55 / 1000 / 12 / 1000. */
function monthOfOverdraft(balance: Thousandths): Thousandths {
  return balance < 0n ? won((-balance * 55n) / 12_000_000n) : 0n
}
