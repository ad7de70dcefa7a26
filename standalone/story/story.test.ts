import { expect, test } from 'vitest'

import { makeReading, makeReason, makeRefresh } from './make-answers.ts'
import { type Result } from './result.ts'
import {
  allLandedLine,
  askedLine,
  endLines,
  landedLine,
  laterEndLine,
  parkedLines,
  resultLines,
  waitingText,
  widestOf,
} from './story.ts'

const makeInstitution = (given: Partial<Result['institutions'][number]> = {}) => ({
  institutionId: 'SBXBANK001',
  name: '모아은행',
  state: 'collected' as const,
  outcome: 'changed' as const,
  accounts: 2,
  transactions: 1_375,
  ms: 812,
  failure: null,
  balances: new Map([['KRW', '9982778']]),
  ...given,
})

const makeResult = (given: Partial<Result> = {}): Result => ({
  snapshot: { no: 1, status: 'complete' },
  refresh: { no: 1, state: 'succeeded', because: [] },
  institutions: [makeInstitution()],
  accounts: 2,
  transactions: 1_375,
  total: new Map([['KRW', '9982778']]),
  thisMonth: { month: '2026-11', flows: [{ currency: 'KRW', in: '490000', out: '3807243' }] },
  ...given,
})

const unavailable = makeReason('InstitutionUnavailable', 'The institution did not answer.')

test('a bank that landed is one line: name, whether anything is new, rows, seconds', () => {
  expect(landedLine(makeReading(), 10)).toBe('  ✓ 모아은행    changed    0.8 s')
  expect(landedLine(makeReading({ outcome: 'unchanged', rows: 1_375 }), 8)).toBe(
    '  ✓ 모아은행  unchanged   1,375 rows  0.8 s',
  )
})

test('a bank that failed says so in words, and how often it was tried', () => {
  const failed = makeReading({ state: 'failed', outcome: null, failure: unavailable, attempts: 3 })
  expect(landedLine(failed, 8)).toBe(
    '  ✗ 모아은행  not read   0.8 s  3 tries  The institution did not answer.',
  )
})

test('what was read before and still holds is not called changed', () => {
  expect(landedLine(makeReading({ outcome: null, durationMs: null, attempts: 0 }), 8)).toBe(
    '  ✓ 모아은행  as before',
  )
})

test('when all have landed it says how many of them are read', () => {
  expect(allLandedLine([makeReading(), makeReading()])).toContain('all 2 institutions are read')
  expect(allLandedLine([makeReading(), makeReading({ state: 'failed' })])).toContain(
    '1 of 2 institutions are read',
  )
})

test('the first refresh, a later one and one that was left open are told apart', () => {
  expect(askedLine(1, 'first', 'minji')).toContain('consents at six banks and three card companies')
  expect(askedLine(2, 'again', 'minji')).toBe('minji asks for all accounts again (refresh 2)')
  expect(askedLine(2, 'joined', 'minji')).toBe('Refresh 2 was still open when Moa last ended: minji joins it')
})

test('complete is said of a complete snapshot only', () => {
  expect(endLines(makeResult(), 2_340)).toEqual(['complete snapshot no 1 in 2.3 s'])
  const refresh = { no: 4, state: 'incomplete' as const, because: ['The institution did not answer.'] }
  expect(endLines(makeResult({ snapshot: { no: 3, status: 'partial' }, refresh }), 2_340)).toEqual([
    'partial snapshot no 3 in 2.3 s',
    'refresh 4 ended as incomplete',
    '  The institution did not answer.',
  ])
})

test('the table shows each institution, the total, and what came in and went out this month', () => {
  const dollars = makeInstitution({
    name: '새솔은행',
    accounts: 1,
    transactions: 79,
    balances: new Map([['USD', '1721.95']]),
  })
  const result = makeResult({
    institutions: [makeInstitution(), dollars],
    accounts: 3,
    transactions: 1_454,
    total: new Map([
      ['KRW', '9982778'],
      ['USD', '1721.95'],
    ]),
  })
  expect(resultLines(result)).toEqual([
    '                accounts  transactions        KRW       USD',
    '  ─────────────────────────────────────────────────────────',
    '  모아은행             2         1,375  9,982,778',
    '  새솔은행             1            79             1,721.95',
    '  ─────────────────────────────────────────────────────────',
    '  total                3         1,454  9,982,778  1,721.95',
    '  ─────────────────────────────────────────────────────────',
    '  in, 2026-11                             490,000',
    '  out, 2026-11                          3,807,243',
  ])
})

test('a balance that nobody said is a question mark, not nothing', () => {
  const lines = resultLines(makeResult({ institutions: [makeInstitution({ balances: null })] }))
  expect(lines[2]).toBe('  모아은행             2         1,375          ?')
})

test('names are as wide as a terminal shows them', () => {
  expect(widestOf(['모아은행', '온누리은행', 'North'])).toBe(10)
  expect(widestOf([])).toBe(0)
})

test('a refresh that is parked says why, bank by bank, and until when where that is known', () => {
  const nextTryAt = new Date(2026, 10, 22, 9, 5, 7).toISOString()
  const failed = { state: 'failed' as const, outcome: null, failure: unavailable }
  expect(
    parkedLines([makeReading({ ...failed, nextTryAt }), makeReading({ ...failed, name: '한가람은행' })]),
  ).toEqual([
    '  parked: it goes on by itself when these can be read',
    '    모아은행    The institution did not answer.  next try at 09:05:07',
    '    한가람은행  The institution did not answer.',
  ])
  const refresh = { no: 4, state: 'parked' as const, because: [] }
  expect(endLines(makeResult({ snapshot: { no: 3, status: 'partial' }, refresh }), 2_340)).toEqual([
    'partial snapshot no 3 in 2.3 s',
    'refresh 4 is parked and goes on by itself',
  ])
})

test('who is waited for is named, and nobody when nobody is', () => {
  expect(waitingText([makeReading(), makeReading({ name: '한가람은행' })])).toBe(
    'waiting for 모아은행, 한가람은행',
  )
  expect(waitingText([])).toBe('')
})

test('a later refresh ends with what it published, or with how it ended', () => {
  const answer = makeRefresh({ refreshNo: 2 })
  const complete = { snapshotNo: 5, status: 'complete' as const }
  expect(laterEndLine({ ...answer, state: 'succeeded', snapshot: complete }, 1_300)).toBe(
    'complete snapshot no 5 in 1.3 s',
  )
  expect(laterEndLine({ ...answer, state: 'cancelled', snapshot: null }, 1_300)).toBe(
    'refresh 2 ended as cancelled after 1.3 s',
  )
})
