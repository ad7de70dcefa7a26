import { refreshWorkflowId } from '../workflows/contract.ts'
import type { Ground } from './ground.ts'
import type { Measured } from './one-refresh.ts'

/** An event of a history: its kind, and when (epoch, ms). */
export type Event = { type: string; at: number; id: number }

export type Activity = {
  type: string
  scheduledAt: number
  startedAt: number
  completedAt: number
  waitMs: number
  /** The engine started it while it took in the task that asked for it: no queue in between. */
  isEager: boolean
}

export type Run = {
  events: Event[]
  bytes: number
  activities: Activity[]
  workflowTasks: number
  localActivities: number
  timers: number
  upserts: number
}

// An eager activity is started by the very call that schedules it; through the queue it takes several milliseconds.
const EAGER_MS = 1

/** The run of one refresh as the engine wrote it down; null if it did not end in time. */
export async function readRun({ client }: Ground, { userKey, refreshNo }: Measured): Promise<Run | null> {
  const handle = client.workflow.getHandle(refreshWorkflowId({ userKey, refreshNo }))
  const [{ events: raw }, description] = await Promise.all([handle.fetchHistory(), handle.describe()])
  const found = (raw ?? []).map((event) => ({ event, attributes: attributesOf(event) }))
  const events = found.map(({ event, attributes }) => ({
    type: attributes?.type ?? 'unknown',
    at: epochMs(event.eventTime),
    id: Number(event.eventId),
  }))
  if (!events.some(({ type }) => type === 'WorkflowExecutionCompleted')) return null
  const count = (type: string) => events.filter((event) => event.type === type).length
  return {
    events,
    bytes: Number(description.raw.workflowExecutionInfo?.historySizeBytes ?? 0),
    activities: activitiesOf(
      found.map(({ attributes }, at) => ({ ...events[at]!, values: attributes?.values ?? {} })),
    ),
    workflowTasks: count('WorkflowTaskCompleted'),
    localActivities: count('MarkerRecorded'),
    timers: count('TimerStarted'),
    upserts: count('UpsertWorkflowSearchAttributes'),
  }
}

type Values = Record<string, unknown>

/** Every event carries one field that is named after its kind. */
function attributesOf(event: object): { type: string; values: Values } | null {
  const found = Object.entries(event).find(
    ([name, value]) => name.endsWith('EventAttributes') && value !== null && value !== undefined,
  )
  if (!found) return null
  const name = found[0].replace('EventAttributes', '')
  return { type: name[0]!.toUpperCase() + name.slice(1), values: found[1] as Values }
}

function activitiesOf(events: readonly (Event & { values: Values })[]): Activity[] {
  const follows = (type: string, scheduled: Event) =>
    events.find((event) => event.type === type && Number(event.values['scheduledEventId']) === scheduled.id)
  return events
    .filter(({ type }) => type === 'ActivityTaskScheduled')
    .flatMap((scheduled) => {
      const started = follows('ActivityTaskStarted', scheduled)
      const completed = follows('ActivityTaskCompleted', scheduled)
      if (!started || !completed) return []
      const waitMs = started.at - scheduled.at
      const type = String((scheduled.values['activityType'] as { name?: string } | undefined)?.name)
      return [
        {
          type,
          scheduledAt: scheduled.at,
          startedAt: started.at,
          completedAt: completed.at,
          waitMs,
          isEager: waitMs < EAGER_MS,
        },
      ]
    })
}

type Timestamp = { seconds?: { toString: () => string } | null; nanos?: number | null }

const epochMs = (time: Timestamp | null | undefined): number =>
  Number(time?.seconds?.toString() ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6
