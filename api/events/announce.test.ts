import { describe, expect, test, vi } from 'vitest'

import type { EventAnswer } from '../../db/events.ts'
import { createLog } from '../../log.ts'
import { startApi } from '../make-api.ts'
import { createAnnouncer } from './announce.ts'

const VIEWED = { type: 'assets.home_viewed' }
const STARTED: EventAnswer = { outcome: 'started', refreshNo: 12, eventId: 5 }
const JOINED: EventAnswer = { outcome: 'joined', refreshNo: 12, eventId: 5 }
const OTHERS: EventAnswer[] = [
  { outcome: 'fresh', asOf: null, eventId: 5 },
  { outcome: 'rejected', because: 'no_consent', eventId: 5 },
]

/** An app that announces to an engine which does as told. */
async function withEngine(start: () => Promise<'started' | 'started-before'>, answer: EventAnswer) {
  const log = createLog('api', 'silent')
  const runs = {
    start: vi.fn(start),
    hint: vi.fn(async () => {}),
    startRevocation: vi.fn(async () => 'started' as const),
    hintRevocation: vi.fn(async () => {}),
  }
  const users = { keyOf: async () => 'user-key' }
  const { announce, settled } = createAnnouncer({ runs, users, log })
  const warned = vi.spyOn(log, 'warn')
  const { post } = await startApi({ log, announce, events: { record: async () => answer } })
  return { runs, warned, post, settled }
}

describe('the engine', () => {
  test('is not waited for', async () => {
    const { post, runs } = await withEngine(() => new Promise(() => {}), STARTED)
    expect((await post(VIEWED)).status).toBe(202)
    expect(runs.start).toHaveBeenCalledOnce()
  })

  test('may be away: the event is accepted, and the log says that the caretaker has work', async () => {
    const { post, warned, settled } = await withEngine(
      () => Promise.reject(new Error('secret palimpsest')),
      STARTED,
    )
    expect((await post(VIEWED)).status).toBe(202)
    await settled()
    expect(warned).toHaveBeenCalledOnce()
    expect(JSON.stringify(warned.mock.calls)).not.toContain('palimpsest')
  })

  test('is told to start what was opened', async () => {
    const { post, runs, settled } = await withEngine(async () => 'started', STARTED)
    await post(VIEWED)
    await settled()
    expect(runs.start).toHaveBeenCalledExactlyOnceWith(
      { userKey: 'user-key', refreshNo: 12 },
      { priority: 2, reason: 'assets.home_viewed' },
    )
    expect(runs.hint).not.toHaveBeenCalled()
  })

  test('is told to start what was joined, in case nobody did, and hinted at if it runs', async () => {
    const { post, runs, settled } = await withEngine(async () => 'started-before', JOINED)
    await post(VIEWED)
    await settled()
    expect(runs.start).toHaveBeenCalledOnce()
    expect(runs.hint).toHaveBeenCalledExactlyOnceWith({ userKey: 'user-key', refreshNo: 12 })
  })

  test.each(OTHERS)('hears nothing of what is $outcome', async (answer) => {
    const { post, runs, settled } = await withEngine(async () => 'started', answer)
    await post(VIEWED)
    await settled()
    expect(runs.start).not.toHaveBeenCalled()
  })
})

test('leaves to the caretaker what is more than a thousand at once', async () => {
  const log = createLog('api', 'silent')
  const warned = vi.spyOn(log, 'warn')
  const never = () => new Promise<'started'>(() => {})
  const runs = { start: never, hint: async () => {}, startRevocation: never, hintRevocation: async () => {} }
  const keyOf = vi.fn(async () => 'user-key')
  const { announce } = createAnnouncer({ runs, users: { keyOf }, log })
  for (let n = 0; n < 1_001; n += 1) announce(7, 'assets.home_viewed', STARTED)
  expect(keyOf).toHaveBeenCalledTimes(1_000)
  expect(warned).toHaveBeenCalledOnce()
})
