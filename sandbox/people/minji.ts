import type { Place } from './accounts.ts'
import { dollarBank } from './minji/dollar-bank.ts'
import { loanBank } from './minji/loan-bank.ts'
import { overdraftBank } from './minji/overdraft-bank.ts'
import { salaryBank } from './minji/salary-bank.ts'
import { savingsBank } from './minji/savings-bank.ts'
import { sideJobBank } from './minji/side-job-bank.ts'
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
