import { CATEGORIES } from '../classification/categories.ts'
import { amountText, decimal, decimalOfSum } from '../money.ts'
import { monthOf } from '../time.ts'
import type { Cut } from './analyser.ts'
import { evidenceOf, inEnglish, inKorean, type Insight, institutionsOf } from './insight.ts'
import { isUnclear } from './spending-sums.ts'
import type { SpendingMonth } from './spending.ts'

type Transaction = Cut['transactions'][number]
type Found = { month: SpendingMonth; rows: readonly Transaction[] }

/** What is true of this month’s spending, in each currency. */
export function spendingInsights(
  months: readonly SpendingMonth[],
  counted: readonly Transaction[],
  today: string,
): Insight[] {
  return months
    .filter(({ month }) => month === monthOf(today))
    .flatMap((month) => {
      const rows = counted.filter(
        ({ currency, occurredOn }) => currency === month.currency && monthOf(occurredOn) === month.month,
      )
      return FINDERS.flatMap((find) => find({ month, rows }) ?? [])
    })
}

function soFar({ month, rows }: Found): Insight | null {
  const { currency, spent, before, transactions } = month
  if (transactions === 0) return null
  const now = decimalOfSum(spent)
  return {
    kind: 'spending.month_so_far',
    ko: {
      title: `이번 달 쓴 돈 ${inKorean(now, currency)}`,
      text: before
        ? `지난달 같은 날(${before.through ?? before.month})까지는 ${inKorean(decimalOfSum(before.spent), currency)}이었습니다.`
        : '지난달 거래를 다 알지 못해 비교하지 않았습니다.',
    },
    en: {
      title: `${inEnglish(now, currency)} spent this month`,
      text: before
        ? `Up to the same day of the month before (${before.through ?? before.month}) it was ${inEnglish(decimalOfSum(before.spent), currency)}.`
        : 'The month before is not known whole, so they are not compared.',
    },
    currency,
    numbers: { spent, ...(before ? { before: before.spent } : {}), transactions: String(transactions) },
    ...behind(rows.filter((row) => !isUnclear(row))),
  }
}

function changedMost({ month, rows }: Found): Insight | null {
  const { currency, categories } = month
  const changes = categories
    .flatMap(({ category, spent, before }) =>
      before === null
        ? []
        : [{ category, spent, before, by: decimalOfSum(spent).minus(decimalOfSum(before)) }],
    )
    .toSorted((a, b) => b.by.abs().cmp(a.by.abs()))
  const most = changes[0]
  if (!most || most.by.eq(0)) return null
  const isMore = most.by.gt(0)
  const name = nameOf(most.category)
  const [by, now, then] = [most.by.abs(), decimalOfSum(most.spent), decimalOfSum(most.before)]
  return {
    kind: 'spending.category_changed_most',
    ko: {
      title: `${name.ko} ${inKorean(by, currency)} ${isMore ? '늘었음' : '줄었음'}`,
      text: `지난달 같은 기간 ${inKorean(then, currency)}, 이번 달 ${inKorean(now, currency)}입니다.`,
    },
    en: {
      title: `${name.en}: ${inEnglish(by, currency)} ${isMore ? 'more' : 'less'}`,
      text: `${inEnglish(then, currency)} in the same days of the month before, ${inEnglish(now, currency)} this month.`,
    },
    currency,
    numbers: { spent: most.spent, before: most.before, change: amountText(most.by) },
    ...behind(rows.filter((row) => !isUnclear(row) && row.category === most.category)),
  }
}

function largestPayment({ rows }: Found): Insight | null {
  const paid = rows.filter((row) => row.direction === 'out' && !isUnclear(row))
  const id = evidenceOf(paid).transactions[0]
  const row = paid.find((each) => each.id === id)
  if (!row) return null
  const amount = decimal(row.amount)
  const name = nameOf(row.category)
  return {
    kind: 'spending.largest_payment',
    ko: {
      title: `가장 큰 지출 ${inKorean(amount, row.currency)}`,
      text: `${row.occurredOn}, ${name.ko}.`,
    },
    en: {
      title: `Largest payment: ${inEnglish(amount, row.currency)}`,
      text: `On ${row.occurredOn}, ${name.en}.`,
    },
    currency: row.currency,
    numbers: { out: row.amount },
    ...behind([row]),
  }
}

function unclear({ month, rows }: Found): Insight | null {
  const { currency, unclear: apart } = month
  if (apart.transactions === 0) return null
  const out = decimalOfSum(apart.out)
  return {
    kind: 'spending.unclear',
    ko: {
      title: `무엇인지 모르는 출금 ${inKorean(out, currency)}`,
      text: `${apart.transactions}건입니다. 지출일 수도 아닐 수도 있어 쓴 돈에 넣지 않았습니다.`,
    },
    en: {
      title: `${inEnglish(out, currency)} went out for something unknown`,
      text: `In ${apart.transactions} transactions. It may or may not be spending, so it is in no sum of it.`,
    },
    currency,
    numbers: { out: apart.out, transactions: String(apart.transactions) },
    ...behind(rows.filter((row) => isUnclear(row))),
  }
}

const FINDERS = [soFar, changedMost, largestPayment, unclear]

const behind = (rows: readonly Transaction[]): Pick<Insight, 'evidence' | 'institutions'> => ({
  evidence: evidenceOf(rows),
  institutions: institutionsOf(rows),
})

function nameOf(category: string): { ko: string; en: string } {
  const known = Object.entries(CATEGORIES).find(([code]) => code === category)
  return known?.[1] ?? { ko: '분류되지 않은 지출', en: 'Not categorised' }
}
