import type { Evidence } from './shops.ts'

/**
 * How sure each kind of evidence makes: between how often it was right on the labelled rows and how often with all their
 * names withheld, as `npm run eval` prints both; one number for both is the middle.
 */
export const CONFIDENCE: Record<Evidence | 'memo', string> = {
  'whole name': '0.98',
  name: '0.97',
  'strong word': '0.96',
  'name inside': '0.92',
  'last word': '0.92',
  memo: '0.95',
  'cut name': '0.8',
  'word inside': '0.78',
  'word in a branch': '0.5',
}
