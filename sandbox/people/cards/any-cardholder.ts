import { addMonths } from '../../kst.ts'
import { random, seedOf } from '../../random.ts'
import type { Card, CardHabit, CardProfile, LongLoan, Round } from './card.ts'
import { accountElsewhere, type CardPlace, checkCard, creditCard, longLoan } from './make-cards.ts'
import { smallShops } from './shops.ts'
import { cashDrawn, instalmentsBy, purchasesAbroadBy, purchasesBy } from './uses.ts'

/** Any person at any card company: one to three cards, paid from a bank that the sandbox does not have. */
export function anyCardholder(place: CardPlace): CardProfile {
  const { seed, person, institution, anchor } = place
  const luck = random(seedOf(seed, 'cards', person, institution.institutionId))
  const paidFrom = accountElsewhere(seed, person)
  const hasSeveral = institution.trait.numbersBills
  const round = (key: string, payDate: number): Round => ({
    key,
    ...(hasSeveral ? { seqno: key } : {}),
    payDate,
    paidFrom,
    ...(luck.chance(0.15) ? { revolving: revolvingFrom(anchor) } : {}),
  })
  const rounds = [round('1', luck.pick([10, 14, 25])), ...(hasSeveral ? [round('2', 20)] : [])]
  const [first, second = first] = rounds
  const issuedOn = anchor - luck.whole(30, 1500)
  const cards: Card[] = []
  const habits: CardHabit[] = []
  const habit = (...more: CardHabit[]) => void habits.push(...more)
  if (first && luck.chance(0.85)) {
    cards.push(creditCard(place, 'credit', '오늘카드', first, { issuedOn }))
    habit(
      purchasesBy('credit', luck.whole(8, 30)),
      instalmentsBy('credit', 0.7),
      purchasesAbroadBy('credit', 1),
    )
  }
  if (cards.length === 0 || luck.chance(0.5)) {
    cards.push(checkCard(place, 'check', '오늘 체크카드', paidFrom, { issuedOn }))
    habit(purchasesBy('check', luck.whole(4, 16), smallShops))
  }
  if (second && luck.chance(0.3)) {
    cards.push(creditCard(place, 'family', '가족카드', second, { issuedOn, isFamily: true }))
    habit(purchasesBy('family', 5))
  }
  const last = cards.at(-1)
  if (last && cards.length > 1 && luck.chance(0.12)) last.isConsent = false
  const borrows = cards.some(({ key }) => key === 'credit') && luck.chance(0.25)
  const longLoans: LongLoan[] =
    first && borrows
      ? [
          longLoan(place, first, '오늘 장기카드대출', {
            openedOn: addMonths(anchor, luck.whole(-6, 18)),
            krw: luck.whole(2, 9) * 1_000_000,
            milliPercent: 13_400,
            months: 36,
          }),
        ]
      : []
  return {
    cards,
    rounds,
    habits,
    ...(borrows ? { advances: { card: 'credit', milliPercent: 17_900, habit: cashDrawn(4) } } : {}),
    longLoans,
    points: { name: `${institution.name} 포인트`, opening: BigInt(luck.whole(0, 60_000)) },
  }
}

function revolvingFrom(anchor: number): NonNullable<Round['revolving']> {
  const agreedOn = addMonths(anchor, 3)
  const endsOn = addMonths(anchor, 63)
  return { agreedOn, endsOn, payPercent: 30, leastPercent: 10, milliPercent: 16_500 }
}
