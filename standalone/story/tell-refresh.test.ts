import { expect, test } from 'vitest'

import { type InstitutionReading, type RefreshAnswer } from './api-answers.ts'
import { makeReading as makeAnyReading, makeRefresh } from './make-answers.ts'
import { createRefreshTelling } from './tell-refresh.ts'

const makeReading = (institutionId: string, state: InstitutionReading['state']): InstitutionReading =>
  makeAnyReading({ institutionId, name: institutionId, state, outcome: null })

const makeAnswer = (state: RefreshAnswer['state'], ...institutions: InstitutionReading[]): RefreshAnswer =>
  makeRefresh({ state, institutions })

/** What is told, in order, of states that follow one another. */
function toldOf(...states: RefreshAnswer[]) {
  const heard: string[] = []
  const waiting: string[] = []
  const names = (readings: readonly InstitutionReading[]) =>
    readings.map(({ institutionId }) => institutionId).join('+')
  const hear = createRefreshTelling({
    landed: ({ institutionId, state }) => heard.push(`${institutionId} ${state}`),
    allLanded: () => heard.push('all'),
    published: ({ snapshotNo }) => heard.push(`partial ${snapshotNo}`),
    parked: (readings) => heard.push(`parked for ${names(readings)}`),
    waiting: (readings) => waiting.push(names(readings)),
  })
  states.forEach(hear)
  return { heard, waiting }
}

const [a, b] = [makeReading('a', 'collected'), makeReading('b', 'collected')]
const pending = makeReading('b', 'collecting')
const failed = makeReading('b', 'failed')

test('each bank is told once, when it lands, and then that all have', () => {
  const { heard, waiting } = toldOf(
    makeAnswer('running', a, pending),
    makeAnswer('running', a, pending),
    makeAnswer('running', a, failed),
    makeAnswer('succeeded', a, failed),
  )
  expect(heard).toEqual(['a collected', 'b failed', 'all'])
  expect(waiting).toEqual(['b', 'b', '', ''])
})

test('a bank that is read once more is told once more', () => {
  const { heard } = toldOf(
    makeAnswer('running', failed),
    makeAnswer('running', makeReading('b', 'pending')),
    makeAnswer('succeeded', b),
  )
  expect(heard).toEqual(['b failed', 'all', 'b collected', 'all'])
})

test('a refresh that parks and wakes is told from the partial snapshot to the last bank', () => {
  const partial = { snapshot: { snapshotNo: 4, status: 'partial' as const } }
  const { heard } = toldOf(
    makeAnswer('running', a, pending),
    { ...makeAnswer('running', a, failed), ...partial },
    { ...makeAnswer('parked', a, failed), ...partial },
    { ...makeAnswer('parked', a, failed), ...partial },
    { ...makeAnswer('running', a, pending), ...partial },
    { ...makeAnswer('succeeded', a, b), snapshot: { snapshotNo: 5, status: 'complete' } },
  )
  expect(heard).toEqual(['a collected', 'b failed', 'all', 'partial 4', 'parked for b', 'b collected', 'all'])
})
