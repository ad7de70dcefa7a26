import type { RefreshStory, StoryAttempt, StoryPlanRow, StorySnapshot } from '../../../db/operator-story.ts'
import { isOpen, type RefreshState } from '../../../domain/refresh.ts'

/** One thing that happened, goes on, or is to come. Instants are ISO 8601 in UTC. */
export type Entry =
  | { kind: 'opened' | 'joined'; at: string; eventId: number; event: string; institutionId: string | null }
  | { kind: 'begun'; at: string; runId: string | null }
  | ({ kind: 'attempt'; at: string; until: string | null } & Pick<
      StoryAttempt,
      'institutionId' | 'round' | 'attempt' | 'outcome' | 'failure' | 'calls' | 'rows'
    >)
  /** Until: when it ended, or will at the earliest; null: when somebody acts. */
  | { kind: 'wait'; at: string; until: string | null; institutionId: string | null; because: string }
  | ({ kind: 'order'; at: string; auditNo: number; action: string; by: string; why: string | null } & Ordered)
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

type Ordered = { institutionId: string | null; outcome: string | null }

/** Why nothing happens yet, where no failure is the reason. */
export const NOT_YET = {
  no_run: 'no run has begun it yet',
  not_seen: 'its run has not read this row yet',
  not_begun: 'no worker has begun it yet',
} as const satisfies Record<string, string>

/** A refresh's story from its rows, in the order of time; what is to come stands last. */
export function timelineOf(story: RefreshStory): Entry[] {
  return [
    ...eventEntries(story),
    ...runEntries(story),
    ...story.attempts.map(attemptEntry),
    ...waitEntries(story),
    ...orderEntries(story),
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
  closed: 8,
  deadline: 9,
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

function waitEntries(story: RefreshStory): Entry[] {
  const { refresh, plan, attempts } = story
  const past = plan.flatMap(({ institutionId }) =>
    waitsBetween(attempts.filter((attempt) => attempt.institutionId === institutionId)),
  )
  if (!isOpen(refresh.state)) return past
  if (refresh.begunAt === null) {
    return [{ kind: 'wait', at: refresh.openedAt, until: null, institutionId: null, because: 'no_run' }]
  }
  return [...past, ...plan.flatMap(presentWait)]
}

/** Between two rounds somebody waited; between two tries of one round the engine did, for seconds. */
function waitsBetween(attempts: readonly StoryAttempt[]): Entry[] {
  const inOrder = attempts.toSorted((a, b) => a.round - b.round || a.attempt - b.attempt)
  return inOrder.flatMap((attempt, at): Entry[] => {
    const before = inOrder[at - 1]
    if (!before?.endedAt || !before.failure || before.round === attempt.round) return []
    const { institutionId, startedAt } = attempt
    return [{ kind: 'wait', at: before.endedAt, until: startedAt, institutionId, because: before.failure }]
  })
}

/** What a row of an open refresh waits for now. */
function presentWait({
  institutionId,
  state,
  failure,
  nextTryAt,
  isUnseen,
  changedAt,
}: StoryPlanRow): Entry[] {
  const wait = { kind: 'wait' as const, at: changedAt, institutionId }
  if (state === 'failed') return [{ ...wait, until: nextTryAt, because: failure ?? 'Unexpected' }]
  if (state !== 'pending') return []
  return [{ ...wait, until: nextTryAt, because: isUnseen ? 'not_seen' : 'not_begun' }]
}

const orderEntries = ({ orders }: RefreshStory): Entry[] =>
  orders.map(({ at, auditNo, actor, action, institutionId, reason, details }) => ({
    kind: 'order',
    at,
    auditNo,
    action,
    by: actor,
    why: reason,
    institutionId,
    outcome: typeof details['outcome'] === 'string' ? details['outcome'] : null,
  }))

function snapshotEntries({ status, cutAt, publishedAt, lacking, ...snapshot }: StorySnapshot): Entry[] {
  if (status === 'building' || status === 'discarded')
    return [{ kind: 'cut', at: cutAt, status, ...snapshot }]
  return [{ kind: 'published', at: publishedAt ?? cutAt, status, lacking, ...snapshot }]
}

function endEntries({ refresh: { state, closedAt, closedBecause, deadline } }: RefreshStory): Entry[] {
  if (closedAt !== null) return [{ kind: 'closed', at: closedAt, state, because: closedBecause }]
  return [{ kind: 'deadline', at: deadline }]
}
