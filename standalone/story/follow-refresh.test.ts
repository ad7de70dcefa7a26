import { expect, test } from 'vitest'

import { type InstitutionReading, type RefreshAnswer } from './api-answers.ts'
import { followRefresh } from './follow-refresh.ts'
import { makeReading, makeRefresh } from './make-answers.ts'

const readingOf = (institutionId: string, state: InstitutionReading['state']): InstitutionReading =>
  makeReading({ institutionId, name: institutionId, state, outcome: null })

const answerOf = (state: RefreshAnswer['state'], ...institutions: InstitutionReading[]): RefreshAnswer =>
  makeRefresh({ state, institutions })

/** An API that gives these answers in turn, the last one for ever. */
function answering(...answers: (RefreshAnswer | Error)[]) {
  const left = [...answers]
  return {
    refresh: async () => {
      const next = left.length > 1 ? left.shift()! : left[0]!
      if (next instanceof Error) throw next
      return next
    },
  }
}

function listening() {
  const heard: string[] = []
  const told = {
    landed: ({ institutionId, state }: InstitutionReading) => heard.push(`${institutionId} ${state}`),
    allLanded: () => heard.push('all'),
  }
  return { heard, told }
}

test('each bank is told once, when it lands, and then that all have', async () => {
  const { heard, told } = listening()
  const pending = readingOf('b', 'collecting')
  const api = answering(
    answerOf('running', readingOf('a', 'collected'), pending),
    answerOf('running', readingOf('a', 'collected'), pending),
    answerOf('running', readingOf('a', 'collected'), readingOf('b', 'failed')),
    answerOf('succeeded', readingOf('a', 'collected'), readingOf('b', 'failed')),
  )
  expect((await followRefresh(api, 1, told)).state).toBe('succeeded')
  expect(heard).toEqual(['a collected', 'b failed', 'all'])
})

test('a bank that is read once more is told once more', async () => {
  const { heard, told } = listening()
  const api = answering(
    answerOf('running', readingOf('a', 'failed')),
    answerOf('running', readingOf('a', 'pending')),
    answerOf('succeeded', readingOf('a', 'collected')),
  )
  await followRefresh(api, 1, told)
  expect(heard).toEqual(['a failed', 'all', 'a collected', 'all'])
})

test('an API that is away for a moment is asked again', async () => {
  const api = answering(new Error('away'), new Error('away'), answerOf('incomplete'))
  expect((await followRefresh(api, 1, listening().told)).state).toBe('incomplete')
})

test('an API that stays away is not waited for until the end', async () => {
  const following = followRefresh(answering(new Error('away')), 1, listening().told, {
    wholeMs: 60_000,
    silenceMs: 100,
  })
  await expect(following).rejects.toThrow('away')
})

test('a refresh that does not end is given up on in words', async () => {
  const following = followRefresh(answering(answerOf('running')), 7, listening().told, {
    wholeMs: 300,
    silenceMs: 100,
  })
  await expect(following).rejects.toThrow('refresh 7 has not ended within 0.3 s')
})
