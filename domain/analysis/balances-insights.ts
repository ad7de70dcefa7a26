import { decimalOfSum } from '../money.ts'
import type { Totals } from './balances.ts'
import { inEnglish, inKorean, type Insight, institutionsOf } from './insight.ts'

type Holder = { institutionId: string }

/** What is had and owed in each currency, and how many accounts did not say. */
export const balancesInsights = (
  totals: readonly Totals[],
  silent: readonly Holder[],
  said: readonly (Holder & { currency: string })[],
): Insight[] => [
  ...totals.map((total) =>
    net(total, institutionsOf(said.filter(({ currency }) => currency === total.currency))),
  ),
  ...(silent.length > 0 ? [notSaid(silent)] : []),
]

function net({ currency, assets, debts, net: rest }: Totals, institutions: string[]): Insight {
  const amounts = [assets, debts, rest].map(decimalOfSum)
  const [hasKo, owesKo, netKo] = amounts.map((amount) => inKorean(amount, currency))
  const [hasEn, owesEn, netEn] = amounts.map((amount) => inEnglish(amount, currency))
  return {
    kind: 'balances.net',
    ko: { title: `순자산 ${netKo}`, text: `가진 것 ${hasKo}, 갚을 것 ${owesKo}입니다.` },
    en: { title: `Net ${netEn}`, text: `${hasEn} held and ${owesEn} owed.` },
    currency,
    numbers: { assets, debts, net: rest },
    evidence: { transactions: [], of: 0 },
    institutions,
  }
}

const notSaid = (silent: readonly Holder[]): Insight => ({
  kind: 'balances.not_said',
  ko: {
    title: `잔액을 모르는 계좌 ${silent.length}개`,
    text: '기관이 잔액을 알려 주지 않아 합계에 넣지 않았습니다.',
  },
  en: {
    title: `Accounts whose balance is unknown: ${silent.length}`,
    text: 'Their institutions did not say it, so it is in no total.',
  },
  currency: null,
  numbers: { accounts: String(silent.length) },
  evidence: { transactions: [], of: 0 },
  institutions: institutionsOf(silent),
})
