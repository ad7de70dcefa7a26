import type { Classifiable, Context, Rule } from '../rule.ts'
import { bareName, saidOf } from '../words.ts'

// A company by its name, or the two that are known without the word.
const A_COMPANY = /카드|card|비씨|(^|\|)bc/
// How a bill, a part of it, or its payment before the day is called.
const PAID = /대금|자동이체|자동납부|cms|출금|선결제|즉시결제|이용액|청구/
// Cards that are bought or loaded, purchases by card, and what comes back.
const NO_BILL = /체크|직불|교통카드|선불|기프트|상품권|현금카드|명함|카드지갑|카드발급|환급|캐시백|취소/

/**
 * A card bill, or a part of it, paid from an account: the purchases were counted when they were approved. Sure where
 * the bill itself is known; by words alone less so, and least where the company's purchases are not known at all.
 */
export const cardBill: Rule = {
  name: 'card-bill',
  classify: (row, context) => {
    if (row.accountKind !== 'deposit' || row.direction !== 'out') return null
    const bill = context.cardBills.get(row.id)
    if (bill) return paid(isNamed(row, context, bill.institutionId) ? '0.97' : '0.85')
    const said = saidOf(row)
    if (!PAID.test(said) || NO_BILL.test(said)) return null
    if (isNamed(row, context)) return paid('0.9')
    return A_COMPANY.test(said) ? paid('0.75') : null
  },
}

const paid = (confidence: string) => ({ category: 'transfer.card_bill', confidence })

function isNamed(row: Classifiable, { companies }: Context, id?: string): boolean {
  const said = saidOf(row)
  return companies.some(
    ({ institutionId, name }) =>
      (id === undefined || institutionId === id) && bareName(name) !== '' && said.includes(bareName(name)),
  )
}
