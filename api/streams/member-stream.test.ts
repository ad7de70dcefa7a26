import { expect, test } from 'vitest'

import type { Heads, PublishedHead, RefreshHead } from '../../db/stream-heads.ts'
import { type ArrivedEvent, readEvents } from '../../standalone/story/sent-events.ts'
import { PERSON } from '../make-api.ts'
import { startStreams } from './make-streams.ts'
import { refreshHeadEvent, skippedEvent, snapshotEvent } from './member-stream.ts'

const at = new Date('2026-11-22T08:30:00.123Z')

const makeHead = (snapshotNo: number, status: PublishedHead['status'] = 'complete'): PublishedHead => ({
  snapshotNo,
  status,
  publishedAt: at,
  refreshNo: 9,
  fresh: 2,
  carriedOver: status === 'partial' ? 1 : 0,
  absent: 0,
})

const makeRefresh = (changes: Partial<RefreshHead> = {}): RefreshHead => ({
  refreshNo: 9,
  state: 'running',
  openedAt: at,
  closedAt: null,
  closedBecause: null,
  institutions: { total: 3, unsettled: 2, collected: 1, failed: 0 },
  ...changes,
})

/** What was published and the newest refresh, which a test may change, and a client of the stream. */
async function startMember(published: PublishedHead[], refresh: RefreshHead | null = null) {
  const rows = { published, refresh }
  const { ask, changed } = await startStreams({
    heads: async (_userId, after, most): Promise<Heads> => {
      const newest = rows.published.toSorted((a, b) => b.snapshotNo - a.snapshotNo)
      return {
        published: newest.filter(({ snapshotNo }) => snapshotNo > after).slice(0, most),
        refresh: rows.refresh,
        views: {
          latest: newest[0]?.snapshotNo ?? null,
          complete: newest.find(({ status }) => status === 'complete')?.snapshotNo ?? null,
        },
      }
    },
  })
  return {
    connect: async (lastEventId?: string) => {
      const headers: Record<string, string> =
        lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
      const answer = await ask('/v1/me/stream', { headers })
      return readEvents(answer.body!)
    },
    change: (next: Partial<typeof rows>) => {
      Object.assign(rows, next)
      changed(PERSON)
    },
  }
}

async function arrived(events: AsyncGenerator<ArrivedEvent>, count: number) {
  const first: ArrivedEvent[] = []
  while (first.length < count) first.push((await events.next()).value as ArrivedEvent)
  return first
}

const numbers = (events: ArrivedEvent[]) => events.map(({ event, id }) => `${event} ${id}`)

test('tells the current snapshot first, then each as it is published', async () => {
  const { connect, change } = await startMember([makeHead(2), makeHead(3)])
  const events = await connect()
  const [current] = await arrived(events, 1)
  expect(snapshotEvent.parse(JSON.parse(current!.data))).toMatchObject({
    snapshotNo: 3,
    status: 'complete',
    views: { latest: 3, complete: 3 },
    coverage: { fresh: 2, carriedOver: 0, absent: 0 },
  })
  change({ published: [makeHead(3), makeHead(4, 'partial')] })
  const [published] = await arrived(events, 1)
  expect(published!.id).toBe('4')
  expect(JSON.parse(published!.data)).toMatchObject({
    status: 'partial',
    views: { latest: 4, complete: 3 },
    coverage: { carriedOver: 1 },
  })
})

test('a client that comes back is told every snapshot it does not know, in order', async () => {
  const { connect, change } = await startMember([2, 3, 5, 6].map((no) => makeHead(no)))
  const events = await connect('3')
  expect(numbers(await arrived(events, 2))).toEqual(['snapshot 5', 'snapshot 6'])
  change({ published: [makeHead(6), makeHead(7)] })
  expect(numbers(await arrived(events, 1))).toEqual(['snapshot 7'])
})

test('whoever came when there was nothing is told every snapshot from the first on', async () => {
  const { connect, change } = await startMember([], makeRefresh())
  const events = await connect()
  expect(numbers(await arrived(events, 2))).toEqual(['nothing 0', 'refresh 0'])
  const away = await connect('0')
  await arrived(away, 1)
  change({ published: [makeHead(1, 'partial'), makeHead(2)] })
  expect(numbers(await arrived(events, 2))).toEqual(['snapshot 1', 'snapshot 2'])
  expect(numbers(await arrived(away, 2))).toEqual(['snapshot 1', 'snapshot 2'])
  expect(numbers(await arrived(await connect('0'), 2))).toEqual(['snapshot 1', 'snapshot 2'])
})

test('after a long time away the newest fifty are told, and that there were more', async () => {
  const { connect } = await startMember(Array.from({ length: 80 }, (_, index) => makeHead(index + 1)))
  const [skipped, ...told] = await arrived(await connect('10'), 51)
  expect(skipped!.event).toBe('skipped')
  expect(skippedEvent.parse(JSON.parse(skipped!.data))).toEqual({ after: 10, next: 31 })
  expect(numbers(told)).toEqual(Array.from({ length: 50 }, (_, index) => `snapshot ${index + 31}`))
})

test('fifty while away are told without a gap', async () => {
  const { connect } = await startMember(Array.from({ length: 60 }, (_, index) => makeHead(index + 1)))
  expect(numbers(await arrived(await connect('10'), 50))[0]).toBe('snapshot 11')
})

test.each(['4', '999999999', '99999999999', '-1', '01', 'x', ''])(
  'an id that is none of ours (%s) begins with the current snapshot',
  async (id) => {
    const { connect } = await startMember([makeHead(2), makeHead(3)])
    expect(numbers(await arrived(await connect(id), 1))).toEqual(['snapshot 3'])
  },
)

test('tells how the newest refresh stands, when that changes, and keeps the number of the snapshot', async () => {
  const { connect, change } = await startMember([makeHead(3)], makeRefresh())
  const events = await connect()
  const [snapshot, running] = await arrived(events, 2)
  expect(numbers([snapshot!, running!])).toEqual(['snapshot 3', 'refresh 3'])
  expect(refreshHeadEvent.parse(JSON.parse(running!.data))).toMatchObject({
    refreshNo: 9,
    state: 'running',
    institutions: { total: 3, unsettled: 2, collected: 1, failed: 0 },
  })
  change({ published: [makeHead(3), makeHead(4, 'partial')] })
  expect(numbers(await arrived(events, 1))).toEqual(['snapshot 4'])
  change({
    refresh: makeRefresh({ state: 'incomplete', closedAt: at, closedBecause: 'InstitutionUnavailable' }),
  })
  const [ended] = await arrived(events, 1)
  expect(numbers([ended!])).toEqual(['refresh 4'])
  expect(refreshHeadEvent.parse(JSON.parse(ended!.data))).toMatchObject({
    state: 'incomplete',
    closedBecause: [{ name: 'InstitutionUnavailable' }],
  })
})
