import { rulesWith } from '../domain/classification/rules.ts'
import { createShopRule } from '../domain/classification/rules/shop.ts'
import { createShopReader } from '../domain/classification/shops.ts'
import { foldOf, FOLDS, namesOf } from './folds.ts'
import { predict, type Prediction } from './predict.ts'
import type { LabelledRow } from './rows.ts'
import {
  calibrationError,
  confusion,
  type Figures,
  figuresOf,
  judge,
  type Judged,
  wronglyAnswered,
} from './score.ts'

/** One way of measuring: every row with what was said of it and what became of that. */
export type Measured = { title: string; rows: JudgedRow[] }
export type JudgedRow = { row: Labelled; prediction: Prediction; judged: Judged }
export type Labelled = LabelledRow & { expected: NonNullable<LabelledRow['expected']> }

export type Summary = Figures & {
  confusion: number | null
  calibrationError: number | null
  wronglyAnswered: number | null
}

/** With every name it knows. The names were written without these rows; rules and words were looked at beside them. */
export const measureAll = (rows: readonly Labelled[]): Measured => ({
  title: 'all names',
  rows: judgedRows(rows, predict(rows)),
})

/**
 * The rows in five parts by merchant, each read by a classifier that has never heard a name of that part: what it makes
 * of shops that it does not know. The figure to believe for names that nobody has written down.
 */
export function measureFolds(rows: readonly Labelled[]): Measured {
  const folds = Array.from({ length: FOLDS }, (_, fold) => rows.filter((row) => foldOf(row) === fold))
  const judged = folds.flatMap((held) => {
    const reader = createShopReader(namesOf(held))
    return judgedRows(held, predict(held, rulesWith(createShopRule(reader))))
  })
  return { title: 'five folds by merchant, their names withheld', rows: judged }
}

function judgedRows(rows: readonly Labelled[], predictions: readonly Prediction[]): JudgedRow[] {
  return rows.map((row, at) => {
    const prediction = predictions[at]!
    return { row, prediction, judged: judge(row.expected, prediction) }
  })
}

export function summaryOf(rows: readonly JudgedRow[]): Summary {
  const judged = rows.map((one) => one.judged)
  return {
    ...figuresOf(judged),
    confusion: confusion(judged),
    calibrationError: calibrationError(judged),
    wronglyAnswered: wronglyAnswered(judged),
  }
}
