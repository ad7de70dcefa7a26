import { addMonths, calendar, type Day } from '../../kst.ts'
import { won } from '../../money.ts'
import { demand, deposit, type Place } from '../accounts.ts'
import { clock, feeMishap, monthly } from '../habits.ts'
import type { Profile } from '../profile.ts'
import { purchases, twins } from '../spending.ts'
import { into, out } from '../transfers.ts'

/** An instalment saving fed on the day the money arrives, a term deposit, and genuine twins. */
export function savingsBank(place: Place): Profile {
  const started = addMonths(place.anchor, 6) + 25
  return {
    registeredOn: place.anchor - 400,
    accounts: [
      demand(place, 'everyday', '한가람 입출금통장', 900_000),
      deposit(place, 'savings', '한가람 꾸준적금', {
        accountType: '1003',
        rate: '3.6',
        openedOn: started,
        maturesOn: addMonths(started, 36),
        savingMethod: '03',
        monthlyAmount: won(500_000),
        commitAmount: won(18_000_000),
      }),
      deposit(place, 'term', '한가람 정기예금', {
        accountType: '1002',
        rate: '3.15',
        openedOn: place.anchor - 90,
        maturesOn: addMonths(place.anchor - 90, 36),
        savingMethod: '02',
        opening: { KRW: won(20_000_000) },
        commitAmount: won(20_000_000),
      }),
    ],
    habits: [
      monthly(26, () => [into('everyday', clock(9, 0, 4), 600_000, '이민지')]),
      monthly(26, (on) => {
        const instalment = monthsBetween(started, on.day) + 1
        if (instalment < 1 || instalment > 36) return []
        const memo = '적금 납입'
        return [
          out('everyday', clock(9, 10), 500_000, memo),
          {
            ...into('savings', clock(9, 10), 500_000, memo),
            type: instalment === 1 ? '01' : '03',
            instalment,
          },
        ]
      }),
      purchases('everyday', 6, won(550_000)),
      twins('everyday', 4, won(550_000)),
      feeMishap('everyday', 12),
    ],
  }
}

function monthsBetween(from: Day, to: Day): number {
  const [first, last] = [calendar(from), calendar(to)]
  return (last.year - first.year) * 12 + last.month - first.month
}
