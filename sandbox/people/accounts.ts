import type { Day } from '../kst.ts'
import { type Thousandths, won } from '../money.ts'
import { digitsOf } from '../random.ts'
import type { Account, DepositTerms, LoanTerms } from './profile.ts'

/** Where an account is: enough to give it a number and dates. `cards`: how many card companies there are. */
export type Place = { numberOf: (key: string) => string; anchor: Day; cards: number }

/** 999 and eleven digits: no real bank's numbers begin so. */
export function accountNumber(seed: string, person: string, institutionId: string, key: string): string {
  return `999${digitsOf(11, seed, 'account', person, institutionId, key)}`
}

type Choice = Partial<Omit<Account, 'deposit' | 'loan' | 'key' | 'prodName'>> & Partial<DepositTerms>

/** A demand deposit (1001). */
export function demand(
  place: Place,
  key: string,
  prodName: string,
  krw: number,
  choice: Choice = {},
): Account {
  return deposit(place, key, prodName, {
    accountType: '1001',
    rate: '0.1',
    opening: { KRW: won(krw) },
    ...choice,
  })
}

/** Any account that holds money. */
export function deposit(place: Place, key: string, prodName: string, choice: Choice): Account {
  const { isForeign, opening, savingMethod, overdraftLimit, commitAmount, monthlyAmount, ...account } = choice
  return {
    key,
    accountNum: place.numberOf(key),
    prodName,
    accountType: '1001',
    isConsent: true,
    openedOn: place.anchor - 700,
    rate: '0.1',
    ...account,
    deposit: {
      isForeign: isForeign ?? false,
      opening: opening ?? { KRW: 0n },
      savingMethod: savingMethod ?? '01',
      ...(overdraftLimit === undefined ? {} : { overdraftLimit }),
      ...(commitAmount === undefined ? {} : { commitAmount }),
      ...(monthlyAmount === undefined ? {} : { monthlyAmount }),
    },
  }
}

/** A loan repaid from an account of the same bank. */
export function loan(
  place: Place,
  account: Pick<Account, 'key' | 'prodName' | 'accountType' | 'openedOn'>,
  terms: { principal: Thousandths; milliPercent: number; repayDate: number; months: number; from: string },
): Account & { loan: LoanTerms } {
  const { principal, milliPercent, repayDate, months, from } = terms
  return {
    ...account,
    accountNum: place.numberOf(account.key),
    isConsent: true,
    // 31 days a month: never before the last instalment.
    maturesOn: account.openedOn + months * 31,
    rate: `${Math.floor(milliPercent / 1000)}.${String(milliPercent % 1000).padStart(3, '0')}`,
    loan: {
      principal,
      milliPercent,
      repayDate,
      monthlyPrincipal: won(principal / 1000n / BigInt(months)),
      repayAccountNum: place.numberOf(from),
    },
  }
}
