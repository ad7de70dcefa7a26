import type { Institution } from '../institutions.ts'
import type { Window } from '../ledger.ts'
import type { World } from '../world.ts'
import { type CardTruth, cardTruth } from './card-truth.ts'
import { type CardCompanyTruth, companyTruth } from './company-truth.ts'

/** The truth about a person at a card company. */
export function cardTruthOf(
  world: World,
  person: string,
  institution: Institution,
  window: Window,
): { cards: CardTruth[]; company: CardCompanyTruth } {
  const holding = world.cardHistories.holding(person, institution, world.clock.now())
  return {
    cards: holding.cards.map((card) => cardTruth(holding, card, institution, window)),
    company: companyTruth(holding, institution, window),
  }
}
