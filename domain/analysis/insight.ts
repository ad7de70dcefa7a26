import { amountText, type Decimal } from '../money.ts'

/** Something true that an analyser found, in words and in numbers, with the rows it stands on. No advice. */
export type Insight = {
  /** '<analyser>.<what>', kept for ever. */
  kind: string
  ko: Words
  en: Words
  currency: string | null
  /** Decimal text and counts, by name: what the words say, for programs. */
  numbers: { [name: string]: string }
  evidence: Evidence
  /** On whose rows it rests. */
  institutions: string[]
}

export type Words = { title: string; text: string }

/** Some of the transactions behind a number, largest first, and how many there are in all. */
export type Evidence = { transactions: string[]; of: number }

// An id has ten digits or so: 13 months of 15 categories with five each are 10 KB of a document.
const MOST_EVIDENCE = 5

type Row = { id: string; institutionId: string; amount: string }

export const evidenceOf = (rows: readonly Row[]): Evidence => ({
  transactions: [...rows]
    .toSorted(byAmount)
    .slice(0, MOST_EVIDENCE)
    .map(({ id }) => id),
  of: rows.length,
})

export const institutionsOf = (rows: readonly { institutionId: string }[]): string[] =>
  [...new Set(rows.map(({ institutionId }) => institutionId))].toSorted()

/** '12,345원', '1,234.5 USD': an amount as a Korean reads it. */
export const inKorean = (amount: Decimal, currency: string): string =>
  currency === 'KRW' ? `${grouped(amount)}원` : `${grouped(amount)} ${currency}`

/** '₩12,345', '1,234.5 USD'. */
export const inEnglish = (amount: Decimal, currency: string): string =>
  currency === 'KRW' ? `₩${grouped(amount)}` : `${grouped(amount)} ${currency}`

function grouped(amount: Decimal): string {
  const [whole = '', decimals] = amountText(amount).split('.')
  const digits = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return decimals === undefined ? digits : `${digits}.${decimals}`
}

// As text of digits: amounts are never negative here, and the order of equal ones is that of their ids.
function byAmount(a: Row, b: Row): number {
  const [wholeA = '', decimalsA = ''] = a.amount.split('.')
  const [wholeB = '', decimalsB = ''] = b.amount.split('.')
  if (wholeA.length !== wholeB.length) return wholeB.length - wholeA.length
  const [textA, textB] = [`${wholeA}.${decimalsA}`, `${wholeB}.${decimalsB}`]
  if (textA !== textB) return textA < textB ? 1 : -1
  return a.id < b.id ? -1 : 1
}
