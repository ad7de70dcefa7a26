import { expect, test } from 'vitest'

import { readRows } from './read-rows.ts'

const row = {
  id: 'a',
  source: 'card.domestic',
  operation: 'card008',
  org_name: '달빛카드',
  raw: { status: '01' },
}
const line = (more: object = {}) => JSON.stringify({ ...row, ...more })

test('a row needs no answer, and empty lines are no rows', () => {
  expect(readRows(`${line()}\n\n${line({ id: 'b' })}\n`, 'rows')).toHaveLength(2)
})

test.each([
  ['a line that is no JSON', `${line()}\n{`, 'rows:2: expected a line of JSON'],
  ['a field that is missing', line({ raw: undefined }), 'rows:1: raw:'],
  ['an id that is there twice', `${line()}\n${line()}`, 'rows:2: a is there twice'],
  [
    'a leaf that the taxonomy has not',
    line({
      expected: {
        category: 'food.moon',
        kind: null,
        counterparty: null,
        alternatives: [],
        should_abstain: false,
      },
    }),
    'rows:1: expected.category: expected a leaf of the taxonomy',
  ],
])('%s is named with its file and line', (_, text, says) => {
  expect(() => readRows(text, 'rows')).toThrow(says)
})
