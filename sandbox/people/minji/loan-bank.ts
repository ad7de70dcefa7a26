import { addMonths } from '../../kst.ts'
import { won } from '../../money.ts'
import { demand, deposit, loan, type Place } from '../accounts.ts'
import { clock, monthly } from '../habits.ts'
import type { Account, Profile } from '../profile.ts'
import { oddMoney, purchases } from '../spending.ts'
import { into, repayments } from '../transfers.ts'

/** An unsecured loan repaid every month, and two term deposits under one number. */
export function loanBank(place: Place): Profile {
  const drawnOn = addMonths(place.anchor, -6) + 9
  const credit = loan(
    place,
    { key: 'credit', prodName: '별내 직장인신용대출', accountType: '3100', openedOn: drawnOn },
    { principal: won(30_000_000), milliPercent: 5600, repayDate: 15, months: 60, from: 'living' },
  )
  const term = (seqno: string, krw: number): Account =>
    deposit(place, `term-${seqno}`, '별내 회전예금', {
      accountNum: place.numberOf('term'),
      seqno,
      accountType: '1002',
      rate: '2.95',
      openedOn: place.anchor - 30 * Number(seqno),
      maturesOn: addMonths(place.anchor, 36),
      savingMethod: '02',
      opening: { KRW: won(krw) },
      commitAmount: won(krw),
    })
  return {
    registeredOn: place.anchor - 800,
    accounts: [
      demand(place, 'living', '별내 생활통장', 1_800_000),
      credit,
      term('1', 5_000_000),
      term('2', 3_000_000),
    ],
    habits: [
      monthly(26, () => [into('living', clock(9, 5, 3), 1_400_000, '이민지')]),
      repayments(credit, 'living'),
      purchases('living', place.cards > 1 ? 5 : 18, won(800_000)),
      oddMoney('living', 2, won(800_000)),
    ],
  }
}
