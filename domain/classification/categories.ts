/** How a row counts: spending, income, or neutral (never either). */
export type Kind = 'spending' | 'income' | 'neutral'

/** The taxonomy's leaves that the rules use. A code never changes its meaning. */
export const CATEGORIES = {
  'income.salary': { ko: '급여', en: 'Salary', kind: 'income' },
  'income.interest': { ko: '이자', en: 'Interest', kind: 'income' },
  'finance.fee': { ko: '금융수수료', en: 'Financial fees', kind: 'spending' },
  'finance.loan_interest': { ko: '대출이자', en: 'Loan interest', kind: 'spending' },
  'finance.loan_principal': { ko: '대출원금', en: 'Loan principal', kind: 'neutral' },
  'transfer.own': { ko: '내 계좌 이체', en: 'Between own accounts', kind: 'neutral' },
  'transfer.card_bill': { ko: '카드대금', en: 'Card bill', kind: 'neutral' },
  // Not in the taxonomy, whose rows are seen from one side only: the account's side of a purchase whose approval is here.
  'transfer.card_payment': { ko: '카드결제 출금', en: 'Paid by card', kind: 'neutral' },
  'transfer.cancelled': { ko: '취소', en: 'Cancelled in full', kind: 'neutral' },
} as const satisfies Record<string, { ko: string; en: string; kind: Kind }>

export type Category = keyof typeof CATEGORIES

/** How rows of a category count; null for 'unknown' and for a category of a taxonomy that this code does not know. */
export const kindOf = (category: string): Kind | null =>
  isCategory(category) ? CATEGORIES[category].kind : null

function isCategory(text: string): text is Category {
  return Object.hasOwn(CATEGORIES, text)
}
