import { expect, test } from 'vitest'

import type { RefreshProgress } from '../../db/refresh-progress.ts'
import { type ArrivedEvent, readEvents } from '../../standalone/story/sent-events.ts'
import { PERSON } from '../make-api.ts'
import { startStreams } from './make-streams.ts'
import { closedEvent, refreshEvent } from './refresh-stream.ts'

type Refresh = NonNullable<Awaited<ReturnType<RefreshProgress['of']>>>

const at = new Date('2026-11-22T08:30:00.123Z')

const makeRefresh = (changes: Partial<Refresh> = {}): Refresh => ({
  userId: PERSON,
  refreshNo: 12,
  state: 'running',
  reason: 'assets.home_viewed',
  workflowId: 'refresh/user-key/12',
  runId: 'run-palimpsest',
  priority: 2,
  patienceMs: 20_000,
  baseNotOlderThan: at,
  openedAt: at,
  begunAt: at,
  wakeAt: null,
  deadline: at,
  closedAt: null,
  closedBecause: null,
  runEndedAt: null,
  readings: [],
  snapshot: null,
  ...changes,
})

const CLOSED = { state: 'succeeded', closedAt: at, snapshot: { snapshotNo: 4, status: 'complete' } } as const

/** A refresh that a test may change, and a client of its stream. */
async function startRefresh(first: Partial<Refresh> = {}) {
  const rows = { refresh: makeRefresh(first) }
  const { ask, changed } = await startStreams({
    progress: async (userId, refreshNo) =>
      userId === PERSON && refreshNo === rows.refresh.refreshNo ? rows.refresh : null,
  })
  const connect = (lastEventId?: string, token = 'good') =>
    ask('/v1/me/refreshes/12/stream', {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    })
  const change = (next: Partial<Refresh>): void => {
    rows.refresh = makeRefresh(next)
    changed(PERSON)
  }
  return { connect, change, changed }
}

async function allOf(answer: Response): Promise<ArrivedEvent[]> {
  const events = []
  for await (const event of readEvents(answer.body!)) events.push(event)
  return events
}

test('tells the whole state at once, again after each change, and that the last was the last', async () => {
  const { connect, change } = await startRefresh()
  const events = readEvents((await connect()).body!)
  const first = (await events.next()).value as ArrivedEvent
  expect(refreshEvent.parse(JSON.parse(first.data))).toMatchObject({ refreshNo: 12, state: 'running' })
  expect(first.data).not.toMatch(/palimpsest|user-key|workflow/)

  change(CLOSED)
  const second = (await events.next()).value as ArrivedEvent
  expect(refreshEvent.parse(JSON.parse(second.data))).toMatchObject({
    state: 'succeeded',
    snapshot: { snapshotNo: 4 },
  })
  expect(second.id).not.toBe(first.id)
  const last = (await events.next()).value as ArrivedEvent
  expect(last.event).toBe('closed')
  expect(closedEvent.parse(JSON.parse(last.data))).toEqual({ refreshNo: 12, state: 'succeeded' })
  expect(await events.next()).toEqual({ done: true, value: undefined })
})

test('says nothing when nothing differs, however often it is told to look', async () => {
  const { connect, change, changed } = await startRefresh()
  const events = readEvents((await connect()).body!)
  expect((await events.next()).value).toMatchObject({ event: 'refresh' })
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    changed(PERSON)
  }
  change(CLOSED)
  expect((await events.next()).value).toMatchObject({ event: 'refresh' })
  expect((await events.next()).value).toMatchObject({ event: 'closed' })
  expect((await events.next()).done).toBe(true)
})

test('a client that comes back is told only what it does not know', async () => {
  const { connect, change } = await startRefresh()
  const first = readEvents((await connect()).body!)
  const known = ((await first.next()).value as ArrivedEvent).id
  await first.return(undefined)

  const again = allOf(await connect(known))
  change({ ...CLOSED })
  const [refresh, closed] = await again
  expect([refresh!.event, closed!.event]).toEqual(['refresh', 'closed'])

  expect((await allOf(await connect(known))).map(({ event }) => event)).toEqual(['refresh', 'closed'])
  expect((await allOf(await connect(refresh!.id))).map(({ event }) => event)).toEqual(['closed'])
})

test('a client that knows the end is told not to come again', async () => {
  const { connect } = await startRefresh(CLOSED)
  const events = await allOf(await connect())
  expect(events.map(({ event }) => event)).toEqual(['refresh', 'closed'])
  expect((await connect(events.at(-1)!.id)).status).toBe(204)
})

test.each(['', 'x', 'x'.repeat(5_000), '0.closed'])(
  'an id that is none of ours is no harm: %s',
  async (id) => {
    const { connect } = await startRefresh(CLOSED)
    expect((await allOf(await connect(id))).map(({ event }) => event)).toEqual(['refresh', 'closed'])
  },
)

test("another person's refresh is not there", async () => {
  const { connect } = await startRefresh()
  const answer = await connect(undefined, 'stranger')
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ type: '/problems/NotFound' })
})
