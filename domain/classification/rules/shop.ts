import { CONFIDENCE } from '../confidence.ts'
import type { Classifiable, Rule } from '../rule.ts'
import { createShopReader, type Shop, type ShopReader } from '../shops.ts'

/** Who was paid, by what its name tells: of a purchase, or of a booking that is one. */
export const createShopRule = ({ shopOf }: ShopReader): Rule => ({
  name: 'shop',
  classify: (row) => {
    if (row.direction === 'in') return null
    const found = byGoods(shopOf(row.description), shopOf(row.goods ?? null))
    if (!found || couldBePerson(row, found)) return null
    return {
      category: found.category,
      confidence: CONFIDENCE[found.evidence],
      rule: `shop: ${found.evidence}`,
    }
  },
})

export const shop: Rule = createShopRule(createShopReader())

/** The goods say more than a market they were bought at, or than a name that says nothing; a known shop says more than they. */
function byGoods(seller: Shop | null, goods: Shop | null): Shop | null {
  if (!seller) return goods
  const isMarket = seller.category === 'shopping.online'
  return isMarket && goods && goods.evidence !== 'word inside' ? goods : seller
}

/** Where money goes to people, too, a short name may be one of them: 이정식 is no meal. */
function couldBePerson({ accountKind, description }: Classifiable, { evidence }: Shop): boolean {
  if (accountKind !== 'deposit' || evidence === 'whole name' || evidence === 'strong word') return false
  return /^[가-힣]{2,4}$/.test((description ?? '').trim())
}
