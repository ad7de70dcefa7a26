import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { expect, test } from 'vitest'

import { StorageError } from '../db/errors.ts'
import { DomainFailure, FAILURES, type FailureName } from '../domain/failures.ts'
import { createLog } from '../log.ts'
import { presentable } from './named-failures.ts'

const log = createLog('test', 'silent')
const CANARY = '110-222-333333'

test.each(Object.keys(FAILURES) as FailureName[])('%s passes by its name', (type) => {
  const failure = presentable(new DomainFailure(type, 'said'), 'step', log)
  expect(failure).toBeInstanceOf(ApplicationFailure)
  expect(failure).toMatchObject({ type, message: 'said', nonRetryable: FAILURES[type].retry !== 'soon' })
})

test('an instant before which nobody should try again travels with its failure', () => {
  const notBefore = new Date('2026-11-22T00:00:00Z')
  const failure = presentable(new DomainFailure('RateLimited', 'wait', { notBefore }), 'step', log)
  expect((failure as ApplicationFailure).details).toEqual(['2026-11-22T00:00:00.000Z'])
})

test('a failure that is for later is not tried again at once, whatever its name', () => {
  const failure = new DomainFailure('InstitutionUnavailable', 'down', { isForLater: true })
  expect(presentable(failure, 'step', log)).toMatchObject({ nonRetryable: true })
})

test.each([
  new Error(`duplicate key: ${CANARY}`),
  Object.assign(new Error('failed query'), { params: [CANARY], cause: new Error(CANARY) }),
  new StorageError('23505', 'one_live_row_in_accounts'),
  CANARY,
])('an error without a name leaves nothing of itself in a history', (error) => {
  const failure = presentable(error, 'step', log)
  expect(failure).toMatchObject({ type: 'Unexpected', nonRetryable: true })
  expect(failure.cause).toBeUndefined()
  expect(`${failure.message} ${failure.stack} ${JSON.stringify(failure)}`).not.toContain(CANARY)
})

test('a cancellation stays a cancellation', () => {
  const cancelled = new CancelledFailure('stop')
  expect(presentable(cancelled, 'step', log)).toBe(cancelled)
})
