import type { Calendar, Day } from '../../kst.ts'
import type { Thousandths } from '../../money.ts'
import type { Random } from '../../random.ts'
import type { LoanTerms } from '../profile.ts'

/** A card as the list shows it, with what its other answers need. */
export type Card = {
  /** Name of the card within person and company; never served. */
  key: string
  cardId: string
  /** Masked. */
  cardNum: string
  name: string
  /** 01 credit, 02 check (debit). */
  type: '01' | '02'
  isFamily: boolean
  isConsent: boolean
  issuedOn: Day
  annualFee: Thousandths
  brand: string
  /** The bill a credit card is on: the key of a round. */
  round?: string
  /** Where a check card's purchases are debited at once, and where a credit card's bill is. */
  paidFrom: BankAccount
}

/** An account as card companies name it; `held` if it is one that the sandbox keeps. */
export type BankAccount = {
  bankCode: string
  accountNum: string
  held?: { bankIndex: number; accountKey: string }
}

/** Cards billed together: one bill a month on one day. */
export type Round = {
  key: string
  /** Served where the company tells several bills of a month apart. */
  seqno?: string
  /** Day of month; on a Saturday or Sunday it is the Monday after. */
  payDate: number
  paidFrom: BankAccount
  revolving?: { agreedOn: Day; endsOn: Day; payPercent: number; leastPercent: number; milliPercent: number }
}

/** A shop as the company writes it. */
export type Merchant = { name: string; regno: string }

/** Where a purchase abroad was made; `rate` is thousandths of a won for one unit. */
export type Abroad = { country: string; currency: string; rate: bigint }

/** A use of a card before it has a number. Won, or units of the currency abroad. */
export type Use = {
  card: string
  /** Second of the day. */
  second: number
  amount: Thousandths
  merchant?: Merchant
  instalments?: number
  isInterestFree?: boolean
  abroad?: Abroad
  /** The company shows it so much earlier than the time it bears. */
  shownSecondsBefore?: number
  /** Takes the number of the use before it where the company uses numbers again. */
  isTwin?: boolean
  changes?: readonly UseChange[]
}
export type UseChange = { afterDays: number; second: number; to: Thousandths | 'cancelled' }

/** An approval from its first to its last state. */
export type Approval = {
  /** Name within person and company; never served. */
  key: string
  card: string
  approvedNum: string
  /** The time it bears: of the first approval, whatever happens later. */
  at: number
  /** When the company first shows it. */
  shownAt: number
  amount: Thousandths
  merchant?: Merchant
  instalments: number
  isInterestFree: boolean
  abroad?: Abroad
  /** Oldest first; nothing follows a cancellation. */
  changes: readonly StateChange[]
  /** Seconds until a check card's account is debited, in milliseconds. */
  debitDelayMs: number
}
export type StateChange = { at: number; to: Thousandths | 'cancelled' }

/** Cash drawn with a credit card, due with the next bill. */
export type Advance = { card: string; at: number; amount: Thousandths; milliPercent: number }
export type AdvanceHabit = (
  on: Calendar,
  random: Random,
) => readonly { second: number; amount: Thousandths }[]

/** A long-term card loan, repaid with the bills of a round. */
export type LongLoan = {
  loanNum: string
  name: string
  round: string
  openedOn: Day
  expiresOn: Day
  rate: string
  terms: LoanTerms
}

/** What a person does with cards on a day; the stream is the same for the same habit and day. */
export type CardHabit = (on: Calendar, random: Random) => readonly Use[]

/** A person's life at one card company. */
export type CardProfile = {
  cards: Card[]
  rounds: readonly Round[]
  habits: readonly CardHabit[]
  /** Cash is drawn with this card. */
  advances?: { card: string; milliPercent: number; habit: AdvanceHabit }
  longLoans: readonly LongLoan[]
  points: { name: string; opening: bigint }
}
