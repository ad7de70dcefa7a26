import type { RefreshStory, StoryAttempt, StoryPlanRow } from '../../../db/operator-story.ts'
import { isOpen } from '../../../domain/refresh.ts'

/** Nothing happens for a while: for an institution (`wait`), or for the refresh as a whole (`parked`). */
export type Wait = {
  kind: 'wait' | 'parked'
  at: string
  /** When it ended, or will by itself; null: when somebody acts. */
  until: string | null
  institutionId: string | null
  /** A failure's name, or one of those below. */
  because: string
  /** What operators have said that holds it back: how long a pause lasts, what a maintenance is for. */
  held?: string
}

const OUR_WORDS: readonly (string | null)[] = ['InstitutionPaused', 'InstitutionInMaintenance']

/** Why nothing happens, where no failure is the reason. */
export const NOT_YET = {
  no_run: 'no run has begun it yet',
  not_seen: 'its run has not read this row yet',
  not_begun: 'no worker has begun it, or its institution is read by as many as it bears',
  stated: 'the institution named a time before which it is not asked',
  gaps: 'some assets could not be read',
  parked: 'its run sleeps and holds no worker',
} as const satisfies Record<string, string>

/** Every wait of a refresh: those that are over lie between two rounds, those that go on stand in the plan. */
export function waitsOf(story: RefreshStory): Wait[] {
  const { refresh, plan, attempts } = story
  const past = plan.flatMap(({ institutionId }) =>
    waitsBetween(attempts.filter((attempt) => attempt.institutionId === institutionId)),
  )
  if (!isOpen(refresh.state)) return past
  if (refresh.begunAt === null) {
    return [{ kind: 'wait', at: refresh.openedAt, until: null, institutionId: null, because: 'no_run' }]
  }
  return [...past, ...plan.flatMap((row) => presentWait(row, story.now)), ...parked(story)]
}

/** Between two rounds somebody waited; between two tries of one round the engine did, for seconds. */
function waitsBetween(attempts: readonly StoryAttempt[]): Wait[] {
  const inOrder = attempts.toSorted((a, b) => a.round - b.round || a.attempt - b.attempt)
  return inOrder.flatMap((attempt, at): Wait[] => {
    const before = inOrder[at - 1]
    if (!before?.endedAt || before.round === attempt.round) return []
    // Whoever reads again what was read without a failure did not wait: a button was pressed, or a page asked for more.
    if (!before.failure) return []
    const { institutionId, startedAt } = attempt
    return [{ kind: 'wait', at: before.endedAt, until: startedAt, institutionId, because: before.failure }]
  })
}

/** What a row of an open refresh waits for now. */
function presentWait(row: StoryPlanRow, now: string): Wait[] {
  const { institutionId, state, failure, nextTryAt, notBefore, isUnseen, changedAt, held } = row
  const isHeld = held !== null && (state === 'pending' || OUR_WORDS.includes(failure))
  const wait = { kind: 'wait' as const, at: changedAt, institutionId, ...(isHeld ? { held } : {}) }
  if (state === 'failed') return [{ ...wait, until: nextTryAt, because: failure ?? 'Unexpected' }]
  if (state === 'collected' && nextTryAt !== null) return [{ ...wait, until: nextTryAt, because: 'gaps' }]
  if (state !== 'pending') return []
  if (notBefore !== null && notBefore > now) return [{ ...wait, until: notBefore, because: 'stated' }]
  return [{ ...wait, until: null, because: isUnseen ? 'not_seen' : 'not_begun' }]
}

/** A refresh is parked right after the last thing that came of it. */
function parked({ refresh: { state, wakeAt, openedAt }, attempts, snapshots }: RefreshStory): Wait[] {
  if (state !== 'parked') return []
  const ends = attempts.flatMap(({ endedAt }) => endedAt ?? [])
  const shown = snapshots.flatMap(({ publishedAt }) => publishedAt ?? [])
  const at = [openedAt, ...ends, ...shown].reduce((latest, instant) => (instant > latest ? instant : latest))
  return [{ kind: 'parked', at, until: wakeAt, institutionId: null, because: 'parked' }]
}
