import { addMonths, calendar } from '../../kst.ts'
import { won } from '../../money.ts'
import { demand, deposit, type Place } from '../accounts.ts'
import { clock, monthly, overdraftInterest } from '../habits.ts'
import type { Profile } from '../profile.ts'
import { oddMoney, purchases } from '../spending.ts'
import { into, out } from '../transfers.ts'

/** A negative account: money arrives just after midnight and is not enough. */
export function overdraftBank(place: Place): Profile {
  const floor = won(-9_000_000)
  return {
    registeredOn: place.anchor - 1500,
    accounts: [
      demand(place, 'overdraft', '푸른들 마이너스통장', 300_000, {
        rate: '5.5',
        overdraftLimit: won(10_000_000),
        maturesOn: addMonths(place.anchor, 48),
      }),
      demand(place, 'old', '푸른들 자유통장', 120_000),
      deposit(place, 'subscription', '주택청약종합저축', {
        accountType: '1999',
        rate: '2.8',
        openedOn: place.anchor - 1500,
        savingMethod: '04',
        opening: { KRW: won(4_900_000) },
        monthlyAmount: won(100_000),
      }),
    ],
    habits: [
      (on) => (calendar(on.day - 1).date === 28 ? [into('overdraft', clock(0, 5), 900_000, '이민지')] : []),
      monthly(21, () => [
        out('overdraft', clock(6), 100_000, '청약 납입'),
        into('subscription', clock(6), 100_000, '청약 납입'),
      ]),
      purchases('overdraft', place.cards > 2 ? 16 : 24, floor),
      oddMoney('overdraft', 4, floor),
      overdraftInterest('overdraft'),
    ],
  }
}
