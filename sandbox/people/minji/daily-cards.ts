import type { CardProfile, Round } from '../cards/card.ts'
import { type CardPlace, checkCard, creditCard } from '../cards/make-cards.ts'
import { smallShops } from '../cards/shops.ts'
import {
  aheadOfTimeBy,
  cashDrawn,
  instalmentsBy,
  purchasesAbroadBy,
  purchasesBy,
  subscriptionBy,
  twinsBy,
} from '../cards/uses.ts'

/** The card for everything and a check card, both paid from the salary account; approval numbers come again. */
export function dailyCards(place: CardPlace): CardProfile {
  const salary = place.accountAt(0, 'salary')
  const round: Round = { key: 'daily', payDate: 14, paidFrom: salary }
  return {
    cards: [
      creditCard(place, 'daily', '모아 데일리카드', round),
      checkCard(place, 'check', '모아 체크카드', salary),
    ],
    rounds: [round],
    habits: [
      purchasesBy('daily', 13),
      instalmentsBy('daily', 0.4),
      purchasesAbroadBy('daily', 1),
      subscriptionBy('daily', 9, 13_500, '픽셀누크 정기결제'),
      twinsBy('daily', 16),
      aheadOfTimeBy('daily', 11, 13),
      purchasesBy('check', 9, smallShops),
      twinsBy('check', 19),
    ],
    advances: { card: 'daily', milliPercent: 15_900, habit: cashDrawn(7) },
    longLoans: [],
    points: { name: '모아포인트', opening: 15_230n },
  }
}
