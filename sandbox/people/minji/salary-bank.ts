import { won } from '../../money.ts'
import { demand, type Place } from '../accounts.ts'
import { clock, monthly, quarterlyInterest } from '../habits.ts'
import type { Habit, Profile } from '../profile.ts'
import { purchases } from '../spending.ts'
import { into, out } from '../transfers.ts'

/** Salary on the 25th, rent on the 1st, and everything the other banks get comes from here. */
export function salaryBank(place: Place): Profile {
  return {
    registeredOn: place.anchor - 900,
    accounts: [
      demand(place, 'salary', '모아 급여통장', 4_200_000),
      demand(place, 'reserve', '모아 비상금통장', 3_000_000, { rate: '1.2' }),
    ],
    habits: [
      monthly(25, () => [into('salary', clock(9), 5_400_000, '새벽소프트 급여', '급여')]),
      standingOrder(1, clock(8, 30), 850_000, '김임대 월세'),
      standingOrder(26, clock(9), 600_000, '이민지 적금'),
      standingOrder(26, clock(9, 5), 1_400_000, '이민지 생활비'),
      standingOrder(28, clock(23, 55), 900_000, '이민지'),
      standingOrder(5, clock(12, 10), 250_000, '이민지 외화'),
      standingOrder(3, clock(23, 58), 100_000, '이민지'),
      monthly(27, () => [
        out('salary', clock(10), 200_000, '비상금'),
        into('reserve', clock(10, 0, 1), 200_000, '급여통장에서'),
      ]),
      monthly(10, (_, random) => [
        { ...out('salary', clock(7), 0, '한강아파트 관리비'), amount: won(random.whole(9, 19) * 10_000) },
      ]),
      monthly(15, () => [out('salary', clock(7, 1), 68_000, '바람텔레콤 통신비')]),
      monthly(18, () => [{ ...out('salary', clock(7, 2), 132_000, '온정생명 보험료'), isDateOnly: true }]),
      // Whoever has cards pays with them, and keeps enough for the bill.
      place.cards > 0 ? purchases('salary', 6, won(2_800_000)) : purchases('salary', 22, won(1_500_000)),
      quarterlyInterest('salary'),
      quarterlyInterest('reserve'),
    ],
  }
}

function standingOrder(date: number, second: number, krw: number, memo: string): Habit {
  return monthly(date, () => [out('salary', second, krw, memo)])
}
