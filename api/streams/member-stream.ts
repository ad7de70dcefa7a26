import { z } from 'zod'

import type { Heads, PublishedHead, RefreshHead } from '../../db/stream-heads.ts'
import { snapshotHead } from '../answers/head.ts'
import { refreshAnswer } from '../answers/refreshes.ts'
import { reasonsOf } from '../reasons.ts'
import { defineRoute } from '../route.ts'
import { type SentEvent, STREAM_PROBLEMS, streamExample } from './event-stream.ts'
import { endingEvent, type Source } from './live.ts'
import type { Live } from './prepare.ts'

export type MemberStreamDeps = { live: Pick<Live, 'serve' | 'heads'> }

const count = z.int().min(0)
const snapshotNo = z.int().positive()

/** `event: snapshot`: something was published; its id is the number. */
export const snapshotEvent = snapshotHead
  .pick({ snapshotNo: true, status: true, publishedAt: true, refreshNo: true })
  .extend({
    /** What each view shows now; null while there is nothing of that kind. */
    views: z.strictObject({ latest: snapshotNo.nullable(), complete: snapshotNo.nullable() }),
    /** How many institutions stand how in it. */
    coverage: z.strictObject({ fresh: count, carriedOver: count, absent: count }),
  })
  .meta({ id: 'SnapshotPublished', description: 'Something was published.' })

/** `event: refresh`: how the newest refresh stands, in counts. An earlier one is closed. */
export const refreshHeadEvent = refreshAnswer
  .pick({ refreshNo: true, state: true, openedAt: true, closedAt: true, closedBecause: true })
  .extend({
    /** Unsettled: waiting to be read, or being read. The total has those that were withdrawn or left out as well. */
    institutions: z.strictObject({ total: count, unsettled: count, collected: count, failed: count }),
  })
  .meta({ id: 'RefreshHead', description: 'How the newest refresh stands, in counts.' })

/** `event: nothing`: nothing has been published yet; its id is 0, so that what comes first is missed by nobody. */
export const nothingEvent = z.strictObject({})

/** `event: skipped`: more was published while the client was away than is told; what follows begins with this one. */
export const skippedEvent = z.strictObject({ after: count, next: snapshotNo })

const snapshotExample = {
  snapshotNo: 41,
  status: 'complete',
  publishedAt: '2026-11-22T00:31:07.412Z',
  refreshNo: 38,
  views: { latest: 41, complete: 41 },
  coverage: { fresh: 1, carriedOver: 1, absent: 0 },
} satisfies z.infer<typeof snapshotEvent>

// A client that was away for longer looks at the snapshot itself: 50 heads are 15 KB.
const MOST_TOLD = 50
const SNAPSHOT_NO = /^(0|[1-9]\d{0,8})$/

/** Every snapshot as it is published, and how the newest refresh stands. */
export const streamMember = defineRoute(
  {
    id: 'streamMember',
    method: 'get',
    path: '/v1/me/stream',
    section: 'Snapshots',
    summary: 'Every snapshot as it is published, live',
    description:
      'Server-sent events without end. `snapshot` tells each publication (its id is the number: with Last-Event-ID whatever came after it is told first, in order), `refresh` how the newest refresh stands, `nothing` that nothing was published yet, `skipped` that more was published than is told. See docs/streams.md.',
    access: 'member',
    answers: {
      200: {
        says: 'The stream.',
        schema: z.string(),
        type: 'text/event-stream',
        events: {
          snapshot: snapshotEvent,
          refresh: refreshHeadEvent,
          nothing: nothingEvent,
          skipped: skippedEvent,
          ending: endingEvent,
        },
        example: streamExample([{ event: 'snapshot', id: '41', data: snapshotExample }]),
      },
    },
    problems: STREAM_PROBLEMS,
  },
  ({ live }: MemberStreamDeps) =>
    async ({ userId, request, response }) => {
      const told = request.get('last-event-id') ?? ''
      const source = memberSource(
        (after, most) => live.heads(userId(), after, most),
        SNAPSHOT_NO.test(told) ? Number(told) : null,
      )
      await live.serve(request, response, source)
      return 'written'
    },
)

type ReadHeads = (after: number, most: number) => Promise<Heads>

/** Goes on after a snapshot that the client names; without one, or with one that is not there, from the newest. */
function memberSource(readHeads: ReadHeads, lastEventNo: number | null): Source<Heads> {
  let after = lastEventNo
  let shownRefresh = ''
  return {
    read: async () => {
      if (after !== null) {
        const found = await readHeads(after, MOST_TOLD + 1)
        if (after <= (found.views.latest ?? 0)) return found
      }
      after = null // a number of another system, or of one that began anew
      return readHeads(0, 1)
    },
    news: ({ published, views, refresh }) => {
      const events: SentEvent[] = []
      const told = published.slice(0, MOST_TOLD).toReversed()
      if (published.length > told.length && after !== null) {
        events.push({ event: 'skipped', data: { after, next: told[0]!.snapshotNo } })
      }
      if (after === null && told.length === 0) events.push({ event: 'nothing', id: '0', data: {} })
      for (const head of told) {
        events.push({ event: 'snapshot', id: String(head.snapshotNo), data: snapshotOf(head, views) })
      }
      // From nothing on, every one is told: only whoever has just come is content with the newest.
      after = published[0]?.snapshotNo ?? after ?? 0
      const data = refresh && refreshOf(refresh)
      const now = JSON.stringify(data)
      if (data && now !== shownRefresh) events.push({ event: 'refresh', data })
      shownRefresh = now
      return { events, isOver: false }
    },
  }
}

const snapshotOf = (head: PublishedHead, views: Heads['views']): z.infer<typeof snapshotEvent> => ({
  snapshotNo: head.snapshotNo,
  status: head.status,
  publishedAt: head.publishedAt.toISOString(),
  refreshNo: head.refreshNo,
  views,
  coverage: { fresh: head.fresh, carriedOver: head.carriedOver, absent: head.absent },
})

const refreshOf = (head: RefreshHead): z.infer<typeof refreshHeadEvent> => ({
  refreshNo: head.refreshNo,
  state: head.state,
  openedAt: head.openedAt.toISOString(),
  closedAt: head.closedAt?.toISOString() ?? null,
  closedBecause: reasonsOf(head.closedBecause),
  institutions: head.institutions,
})
