import { addMonths } from '../kst.ts'
import { won } from '../money.ts'
import { random, seedOf } from '../random.ts'
import { demand, deposit, loan, type Place } from './accounts.ts'
import { clock, monthly, overdraftInterest, quarterlyInterest } from './habits.ts'
import type { Account, Habit, Profile } from './profile.ts'
import { oddMoney, purchases } from './spending.ts'
import { into, out, repayments } from './transfers.ts'

/** Which bank of how many a person is asked at. */
export type Seat = { seed: string; person: string; index: number; count: number; institutionId: string }

/** Any person at any bank: one to four accounts, a salary at one of the banks, a transfer around the ring of banks. */
export function anyoneAt(seat: Seat, place: Place): Profile {
  const luck = random(seedOf(seat.seed, 'profile', seat.person, seat.institutionId))
  const isSalaryBank = seedOf(seat.seed, 'salary', seat.person) % seat.count === seat.index
  const accounts: Account[] = [
    demand(place, 'main', '입출금통장', luck.whole(80, 600) * 10_000, {
      openedOn: place.anchor - luck.whole(30, 2000),
      ...(luck.chance(0.1) ? { overdraftLimit: won(5_000_000), rate: '5.5' } : {}),
    }),
  ]
  const floor = accounts[0]?.deposit?.overdraftLimit ? won(-4_500_000) : won(500_000)
  const habits: Habit[] = [
    monthly(16, () => [out('main', clock(9), 50_000, seat.person.slice(0, 10))]),
    monthly(16, () => [into('main', clock(9, 0, 3), 50_000, seat.person.slice(0, 10))]),
    purchases('main', isSalaryBank ? 28 : luck.whole(3, 9), floor),
    oddMoney('main', 2, floor),
    overdraftInterest('main'),
  ]
  if (isSalaryBank) {
    const salary = luck.whole(230, 620) * 10_000
    habits.push(monthly(25, () => [into('main', clock(9), salary, '샘플상사 급여', '급여')]))
  } else {
    habits.push(monthly(2, () => [into('main', clock(13), 400_000, '용돈')]))
  }
  if (luck.chance(0.45)) addSavings(place, accounts, habits)
  if (luck.chance(0.2)) addTermDeposit(place, accounts, luck.whole(3, 40) * 1_000_000)
  if (luck.chance(0.2)) addLoan(place, accounts, habits, luck.whole(2, 6) * 1_000_000)
  const last = accounts.at(-1)
  if (last && accounts.length > 1 && luck.chance(0.12)) last.isConsent = false
  return { registeredOn: place.anchor - luck.whole(30, 2000), accounts, habits }
}

function addSavings(place: Place, accounts: Account[], habits: Habit[]): void {
  accounts.push(
    deposit(place, 'savings', '자유적금', {
      accountType: '1003',
      rate: '3.2',
      openedOn: place.anchor - 60,
      maturesOn: addMonths(place.anchor, 48),
      savingMethod: '04',
      opening: { KRW: won(200_000) },
      monthlyAmount: won(100_000),
    }),
  )
  habits.push(
    monthly(26, () => [out('main', clock(8), 100_000, '적금'), into('savings', clock(8), 100_000, '적금')]),
    quarterlyInterest('savings'),
  )
}

function addTermDeposit(place: Place, accounts: Account[], krw: number): void {
  accounts.push(
    deposit(place, 'term', '정기예금', {
      accountType: '1002',
      rate: '3.05',
      maturesOn: addMonths(place.anchor, 60),
      savingMethod: '02',
      opening: { KRW: won(krw) },
      commitAmount: won(krw),
    }),
  )
}

function addLoan(place: Place, accounts: Account[], habits: Habit[], krw: number): void {
  const credit = loan(
    place,
    { key: 'credit', prodName: '비상금대출', accountType: '3100', openedOn: addMonths(place.anchor, -2) },
    { principal: won(krw), milliPercent: 6150, repayDate: 20, months: 72, from: 'main' },
  )
  accounts.push(credit)
  habits.push(repayments(credit, 'main'))
}
