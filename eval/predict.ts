import { classify } from '../domain/classification/classify.ts'
import type { Rule } from '../domain/classification/rule.ts'
import { caseOf, type LabelledRow } from './rows.ts'

export type Prediction = { id: string; category: string | null; confidence: number; rule: string }

/** What the classifier says of each row, together with what was near it. Unknown is no answer. */
export const predict = (rows: readonly LabelledRow[], by?: readonly Rule[]): Prediction[] =>
  rows.map((row) => {
    const { all, cards } = caseOf(row)
    const { category, confidence, rule } = classify(all, cards, by)[0]!
    return {
      id: row.id,
      category: category === 'unknown' ? null : category,
      confidence: Number(confidence),
      rule,
    }
  })
