import type { RefreshStory, StoryAttempt, StoryOrder, StorySnapshot } from '../../../db/operator-story.ts'
import type { RefreshState } from '../../../domain/refresh.ts'
import { type Wait, waitsOf } from './waits.ts'

/** One thing that happened, goes on, or is to come. Instants are ISO 8601 in UTC. */
export type Entry =
  | { kind: 'opened' | 'joined'; at: string; eventId: number; event: string; institutionId: string | null }
  | { kind: 'begun'; at: string; runId: string | null }
  | ({ kind: 'attempt'; at: string; until: string | null } & Pick<
      StoryAttempt,
      'institutionId' | 'round' | 'attempt' | 'outcome' | 'failure' | 'calls' | 'rows'
    >)
  | Wait
  | {
      kind: 'order'
      at: string
      auditNo: number
      action: string
      by: string
      via: string | null
      why: string | null
      /** The one it was about, to find its lane by; null: several, or all. */
      institutionId: string | null
      institutionIds: string[] | null
      outcome: string | null
      because: string | null
    }
  | { kind: 'cut'; at: string; snapshotNo: number; cutNo: number; status: 'building' | 'discarded' }
  | {
      kind: 'published'
      at: string
      snapshotNo: number
      cutNo: number
      status: 'complete' | 'partial'
      lacking: StorySnapshot['lacking']
    }
  | { kind: 'closed'; at: string; state: RefreshState; because: string | null }
  | { kind: 'deadline'; at: string }

/** A refresh's story from its rows, in the order of time; what is to come stands last. */
export function timelineOf(story: RefreshStory): Entry[] {
  return [
    ...eventEntries(story),
    ...runEntries(story),
    ...story.attempts.map(attemptEntry),
    ...waitsOf(story),
    ...story.orders.map(orderEntry),
    ...story.snapshots.flatMap(snapshotEntries),
    ...endEntries(story),
  ].toSorted(inTime)
}

const inTime = (a: Entry, b: Entry): number =>
  Date.parse(a.at) - Date.parse(b.at) || PLACE[a.kind] - PLACE[b.kind]

/** What comes first of what happened in one transaction, or in the same millisecond. */
const PLACE: Record<Entry['kind'], number> = {
  opened: 0,
  joined: 1,
  begun: 2,
  order: 3,
  attempt: 4,
  wait: 5,
  cut: 6,
  published: 7,
  parked: 8,
  closed: 9,
  deadline: 10,
}

const eventEntries = ({ events }: RefreshStory): Entry[] =>
  events.map(({ at, eventId, type, institutionId, outcome }) => ({
    kind: outcome === 'started' ? 'opened' : 'joined',
    at,
    eventId,
    event: type,
    institutionId,
  }))

const runEntries = ({ refresh: { begunAt, runId } }: RefreshStory): Entry[] =>
  begunAt === null ? [] : [{ kind: 'begun', at: begunAt, runId }]

const attemptEntry = ({ startedAt, endedAt, ...attempt }: StoryAttempt): Entry => ({
  kind: 'attempt',
  at: startedAt,
  until: endedAt,
  ...attempt,
})

function orderEntry({ at, auditNo, actor, action, institutionId, reason, details }: StoryOrder): Entry {
  const { via, outcome, because, institutionIds } = details
  return {
    kind: 'order',
    at,
    auditNo,
    action,
    by: actor,
    via: textOrNull(via),
    why: reason,
    institutionId,
    institutionIds: Array.isArray(institutionIds) ? institutionIds.map(String) : null,
    outcome: textOrNull(outcome),
    because: textOrNull(because),
  }
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function snapshotEntries({ status, cutAt, publishedAt, lacking, ...snapshot }: StorySnapshot): Entry[] {
  if (status === 'building' || status === 'discarded')
    return [{ kind: 'cut', at: cutAt, status, ...snapshot }]
  return [{ kind: 'published', at: publishedAt ?? cutAt, status, lacking, ...snapshot }]
}

function endEntries({ refresh: { state, closedAt, closedBecause, deadline } }: RefreshStory): Entry[] {
  if (closedAt !== null) return [{ kind: 'closed', at: closedAt, state, because: closedBecause }]
  return [{ kind: 'deadline', at: deadline }]
}
