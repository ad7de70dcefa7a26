import { inspect } from 'node:util'

import { DrizzleQueryError } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'

import { DomainFailure } from '../domain/failures.ts'
import { isLostConnection, isWorthRepeating, StorageError, withoutData } from './errors.ts'

const CANARY = 'canary-91'

/** An error as the driver makes it: the values stand in its detail, and drizzle's wrapping quotes the parameters. */
function makeDriverError(code: string | undefined, constraint = ''): Error {
  const driver = Object.assign(new Error(`says ${CANARY}`), {
    ...(code === undefined ? {} : { code }),
    constraint_name: constraint,
    detail: `Key (token)=(${CANARY}) already exists.`,
    parameters: [CANARY],
  })
  return new DrizzleQueryError('INSERT INTO t VALUES ($1)', [CANARY], driver)
}

describe('an error without data', () => {
  test.each(['23505', '23514', '22P02', '42501', 'XX000', 'UNDEFINED_VALUE', undefined])(
    'of the driver, %s: the code and the constraint are all that is left',
    (code) => {
      const error = withoutData(makeDriverError(code, 'one_holder_per_token'))
      expect(error).toBeInstanceOf(StorageError)
      expect((error as StorageError).code).toBe(code ?? 'XX000')
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(CANARY)
    },
  )

  test('a lost connection is StorageUnavailable, however deep it lies', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    for (const lost of [
      refused,
      new DrizzleQueryError('SELECT 1', [CANARY], refused),
      new DrizzleQueryError('SELECT 1', [CANARY], new AggregateError([refused])),
      makeDriverError('57P01'),
      makeDriverError('CONNECTION_CLOSED'),
    ]) {
      expect(withoutData(lost)).toMatchObject({ type: 'StorageUnavailable' })
      expect(inspect(withoutData(lost), { depth: 9, showHidden: true })).not.toContain(CANARY)
    }
  })

  test('a failure of ours passes, also when it was wrapped with parameters', () => {
    const ours = new DomainFailure('Superseded', 'a test')
    expect(withoutData(ours)).toBe(ours)
    expect(withoutData(new DrizzleQueryError('SELECT $1', [CANARY], ours))).toBe(ours)
    const storage = new StorageError('23505', undefined)
    expect(withoutData(storage)).toBe(storage)
  })

  test('a mistake in our own code stays as it is; a thrown value does not', () => {
    const mistake = new TypeError('x is undefined')
    expect(withoutData(mistake)).toBe(mistake)
    expect(withoutData(CANARY).message).not.toContain(CANARY)
  })
})

test('only what ends differently the second time is done again', () => {
  for (const code of ['40P01', '40001', '55P03']) {
    expect(isWorthRepeating(new StorageError(code, undefined))).toBe(true)
  }
  for (const constraint of [
    'one_collection_per_round',
    'attempts_user_id_refresh_no_institution_id_round_attempt_pk',
  ]) {
    expect(isWorthRepeating(new StorageError('23505', constraint))).toBe(true)
  }
  expect(isWorthRepeating(new StorageError('23505', 'one_holder_per_token'))).toBe(false)
  expect(isWorthRepeating(new StorageError('23505', undefined))).toBe(false)
  expect(isWorthRepeating(new StorageError('57014', undefined))).toBe(false)
  expect(isWorthRepeating(new DomainFailure('StorageUnavailable', 'gone'))).toBe(false)
})

test.each(['08006', '57P01', '53300', 'CONNECT_TIMEOUT', 'EPIPE'])('%s is a lost connection', (code) => {
  expect(isLostConnection(code)).toBe(true)
})

test.each(['57014', '23505', '40P01', 'ENOENT'])('%s is not', (code) => {
  expect(isLostConnection(code)).toBe(false)
})
