import { describe, expect, test } from 'vitest'

import { DomainFailure, FAILURES, isFailureName } from './failures.ts'

describe.each(Object.entries(FAILURES))('%s', (_, failure) => {
  test('says what it means in whole sentences', () => {
    expect(failure.says.en).toMatch(/^[A-Z].{20,}\.$/)
  })

  test('says it in Korean as a person is spoken to, sentence by sentence', () => {
    const sentences = failure.says.ko.split(/(?<=\.) /)
    for (const sentence of sentences) expect(sentence).toMatch(/^[가-힣 ,]{8,}(요|에요|예요)\.$/)
  })

  test('answers with an error status', () => {
    expect(failure.http).toBeGreaterThanOrEqual(400)
    expect(failure.http).toBeLessThan(600)
  })

  test('never asks the person to act for what is not theirs, and never retries what they must do', () => {
    expect(failure.acts === 'user').toBe(failure.fault === 'user')
    if (failure.acts === 'user') expect(failure.retry).toBe('never')
  })
})

test('no two failures say the same', () => {
  for (const language of ['ko', 'en'] as const) {
    const sentences = Object.values(FAILURES).map(({ says }) => says[language])
    expect(new Set(sentences).size).toBe(sentences.length)
  }
})

test('a failure goes by its own name, and keeps the instant the institution named', () => {
  const notBefore = new Date('2026-11-22T00:00:00Z')
  const failure = new DomainFailure('RateLimited', 'North Bank asked for a pause', { notBefore })
  expect(failure).toMatchObject({ name: 'RateLimited', type: 'RateLimited', notBefore })
  expect(failure).toBeInstanceOf(Error)
  expect(new DomainFailure('AssetGone', 'closed').notBefore).toBeUndefined()
})

test('only the names of the table are names of failures', () => {
  expect(Object.keys(FAILURES).every(isFailureName)).toBe(true)
  expect([undefined, null, '', 'toString', 'constructor', 'Error', 7].some(isFailureName)).toBe(false)
})
