import { addMonths } from '../../kst.ts'
import type { CardProfile, Round } from '../cards/card.ts'
import { type CardPlace, checkCard, creditCard } from '../cards/make-cards.ts'
import { smallShops } from '../cards/shops.ts'
import { instalmentsBy, purchasesBy } from '../cards/uses.ts'

/** A card whose bill is paid in part only, a check card, and a card kept out of the consent. */
export function revolvingCards(place: CardPlace): CardProfile {
  const everyday = place.accountAt(1, 'everyday')
  const round: Round = {
    key: 'plus',
    payDate: 20,
    paidFrom: place.accountAt(2, 'overdraft'),
    revolving: {
      agreedOn: addMonths(place.anchor, 9),
      endsOn: addMonths(place.anchor, 69),
      payPercent: 30,
      leastPercent: 10,
      milliPercent: 16_500,
    },
  }
  return {
    cards: [
      creditCard(place, 'plus', '푸른들 플러스카드', round),
      checkCard(place, 'pocket', '푸른들 주머니 체크카드', everyday),
      checkCard(place, 'private', '푸른들 비밀 체크카드', everyday, { isConsent: false }),
    ],
    rounds: [round],
    habits: [
      purchasesBy('plus', 7),
      instalmentsBy('plus', 0.3),
      purchasesBy('pocket', 5, smallShops),
      purchasesBy('private', 1, smallShops),
    ],
    longLoans: [],
    points: { name: '푸른들 별포인트', opening: 820n },
  }
}
