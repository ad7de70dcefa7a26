import { won } from '../../money.ts'
import { demand, deposit, type Place } from '../accounts.ts'
import { clock, monthly } from '../habits.ts'
import type { Profile } from '../profile.ts'
import { dollars, purchases } from '../spending.ts'
import { into } from '../transfers.ts'

/** Two currencies in one account, and an account the person kept out of the consent. */
export function dollarBank(place: Place): Profile {
  return {
    registeredOn: place.anchor - 300,
    accounts: [
      deposit(place, 'dollar', '새솔 외화통장', {
        isForeign: true,
        rate: '1.25',
        opening: { KRW: won(2_000_000), USD: 850_250n },
      }),
      demand(place, 'private', '새솔 비밀통장', 5_000_000, { isConsent: false }),
    ],
    habits: [
      monthly(5, () => [into('dollar', clock(12, 10, 2), 250_000, '이민지')]),
      dollars('dollar'),
      purchases('private', 5, 0n),
    ],
  }
}
