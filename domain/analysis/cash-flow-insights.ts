import { amountText, type Decimal, decimal, sum } from '../money.ts'
import { monthOf } from '../time.ts'
import type { Cut } from './analyser.ts'
import { groupBy } from './group.ts'
import { evidenceOf, inEnglish, inKorean, type Insight, institutionsOf } from './insight.ts'

type Transaction = Cut['transactions'][number]

/** What came in and went out of deposit accounts this month, and the salary among it. */
export function cashFlowInsights(used: readonly Transaction[], month: string): Insight[] {
  const ofMonth = used.filter(({ occurredOn }) => monthOf(occurredOn) === month)
  return groupBy(ofMonth, ({ currency }) => currency).flatMap(([currency, rows]) => {
    const salary = rows.filter(
      ({ category, direction }) => category === 'income.salary' && direction === 'in',
    )
    return [soFar(currency, rows), ...(salary.length > 0 ? [salaryArrived(currency, salary)] : [])]
  })
}

const total = (rows: readonly Transaction[]): Decimal => sum(rows.map(({ amount }) => decimal(amount)))

function soFar(currency: string, rows: readonly Transaction[]): Insight {
  const into = total(rows.filter(({ direction }) => direction === 'in'))
  const out = total(rows.filter(({ direction }) => direction === 'out'))
  return {
    kind: 'cash-flow.month_so_far',
    ko: {
      title: `이번 달 들어온 돈 ${inKorean(into, currency)}`,
      text: `나간 돈은 ${inKorean(out, currency)}입니다. 내 계좌끼리 옮긴 돈과 취소된 거래는 넣지 않았습니다.`,
    },
    en: {
      title: `${inEnglish(into, currency)} came in this month`,
      text: `${inEnglish(out, currency)} went out. Moves between own accounts and what was cancelled are left out.`,
    },
    currency,
    numbers: { in: amountText(into), out: amountText(out), transactions: String(rows.length) },
    evidence: evidenceOf(rows),
    institutions: institutionsOf(rows),
  }
}

function salaryArrived(currency: string, rows: readonly Transaction[]): Insight {
  const amount = total(rows)
  const days = [...new Set(rows.map(({ occurredOn }) => occurredOn))].toSorted()
  return {
    kind: 'cash-flow.salary_arrived',
    ko: { title: `급여 ${inKorean(amount, currency)}`, text: `${days.join(', ')}에 들어왔습니다.` },
    en: { title: `Salary of ${inEnglish(amount, currency)}`, text: `It arrived on ${days.join(', ')}.` },
    currency,
    numbers: { in: amountText(amount), transactions: String(rows.length) },
    evidence: evidenceOf(rows),
    institutions: institutionsOf(rows),
  }
}
