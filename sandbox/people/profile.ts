import type { Calendar, Day } from '../kst.ts'
import type { Thousandths } from '../money.ts'
import type { Random } from '../random.ts'

/** An account as the bank's list shows it, with what its other answers need. */
export type Account = {
  /** Name of the account within person and bank; never served. */
  key: string
  accountNum: string
  seqno?: string
  prodName: string
  /** Code of the standard: 1001 demand, 1002 term, 1003 instalment, 1999 other, 31xx/32xx loans. */
  accountType: string
  isConsent: boolean
  openedOn: Day
  maturesOn?: Day
  /** In percent, as served. */
  rate: string
  deposit?: DepositTerms
  loan?: LoanTerms
  /** Instant from which the list has it; absent: always. */
  addedAt?: number
}

export type DepositTerms = {
  isForeign: boolean
  /** Balances before the first row. */
  opening: Readonly<Record<string, Thousandths>>
  /** 01 on demand, 02 lump sum, 03 fixed instalments, 04 free instalments. */
  savingMethod: '01' | '02' | '03' | '04'
  /** An overdraft up to this much; the account then answers the loan APIs too. */
  overdraftLimit?: Thousandths
  commitAmount?: Thousandths
  monthlyAmount?: Thousandths
}

/** A loan repaid in equal principal. */
export type LoanTerms = {
  principal: Thousandths
  /** Thousandths of a percent: 5600 is 5.6 %. */
  milliPercent: number
  repayDate: number
  monthlyPrincipal: Thousandths
  repayAccountNum: string
}

/** A row before its balance is known. */
export type Planned = {
  account: string
  /** Second of the day. */
  second: number
  type: '01' | '02' | '03' | '04' | '05' | '06' | '07' | '98' | '99'
  /** At most five Hangul (15 bytes). */
  channel: string
  amount: Thousandths | ((balance: Thousandths) => Thousandths)
  memo?: string
  currency?: string
  isDateOnly?: boolean
  isUnnumbered?: boolean
  instalment?: number
  /** Left out if the balance would fall below this. */
  floor?: Thousandths
  /** Interest of the overdraft: also a row of the loan side. */
  isOverdraftInterest?: boolean
}

/** What a person does on a day; the stream is the same for the same habit and day. */
export type Habit = (on: Calendar, random: Random) => readonly Planned[]

/** A person's life at one bank. */
export type Profile = { accounts: Account[]; habits: readonly Habit[]; registeredOn: Day }
