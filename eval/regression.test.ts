import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { type Labelled, measureAll, measureFolds, summaryOf } from './measure.ts'
import { readRows } from './read-rows.ts'

const file = fileURLToPath(new URL('data/development.jsonl', import.meta.url))
const rows = readRows(readFileSync(file, 'utf8'), file).filter(
  (row): row is Labelled => row.expected !== undefined,
)

// What docs/classification.md says was reached, a little below: nobody may lose more without saying so there.
test('the labelled rows are answered as well as the document says', () => {
  const { coverage, top, leaf, confusion, calibrationError, wronglyAnswered } = summaryOf(
    measureAll(rows).rows,
  )
  expect(coverage).toBeGreaterThan(0.92)
  expect(top).toBeGreaterThan(0.965)
  expect(leaf).toBeGreaterThan(0.96)
  expect(confusion).toBe(0)
  expect(calibrationError).toBeLessThan(0.05)
  expect(wronglyAnswered).toBeLessThan(0.05)
})

test('and without any name of theirs, by words alone', () => {
  const { coverage, top, confusion, calibrationError } = summaryOf(measureFolds(rows).rows)
  expect(coverage).toBeGreaterThan(0.68)
  expect(top).toBeGreaterThan(0.91)
  expect(confusion).toBe(0)
  expect(calibrationError).toBeLessThan(0.05)
})

test('the same rows are answered alike, in whatever order', () => {
  const answers = (list: readonly Labelled[]) =>
    measureAll(list)
      .rows.map(({ prediction }) => prediction)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  expect(answers(rows.toReversed())).toEqual(answers(rows))
})
