import { startOf } from '../kst.ts'
import { won } from '../money.ts'
import { clock } from './habits.ts'
import { loanSchedule } from './loan-schedule.ts'
import type { Account, Habit, Planned } from './profile.ts'

/** The deposit side of a loan's instalments: the same amount on the same day. */
export function repayments(credit: Account & { loan: NonNullable<Account['loan']> }, from: string): Habit {
  const amounts = new Map(
    loanSchedule(credit.loan, credit.openedOn)
      .slice(1)
      .map((row) => [row.at, row.amount]),
  )
  return (on) => {
    const amount = amounts.get(startOf(on.day) + 6 * 3600_000)
    if (amount === undefined) return []
    return [
      {
        account: from,
        second: clock(6),
        type: '02',
        channel: '대출상환',
        amount,
        memo: `${credit.prodName} 상환`,
      },
    ]
  }
}

/** Money leaving by standing order. */
export function out(account: string, second: number, krw: number, memo: string): Planned {
  return { account, second, type: '02', channel: '자동이체', amount: won(krw), memo }
}

/** Money arriving. */
export function into(
  account: string,
  second: number,
  krw: number,
  memo: string,
  channel = '타행이체',
): Planned {
  return { account, second, type: '03', channel, amount: won(krw), memo }
}
