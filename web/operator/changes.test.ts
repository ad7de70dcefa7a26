import { expect, test } from 'vitest'

import { changesOf } from './changes.js'

test('an act is told by what it changed, and not by what it left alone', () => {
  const before = { state: 'parked', plan: { A: 'collected', B: 'failed: InstitutionTooSlow' } }
  expect(changesOf({ before, after: { ...before, plan: { A: 'collected', B: 'pending' } } })).toEqual([
    'B: failed: InstitutionTooSlow → pending',
  ])
  const cancelled = { state: 'cancelled', plan: { A: 'collected', B: 'failed: InstitutionTooSlow' } }
  expect(changesOf({ before, after: cancelled })).toEqual(['the refresh: parked → cancelled'])
  expect(changesOf({ before, after: before })).toEqual([])
})

test('a recovery is told by how many waited, and what the engine did by the refresh alone', () => {
  expect(changesOf({ waiting: 2_000 })).toEqual(['2000 that waited are due'])
  expect(changesOf({ before: { state: 'parked' }, after: { state: 'lost' } })).toEqual([
    'the refresh: parked → lost',
  ])
})
