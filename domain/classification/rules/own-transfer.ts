import { apartMs } from '../nearest-pairs.ts'
import type { Rule } from '../rule.ts'

const HOUR_MS = 60 * 60 * 1000

/** Both ends of money that moved between the person's own accounts: neither spent nor earned. */
export const ownTransfer: Rule = {
  name: 'own-transfer',
  classify: (row, { ownLegs }) => {
    const other = ownLegs.get(row.id)
    if (!other) return null
    // Rows without a time are at least half a day apart by this measure.
    return { category: 'transfer.own', confidence: apartMs(row, other) <= HOUR_MS ? '0.95' : '0.8' }
  },
}
