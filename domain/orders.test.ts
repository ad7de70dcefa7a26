import { describe, expect, test } from 'vitest'

import { closedAnswer, obey, type Order, type OrderedRow, summary } from './orders.ts'
import type { RefreshState } from './refresh.ts'

const NOW = new Date('2026-11-22T03:00:00Z')
const LATER = new Date('2026-11-22T04:00:00Z')

const makeRow = (given: Partial<OrderedRow> = {}): OrderedRow => ({
  institutionId: 'A',
  state: 'failed',
  failure: 'InstitutionUnavailable',
  nextTryAt: LATER,
  notBefore: null,
  hasGaps: false,
  ...given,
})
const order = (verb: Order['verb'], institutionIds: string[] | null = ['A']): Order => ({
  verb,
  institutionIds,
  by: 'kim',
  why: 'the bank called',
  via: 'operator',
})
const answerOf = (verb: Order['verb'], given: Partial<OrderedRow>) => {
  const { outcome, because } = obey(order(verb), [makeRow(given)], NOW)[0]!
  return because ? `${outcome}: ${because}` : outcome
}

const GAPS = { state: 'collected', failure: null } as const
const WHOLE = { ...GAPS, nextTryAt: null } as const

describe('an order', () => {
  test.each([
    ['failed and waiting', {}, 'done', 'done'],
    ['failed for good by our own fault', { failure: 'RequestRejected', nextTryAt: null }, 'done', 'done'],
    ['throttled until later', { notBefore: LATER }, 'refused: institution_asks_to_wait', 'done'],
    ['throttled until now', { notBefore: NOW }, 'done', 'done'],
    [
      'refused the user’s credentials',
      { failure: 'CredentialsRejected', nextTryAt: null },
      'refused: waits_for_user',
      'refused: waits_for_user',
    ],
    ['pending', { state: 'pending', failure: null, nextTryAt: null }, 'already', 'done'],
    ['being read', { state: 'collecting', failure: null, nextTryAt: null }, 'already', 'done'],
    ['collected', WHOLE, 'refused: nothing_failed', 'refused: already_collected'],
    ['collected with gaps that are waited for', GAPS, 'done', 'done'],
    ['collected with gaps that waiting does not mend', { ...WHOLE, hasGaps: true }, 'done', 'done'],
    ['excused', { state: 'excused', failure: null, nextTryAt: null }, 'done', 'already'],
    [
      'withdrawn',
      { state: 'withdrawn', failure: null, nextTryAt: null },
      'refused: nothing_failed',
      'refused: not_in_plan',
    ],
  ] as const)('on a row that is %s', (_, row, resumed, excused) => {
    expect([answerOf('resume', row), answerOf('excuse', row)]).toEqual([resumed, excused])
  })

  test('without institutions means all that failed or have gaps; what is being read is on its way already', () => {
    const rows = [
      makeRow(),
      makeRow({ institutionId: 'B', ...WHOLE }),
      makeRow({ institutionId: 'C', ...GAPS }),
      makeRow({ institutionId: 'D', state: 'pending', failure: null, nextTryAt: null }),
    ]
    expect(
      obey(order('resume', null), rows, NOW).map(
        ({ institutionId, outcome }) => `${institutionId} ${outcome}`,
      ),
    ).toEqual(['A done', 'C done', 'D already'])
    expect(obey(order('excuse', null), rows, NOW).map(({ institutionId }) => institutionId)).toEqual([
      'A',
      'C',
    ])
  })

  test('for all given again finds that it was done, also beside what only the user can mend', () => {
    const users = makeRow({ institutionId: 'U', failure: 'CredentialsRejected', nextTryAt: null })
    const again = [makeRow({ state: 'pending', failure: null, nextTryAt: null }), users]
    expect(summary(obey(order('resume', null), [makeRow(), users], NOW)).outcome).toBe('done')
    expect(summary(obey(order('resume', null), again, NOW)).outcome).toBe('already')
  })

  test('that names an institution twice, or one that is not planned, is answered for each once', () => {
    expect(obey(order('resume', ['A', 'Z', 'A']), [makeRow()], NOW)).toMatchObject([
      { institutionId: 'A', outcome: 'done' },
      { institutionId: 'Z', outcome: 'refused', because: 'not_in_plan' },
    ])
  })

  test('as a whole is done if any of it was, and refused only if all of it was', () => {
    const some = (state: OrderedRow['state'], institutionId: string) =>
      makeRow({ institutionId, state, nextTryAt: null })
    const of = (rows: OrderedRow[], ids: string[] | null) => summary(obey(order('resume', ids), rows, NOW))
    expect(of([makeRow(), some('collected', 'B')], ['A', 'B'])).toEqual({ outcome: 'done', because: null })
    expect(of([some('pending', 'A'), some('collected', 'B')], ['A', 'B'])).toEqual({
      outcome: 'already',
      because: null,
    })
    expect(of([some('collected', 'B')], ['B'])).toEqual({ outcome: 'refused', because: 'nothing_failed' })
    expect(of([some('collected', 'B')], null)).toEqual({ outcome: 'refused', because: 'nothing_failed' })
  })

  test.each<[RefreshState, string | null, string | null]>([
    ['requested', null, null],
    ['running', null, null],
    ['parked', null, null],
    ['succeeded', 'refused', 'refused'],
    ['incomplete', 'refused', 'refused'],
    ['failed', 'refused', 'refused'],
    ['cancelled', 'already', 'refused'],
    ['lost', 'refused', 'refused'],
  ])('on a refresh that is %s', (state, cancel, resume) => {
    expect(closedAnswer('cancel', state)?.outcome ?? null).toBe(cancel)
    expect(closedAnswer('resume', state)?.outcome ?? null).toBe(resume)
    expect(closedAnswer('excuse', state)?.outcome ?? null).toBe(resume)
  })
})
