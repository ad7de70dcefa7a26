import type { Place } from './accounts.ts'
import type { CardProfile } from './cards/card.ts'
import type { CardPlace } from './cards/make-cards.ts'
import { dailyCards } from './minji/daily-cards.ts'
import { dollarBank } from './minji/dollar-bank.ts'
import { loanBank } from './minji/loan-bank.ts'
import { overdraftBank } from './minji/overdraft-bank.ts'
import { revolvingCards } from './minji/revolving-cards.ts'
import { salaryBank } from './minji/salary-bank.ts'
import { savingsBank } from './minji/savings-bank.ts'
import { sideJobBank } from './minji/side-job-bank.ts'
import { travelCards } from './minji/travel-cards.ts'
import type { Profile } from './profile.ts'

/** The demo person's life at each of the first six banks, in their order. */
export const minjiAt: readonly ((place: Place) => Profile)[] = [
  salaryBank,
  savingsBank,
  overdraftBank,
  loanBank,
  dollarBank,
  sideJobBank,
]

/** Her cards at each of the first three card companies, paid from accounts at those banks. */
export const minjiCardsAt: readonly ((place: CardPlace) => CardProfile)[] = [
  dailyCards,
  travelCards,
  revolvingCards,
]
