import type { RefreshStory, StoryAttempt, StoryPlanRow } from '../../../db/operator-story.ts'

/** An instant of the test's morning: 09:00 in Korea and some seconds. */
export const at = (seconds: number): string =>
  new Date(Date.parse('2026-11-22T00:00:00.000Z') + seconds * 1_000).toISOString()

export const makePlanRow = (changes: Partial<StoryPlanRow> = {}): StoryPlanRow => ({
  institutionId: 'BANK000001',
  name: '모아은행',
  state: 'collected',
  failure: null,
  nextTryAt: null,
  notBefore: null,
  held: null,
  round: 1,
  isUnseen: false,
  reason: 'assets.home_viewed',
  apiType: 'user-refresh',
  notOlderThan: at(-1_800),
  changedAt: at(2),
  ...changes,
})

export const makeAttempt = (changes: Partial<StoryAttempt> = {}): StoryAttempt => ({
  institutionId: 'BANK000001',
  round: 1,
  attempt: 1,
  startedAt: at(1),
  endedAt: at(2),
  outcome: 'changed',
  failure: null,
  calls: 6,
  rows: 12,
  ...changes,
})

/** An open refresh of the morning, begun at once, with nothing in it unless told. */
export const makeStory = ({
  refresh = {},
  ...rows
}: Partial<Omit<RefreshStory, 'refresh'>> & {
  refresh?: Partial<RefreshStory['refresh']>
} = {}): RefreshStory => ({
  now: at(60),
  refresh: {
    userKey: 'user-key',
    refreshNo: 12,
    state: 'running',
    reason: 'assets.home_viewed',
    workflowId: 'refresh/user-key/12',
    runId: 'run-1',
    priority: 2,
    patienceMs: 20_000,
    openedAt: at(0),
    begunAt: at(0.2),
    wakeAt: null,
    deadline: at(86_400),
    closedAt: null,
    closedBecause: null,
    runEndedAt: null,
    ...refresh,
  },
  plan: [],
  attempts: [],
  events: [{ eventId: 5, type: 'assets.home_viewed', institutionId: null, outcome: 'started', at: at(0) }],
  snapshots: [],
  orders: [],
  ...rows,
})
