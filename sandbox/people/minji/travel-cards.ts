import { addMonths } from '../../kst.ts'
import { won } from '../../money.ts'
import type { CardProfile, Round } from '../cards/card.ts'
import { type CardPlace, creditCard, longLoan } from '../cards/make-cards.ts'
import { instalmentsBy, purchasesAbroadBy, purchasesBy, subscriptionBy } from '../cards/uses.ts'

/** Two bills a month, a card for travelling, one for the family, and a long-term loan. */
export function travelCards(place: CardPlace): CardProfile {
  const home: Round = { key: 'home', seqno: '1', payDate: 14, paidFrom: place.accountAt(3, 'living') }
  const travel: Round = { key: 'travel', seqno: '2', payDate: 25, paidFrom: place.accountAt(5, 'side') }
  const openedOn = addMonths(place.anchor, 16) + 8
  return {
    cards: [
      creditCard(place, 'home', '한가람 살림카드', home),
      creditCard(place, 'family', '한가람 살림카드(가족)', home, { isFamily: true, annualFee: 0n }),
      creditCard(place, 'travel', '한가람 트래블카드', travel, { annualFee: won(30_000) }),
    ],
    rounds: [home, travel],
    habits: [
      purchasesBy('home', 6),
      instalmentsBy('home', 0.2),
      purchasesBy('family', 2),
      purchasesAbroadBy('travel', 5),
      subscriptionBy('travel', 21, 9_900, 'LUMEN CLOUD KOREA'),
    ],
    longLoans: [
      longLoan(place, home, '한가람 장기카드대출', {
        openedOn,
        krw: 5_000_000,
        milliPercent: 12_500,
        months: 24,
      }),
    ],
    points: { name: '한가람마일리지', opening: 3_410n },
  }
}
