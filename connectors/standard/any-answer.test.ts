import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'

import type { Section } from '../../domain/reading.ts'
import { freshSeed } from '../../test/system/support/random.ts'
import type { ApiRequest } from '../connector.ts'
import { standardBank } from './bank/index.ts'
import { standardCard } from './card/index.ts'
import { type Raw, visitTo, wellSent } from './test-answers.ts'
import { mangles } from './test-mangling.ts'
import { checkRows, judge, operationAt, operationsOf, outcomeOf, personAt } from './test-outcomes.ts'

/*
 * Whatever an institution answers, a reading ends with rows that can be stored, with a gap, or with a failure that has a
 * name: never with another error, without end, with half a list, or with a number that lost a digit.
 */

// A failure is shrunk by some hundred more readings before it is told.
vi.setConfig({ testTimeout: 180_000 })

const seed = freshSeed()
// Some 10 calls each, a millisecond every one of them or two.
const RUNS = 300

describe.each([
  ['bank', standardBank],
  ['card', standardCard],
] as const)('an answer of a %s', (industry, connector) => {
  const operations = operationsOf(industry)
  const operation = ({ path }: ApiRequest) => operationAt(path, operations)

  test('that the contract allows is read whole, row by row', async () => {
    await fc.assert(
      fc.asyncProperty(personAt(industry), async (person) => {
        const { visit } = visitTo((request) => wellSent(JSON.stringify(person[operation(request)])))
        const outcome = await outcomeOf(connector, visit)
        if ('error' in outcome) throw outcome.error
        expect(outcome.reading.gaps).toEqual([])
        for (const section of outcome.reading.sections) {
          checkRows(section)
          const sent = rowsIn(person[PATHS[section.extent.api] ?? ''])
          if (section.outcome === 'full' && sent && !isLeftOut(section))
            expect(section.rows).toHaveLength(sent.length)
        }
      }),
      { numRuns: RUNS / 3, seed },
    )
  })

  test('of any kind, at any place, leaves rows or a failure by name', async () => {
    const ends = { whole: 0, partial: 0, failed: 0 }
    const drawn = [personAt(industry), fc.constantFrom(...operations), mangles] as const
    await fc.assert(
      fc.asyncProperty(...drawn, async (person, mangled, mangle) => {
        const sent: Raw[] = []
        const { visit, calls } = visitTo((request) => {
          const body = Object(person[operation(request)])
          const raw = operation(request) === mangled ? mangle(body) : wellSent(JSON.stringify(body))
          sent.push(raw)
          return raw
        })
        const outcome = await outcomeOf(connector, visit)
        ends[judge(outcome, sent)] += 1
        expect(calls()).toBeLessThan(500)
        // Half a list is no list, whatever else was right about it.
        if ('reading' in outcome && saysOtherwise(mangle(Object(person[mangled])).bytes))
          for (const section of outcome.reading.sections)
            if (PATHS[section.extent.api] === mangled && !isLeftOut(section))
              expect(section.outcome).toBe('upToDate')
      }),
      { numRuns: RUNS, seed },
    )
    // Each end is reached, or nothing of it was tried.
    expect(Math.min(...Object.values(ends))).toBeGreaterThan(0)
  })
})

/** The operation that an API's name stands for, where the answer has a list. */
const PATHS: Record<string, string> = {
  'bank-001': '/v2/bank/accounts',
  'bank-002': '/v2/bank/accounts/deposit/basic',
  'bank-003': '/v2/bank/accounts/deposit/detail',
  'bank-004': '/v2/bank/accounts/deposit/transactions',
  'bank-010': '/v2/bank/accounts/loan/transactions',
  'card-001': '/v2/card/cards',
  'card-003': '/v2/card/points',
  'card-004': '/v2/card/bills',
  'card-005': '/v2/card/bills/detail',
  'card-006': '/v2/card/payments',
  'card-007': '/v2/card/payments/revolving',
  'card-008': '/v2/card/cards/{card_id}/approval-domestic',
  'card-009': '/v2/card/cards/{card_id}/approval-overseas',
  'card-011': '/v2/card/loans/short-term',
  'card-012': '/v2/card/loans/long-term',
  'card-013': '/v2/card/loans/long-term/transactions',
}

/** Kinds of loan that are said not to be there are not asked for: their list is empty without a call. */
const isLeftOut = (section: Section): boolean =>
  ['card-011', 'card-012'].includes(section.extent.api) &&
  section.outcome === 'full' &&
  section.rows.length === 0

const rowsIn = (body: object | undefined): readonly unknown[] | undefined =>
  Object.values(body ?? {}).find((value) => Array.isArray(value))

/** Whether an answer is readable, and its count is another number than its rows are. */
function saysOtherwise(bytes: Buffer): boolean {
  const [, list, count] = /^(?=.*"(\w+)_list":\[)(?=.*"\1_cnt":"(\d+)")/s.exec(bytes.toString('utf8')) ?? []
  if (list === undefined) return false
  try {
    const rows: unknown = Reflect.get(Object(JSON.parse(bytes.toString('utf8'))), `${list}_list`)
    return Array.isArray(rows) && rows.length !== Number(count)
  } catch {
    return false
  }
}
