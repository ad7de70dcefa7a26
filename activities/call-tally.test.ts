import { describe, expect, test } from 'vitest'

import type { Http } from '../connectors/http.ts'
import { DomainFailure } from '../domain/failures.ts'
import { createCallTally } from './call-tally.ts'

const REQUEST = { api: 'bank-001' } as Parameters<Http['call']>[0]
const OPTIONS = { signal: new AbortController().signal, deadlineMs: 1_000 }

const answering = (answers: readonly unknown[]) => {
  const left = [...answers]
  return createCallTally({
    call: async () => {
      const answer = left.shift()
      if (answer instanceof Error) throw answer
      return answer as Awaited<ReturnType<Http['call']>>
    },
  })
}

describe('the calls of one reading', () => {
  test('are each noted with how they ended, in order, and answer as they did', async () => {
    const slow = new DomainFailure('InstitutionTooSlow', 'SBXBANK001 bank-001: expected an answer')
    const tally = answering([{ rows: 1 }, slow])
    expect(await tally.call(REQUEST, OPTIONS)).toEqual({ rows: 1 })
    await expect(tally.call(REQUEST, OPTIONS)).rejects.toBe(slow)
    expect(tally.outcomes().map(({ failure }) => failure)).toEqual([null, 'InstitutionTooSlow'])
    for (const { ms } of tally.outcomes()) expect(ms).toBeGreaterThanOrEqual(0)
  })

  test('that were stopped because one beside them failed are not failures of their own', async () => {
    const down = new DomainFailure('InstitutionUnavailable', 'SBXBANK001 bank-001: expected an answer')
    const other = new DomainFailure('InstitutionTooSlow', 'SBXBANK001 bank-003: expected an answer')
    const stop = new AbortController()
    const tally = answering([down, down, other])
    await expect(tally.call(REQUEST, OPTIONS, stop.signal)).rejects.toBe(down)
    stop.abort(down)
    await expect(tally.call(REQUEST, OPTIONS, stop.signal)).rejects.toBe(down)
    await expect(tally.call(REQUEST, OPTIONS, stop.signal)).rejects.toBe(other)
    expect(tally.outcomes().map(({ failure }) => failure)).toEqual([
      'InstitutionUnavailable',
      'InstitutionTooSlow',
    ])
  })

  test('that we stopped ourselves say nothing of the institution', async () => {
    const tally = answering([new DomainFailure('Superseded', 'no longer wanted'), new Error('aborted')])
    await expect(tally.call(REQUEST, OPTIONS)).rejects.toThrow('no longer wanted')
    await expect(tally.call(REQUEST, OPTIONS)).rejects.toThrow('aborted')
    expect(tally.outcomes()).toEqual([])
  })
})
