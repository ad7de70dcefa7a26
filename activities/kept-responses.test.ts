import { expect, test, vi } from 'vitest'

import { rememberUnexpected } from '../connectors/evidence.ts'
import type { KeptResponses } from '../db/kept-responses.ts'
import { DomainFailure } from '../domain/failures.ts'
import { keepUnexpected } from './kept-responses.ts'

const ref = { userId: 7, refreshNo: 1, institutionId: 'A', round: 1 }

function makeFailure(api: string): DomainFailure {
  const failure = new DomainFailure('UnexpectedResponse', `A ${api}: expected rows`)
  rememberUnexpected(failure, { api, status: 200, headers: {}, body: Buffer.from('secret'), isWhole: true })
  return failure
}

function makeDeps(keep: KeptResponses['keep'] = async () => {}) {
  const kept = vi.fn<KeptResponses['keep']>(keep)
  const warn = vi.fn<(facts: object, message: string) => void>()
  return { kept, warn, deps: { keptResponses: { keep: kept }, log: { info: () => {}, warn } } }
}

test('what a reading could not believe is kept under the consent it began with, three of them at most', async () => {
  const { deps, kept } = makeDeps()
  const failures = ['bank-001', 'bank-002', 'bank-003', 'bank-004'].map(makeFailure)
  await keepUnexpected(deps, ref, { generation: 4 }, [new Error('x'), ...failures, null])
  expect(kept).toHaveBeenCalledOnce()
  const [to, generation, found] = kept.mock.calls[0]!
  expect([to, generation]).toEqual([ref, 4])
  expect(found.map(({ api, expected }) => [api, expected])).toEqual(
    ['bank-001', 'bank-002', 'bank-003'].map((api) => [api, `A ${api}: expected rows`]),
  )
})

test('where all could be believed, the database is not asked', async () => {
  const { deps, kept } = makeDeps()
  await keepUnexpected(deps, ref, { generation: 1 }, [new DomainFailure('RateLimited', 'x'), {}])
  expect(kept).not.toHaveBeenCalled()
})

test('a reading is what it is, though nothing could be kept of it; the log says so by ids', async () => {
  const { deps, warn } = makeDeps(() => Promise.reject(new Error('secret')))
  await keepUnexpected(deps, ref, { generation: 1 }, [makeFailure('bank-001')])
  expect(warn).toHaveBeenCalledOnce()
  expect(JSON.stringify(warn.mock.calls)).not.toContain('secret')
})
