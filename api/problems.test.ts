import { expect, test, vi } from 'vitest'

import { StorageError } from '../db/errors.ts'
import { DomainFailure, FAILURES, isFailureName } from '../domain/failures.ts'
import { createLog } from '../log.ts'
import { startApi } from './make-api.ts'
import { problemAnswer } from './problem-answers.ts'

const VIEWED = { type: 'assets.home_viewed' }
const names = Object.keys(FAILURES).filter(isFailureName)

const failing = (error: unknown) => ({ record: () => Promise.reject(error) })

test.each(names)('answers %s with its own problem document and none of its message', async (name) => {
  const { post } = await startApi({ events: failing(new DomainFailure(name, 'secret palimpsest')) })
  const answer = await post(VIEWED)
  const text = await answer.text()
  const document = problemAnswer.parse(JSON.parse(text))
  expect(answer.status).toBe(FAILURES[name].http)
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(document).toEqual({
    type: `/problems/${name}`,
    title: name,
    status: FAILURES[name].http,
    detail: FAILURES[name].says.en,
    requestId: answer.headers.get('x-request-id'),
  })
})

test.each([
  ['an error of ours', new Error('secret palimpsest')],
  ['something that is no error', 'secret palimpsest'],
  ['a statement the database refused', new StorageError('23505', 'one_user_per_key')],
])('answers %s as Unexpected, and neither answers nor logs its message', async (_, error) => {
  const log = createLog('api', 'silent')
  const logged = vi.spyOn(log, 'error')
  const { post } = await startApi({ log, events: failing(error) })
  const answer = await post(VIEWED)
  const text = await answer.text()
  expect(answer.status).toBe(500)
  expect(JSON.parse(text)).toMatchObject({
    type: '/problems/Unexpected',
    detail: FAILURES.Unexpected.says.en,
  })
  expect(logged).toHaveBeenCalledOnce()
  expect(`${text} ${JSON.stringify(logged.mock.calls)}`).not.toContain('palimpsest')
})

test.each([['the database is away', new DomainFailure('StorageUnavailable', 'away'), '2']])(
  'says when to come back while %s',
  async (_, error, seconds) => {
    const { post } = await startApi({ events: failing(error) })
    const answer = await post(VIEWED)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ type: '/problems/StorageUnavailable' })
    expect(answer.headers.get('retry-after')).toBe(seconds)
  },
)

test('passes on when an institution asks not to be asked before', async () => {
  const notBefore = new Date(Date.now() + 30_000)
  const { post } = await startApi({
    events: failing(new DomainFailure('RateLimited', 'wait', { notBefore })),
  })
  const answer = await post(VIEWED)
  expect(answer.status).toBe(429)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(25)
})
