import { expect, test } from 'vitest'

import { type RefreshAnswer } from './api-answers.ts'
import { followRefresh, isResting } from './follow-refresh.ts'
import { makeReading, makeRefresh } from './make-answers.ts'

const makeAnswer = (state: RefreshAnswer['state']): RefreshAnswer => makeRefresh({ state, institutions: [] })

type Step = RefreshAnswer | Error

/** An API that answers these in turn, the last one for ever; without a stream unless told what it carries. */
function answering(steps: readonly Step[], streams: readonly (readonly Step[])[] = []) {
  const left = [...steps]
  const opened = [...streams]
  const asked = { looks: 0, streams: 0 }
  return {
    asked,
    refresh: async () => {
      asked.looks += 1
      const next = left.length > 1 ? left.shift()! : left[0]!
      if (next instanceof Error) throw next
      return next
    },
    states: async function* states() {
      asked.streams += 1
      const stream = opened.shift()
      if (!stream) throw new Error('no stream')
      for (const step of stream) {
        if (step instanceof Error) throw step
        yield step
      }
    },
  }
}

const RUNNING = makeAnswer('running')
const DONE = makeAnswer('succeeded')

test('a refresh is heard of by its stream, without being asked for', async () => {
  const api = answering([RUNNING], [[RUNNING, RUNNING, DONE]])
  const heard: RefreshAnswer[] = []
  expect(await followRefresh(api, 1, (refresh) => heard.push(refresh))).toBe(DONE)
  expect(heard).toEqual([RUNNING, RUNNING, DONE])
  expect(api.asked).toEqual({ looks: 0, streams: 1 })
})

test('a stream that is cut off is opened again, and what was missed meanwhile is asked for', async () => {
  const api = answering([RUNNING], [[RUNNING, new Error('cut off')], [DONE]])
  const heard: RefreshAnswer[] = []
  expect(await followRefresh(api, 1, (refresh) => heard.push(refresh))).toBe(DONE)
  expect(heard).toEqual([RUNNING, RUNNING, DONE])
})

test('an API without streams is asked again and again', async () => {
  const api = answering([RUNNING, RUNNING, DONE])
  expect(await followRefresh(api, 1, () => {})).toBe(DONE)
  expect(api.asked.looks).toBe(3)
})

test('following may be enough before the end', async () => {
  const api = answering([DONE], [[RUNNING, makeAnswer('parked'), DONE]])
  const last = await followRefresh(api, 1, () => {}, { isEnough: isResting })
  expect(last.state).toBe('parked')
})

test('an API that is away for a moment is asked again', async () => {
  const api = answering([new Error('away'), new Error('away'), makeAnswer('incomplete')])
  expect((await followRefresh(api, 1, () => {})).state).toBe('incomplete')
})

test('an API that stays away is not waited for until the end', async () => {
  const following = followRefresh(answering([new Error('away')]), 1, () => {}, {
    wholeMs: 60_000,
    silenceMs: 100,
  })
  await expect(following).rejects.toThrow('away')
})

test('a refresh that does not end is given up on in words', async () => {
  const following = followRefresh(answering([RUNNING]), 7, () => {}, { wholeMs: 300, silenceMs: 100 })
  await expect(following).rejects.toThrow('refresh 7 has not ended within 0.3 s')
})

test('a parked refresh that was just joined is not at rest: what joined is about to be read', () => {
  const joined = makeRefresh({ state: 'parked', institutions: [makeReading({ state: 'pending' })] })
  expect(isResting(joined)).toBe(false)
  expect(isResting({ ...joined, institutions: [makeReading({ state: 'failed' })] })).toBe(true)
  expect(isResting({ ...joined, state: 'running', institutions: [] })).toBe(false)
})
