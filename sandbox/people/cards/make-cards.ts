import type { Institution } from '../../institutions.ts'
import type { Day } from '../../kst.ts'
import { won } from '../../money.ts'
import { digitsOf } from '../../random.ts'
import type { BankAccount, Card, LongLoan, Round } from './card.ts'

/** Where cards are: enough to give them numbers, dates and accounts to be paid from. */
export type CardPlace = {
  seed: string
  person: string
  institution: Institution
  anchor: Day
  /** An account of the person at a bank of the sandbox. */
  accountAt: (bankIndex: number, accountKey: string) => BankAccount
}

type Choice = Partial<Omit<Card, 'key' | 'name' | 'type' | 'cardId' | 'cardNum'>>

export function creditCard(
  place: CardPlace,
  key: string,
  name: string,
  round: Round,
  choice: Choice = {},
): Card {
  const { key: roundKey, paidFrom } = round
  return card(place, key, name, '01', { round: roundKey, annualFee: won(15_000), paidFrom, ...choice })
}

export function checkCard(
  place: CardPlace,
  key: string,
  name: string,
  paidFrom: BankAccount,
  choice: Choice = {},
): Card {
  return card(place, key, name, '02', { paidFrom, ...choice })
}

/** A loan repaid with a round's bills, in equal principal. */
export function longLoan(
  place: CardPlace,
  round: Round,
  name: string,
  terms: { openedOn: Day; krw: number; milliPercent: number; months: number },
): LongLoan {
  const { seed, person, institution } = place
  const { openedOn, krw, milliPercent, months } = terms
  return {
    loanNum: `LN${digitsOf(10, seed, 'loan', person, institution.institutionId, name)}`,
    name,
    round: round.key,
    openedOn,
    // 31 days a month: never before the last instalment.
    expiresOn: openedOn + months * 31,
    rate: `${Math.floor(milliPercent / 1000)}.${String(milliPercent % 1000).padStart(3, '0')}`,
    terms: {
      principal: won(krw),
      milliPercent,
      repayDate: round.payDate,
      monthlyPrincipal: won(Math.ceil(krw / months)),
      repayAccountNum: round.paidFrom.accountNum,
    },
  }
}

/** An account at a bank that the sandbox does not have. */
export function accountElsewhere(seed: string, person: string): BankAccount {
  return { bankCode: '99900099', accountNum: `999${digitsOf(11, seed, 'elsewhere', person)}` }
}

function card(
  { seed, person, institution, anchor }: CardPlace,
  key: string,
  name: string,
  type: Card['type'],
  choice: Choice & Pick<Card, 'paidFrom'>,
): Card {
  const digits = digitsOf(16, seed, 'card', person, institution.institutionId, key)
  return {
    key,
    cardId: `CARD-${digits.slice(0, 12)}`,
    // 9999 and stars: nobody's number.
    cardNum: `9999-99**-****-${digits.slice(12)}`,
    name,
    type,
    isFamily: false,
    isConsent: true,
    issuedOn: anchor - 400,
    annualFee: 0n,
    brand: type === '01' ? '001' : '003',
    ...choice,
  }
}
