import { won } from '../../money.ts'
import { demand, type Place } from '../accounts.ts'
import { cancellations, clock, feeMishap, monthly, quarterlyInterest } from '../habits.ts'
import type { Profile } from '../profile.ts'
import { oddMoney, purchases } from '../spending.ts'
import { into, out } from '../transfers.ts'

/** Side income, cancellations, cash and fees. */
export function sideJobBank(place: Place): Profile {
  return {
    registeredOn: place.anchor - 200,
    accounts: [
      demand(place, 'side', '온누리 부업통장', 700_000),
      demand(place, 'club', '온누리 모임통장', 150_000),
    ],
    habits: [
      monthly(10, () => [into('side', clock(15), 380_000, '여울출판 원고료')]),
      monthly(4, () => [into('side', clock(0, 3), 100_000, '이민지')]),
      monthly(7, () => [
        out('side', clock(20), 30_000, '모임회비'),
        into('club', clock(20, 0, 1), 30_000, '이민지'),
      ]),
      cancellations('side', 14),
      feeMishap('side', 22),
      purchases('side', place.cards > 1 ? 2 : 9, won(200_000)),
      oddMoney('side', 3, won(200_000)),
      quarterlyInterest('club'),
    ],
  }
}
