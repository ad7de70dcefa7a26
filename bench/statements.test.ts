import { expect, test } from 'vitest'

import { tally } from './statements.ts'

test('statements are counted by process, the caretaker’s and continuations left out', () => {
  const { count, transactions, byProcess, most } = tally([
    'moa worker|LOG:  execute <unnamed>: SELECT state FROM users',
    'moa worker|DETAIL:  Parameters: $1 = 7',
    'moa worker|LOG:  statement: BEGIN ISOLATION LEVEL READ COMMITTED',
    '\tFROM refreshes',
    'moa caretaker|LOG:  execute <unnamed>: SELECT r.user_id',
    'moa api|LOG:  execute abc1: SELECT state FROM users',
  ])
  expect({ count, transactions, byProcess }).toEqual({
    count: 3,
    transactions: 1,
    byProcess: { 'moa worker': 2, 'moa api': 1 },
  })
  expect(most[0]).toEqual({ statement: 'SELECT state FROM users', count: 2 })
})
