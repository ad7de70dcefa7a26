import * as fc from 'fast-check'
import { expect } from 'vitest'

import { DomainFailure, isFailureName } from '../../domain/failures.ts'
import { canonicalAmount, isAmount } from '../../domain/money.ts'
import type { Reading, Section } from '../../domain/reading.ts'
import { isCompactDate } from '../../domain/time.ts'
import type { Connector, Visit } from '../connector.ts'
import type { Raw } from './test-answers.ts'
import { answersTo, pathsOf } from './test-contract.ts'

/*
 * For tests: how a reading ended, and what may be said of it whatever was answered.
 */

const NOT_READ = /\/(apis|consents)$|\/purchase-/

/** What an industry's connector asks for. */
export const operationsOf = (industry: string) => pathsOf(industry).filter((path) => !NOT_READ.test(path))

/** The operation of the contract behind a path that was asked for. */
export const operationAt = (path: string, operations: readonly string[]): string =>
  operations.find((one) => new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path)) ?? path

/** One right answer for each operation of an industry. */
export const personAt = (industry: string) =>
  fc.record(Object.fromEntries(operationsOf(industry).map((path) => [path, answersTo(path)])))

export type Outcome = { reading: Reading } | { error: unknown }

export const outcomeOf = (connector: Connector, visit: Visit): Promise<Outcome> =>
  connector.collect(visit).then(
    (reading) => ({ reading }),
    (error: unknown) => ({ error }),
  )

/** How whole an outcome is; nothing in it is what no reading may bring. */
export function judge(outcome: Outcome, sent: readonly Raw[]): 'whole' | 'partial' | 'failed' {
  expect(Reflect.get({}, 'polluted')).toBeUndefined()
  if ('error' in outcome) {
    checkFailure(outcome.error)
    return 'failed'
  }
  checkReading(outcome.reading, numbersIn(sent))
  return outcome.reading.gaps.length > 0 ? 'partial' : 'whole'
}

function checkFailure(error: unknown): void {
  if (!(error instanceof DomainFailure)) throw error
  expect(isFailureName(error.type) && error.type).not.toBe('Unexpected')
  expect(error.message).toMatch(/^TESTBANK01 [a-z]+-\d{3}: expected [\w ,"“”’%:.-]{2,120}$/)
}

function checkReading({ sections, gaps }: Reading, sent: ReadonlySet<string>): void {
  for (const section of sections) {
    checkRows(section)
    const gap = gaps.find(({ asset, api }) => asset === section.extent.asset && api === section.extent.api)
    // The list of accounts may hold some and miss others; of everything else a gap means that nothing was kept.
    if (!section.extent.api.endsWith('-001')) expect(gap).toBeUndefined()
    for (const amount of amountsOf(section)) expect(sent.has(amount) || amount).toBe(true)
  }
  for (const { failure } of gaps) expect(['UnexpectedResponse', 'RequestRejected']).toContain(failure)
}

/** What the database would refuse, or keep otherwise than it was sent. */
export function checkRows(section: Section): void {
  if (section.outcome !== 'full') return
  const identities = section.rows.map(({ identity }) => identity)
  expect(new Set(identities).size).toBe(identities.length)
  const text = JSON.stringify(section)
  expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/)
  for (const [, on] of text.matchAll(/"(?:\w+On)":"([^"]*)"/g))
    expect(isCompactDate(on!.replaceAll('-', ''))).toBe(true)
  for (const amount of amountsOf(section)) expect(isAmount(amount) && canonicalAmount(amount)).toBe(amount)
}

const AMOUNTS =
  /"(?:amount|available|balanceAfter|principal|interest|committed|monthlyPayment|approvedAmount|krwAmount|remaining|expiring|lumpSum|installments|fee|left)":"([^"]*)"/g

const amountsOf = (section: Section): string[] =>
  [...JSON.stringify(section).matchAll(AMOUNTS)].map(([, amount]) => amount!)

/** Every number that stood in an answer, as it would be written; nothing, which a cancelled approval counts, is one. */
function numbersIn(sent: readonly Raw[]): Set<string> {
  const numbers = sent.flatMap(({ bytes }) => bytes.toString('utf8').match(/-?\d+(?:\.\d+)?/g) ?? [])
  return new Set(['0', ...numbers.filter(isAmount).map(canonicalAmount)])
}
