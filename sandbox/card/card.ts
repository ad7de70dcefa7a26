import { Refusal } from '../answer.ts'
import { type Ask, refuse } from '../ask.ts'
import type { CardHolding } from '../people/cards/card-holding.ts'
import type { Card } from '../people/cards/card.ts'

/** What a person has at the company that was called. */
export function holdingOf({ world, person, institution, now }: Ask): CardHolding {
  return world.cardHistories.holding(person, institution, now)
}

/** The card a call names, if it may be read. */
export function findCard(ask: Ask): { holding: CardHolding; card: Card } {
  const { world, institution, person, now, params } = ask
  const holding = holdingOf(ask)
  const card = holding.cards.find(({ cardId }) => cardId === params['card_id'])
  if (!card) throw refuse(ask, 'unknown-asset', '40402', 'no such card')
  if (!card.isConsent) throw refuse(ask, 'asset-without-consent', '40105', 'is_consent is false')
  if ((holding.closedAt.get(card.key) ?? Infinity) <= now) {
    const key = [institution.institutionId, person, card.key].join('|')
    if (world.closedAssets.isRepeated(key)) throw refuse(ask, 'asked-closed-asset-again', '40305', 'closed')
    throw new Refusal('40305')
  }
  return { holding, card }
}
