import type { Ground } from './ground.ts'
import { type Event, readRun, type Run } from './history.ts'
import type { Measured } from './one-refresh.ts'
import { median } from './statistics.ts'
import { type Section, shown } from './tables.ts'

/** Moments of one refresh, in ms since its event was posted. */
type Moments = Record<string, number>

const LAST = 10

/** Where the time of the newest refreshes went, from the rows, the institutions' clock and the engine's history. */
export async function explain(ground: Ground, measured: readonly Measured[]): Promise<Section> {
  const runs: { moments: Moments; run: Run }[] = []
  for (const one of measured.slice(-LAST)) {
    const run = await readRun(ground, one)
    if (run)
      runs.push({
        moments: { ...fromHistory(run, one), ...(await fromRows(ground, one)), ...fromBoth(one) },
        run,
      })
  }
  const names = Object.keys(runs[0]?.moments ?? {})
  const middle = names.map((name) => ({
    name,
    at: median(runs.flatMap(({ moments }) => moments[name] ?? [])) ?? 0,
  }))
  const timeline = middle.toSorted((a, b) => a.at - b.at)
  return {
    title: 'timeline: where a refresh of ten institutions spends its time',
    notes: [
      `medians of the last ${runs.length} refreshes above; rows say when a transaction began, the engine when it heard.`,
      ...notesOn(runs.map(({ run }) => run)),
    ],
    columns: ['moment', 'ms since post', 'step'],
    rows: timeline.map(({ name, at }, place) => [
      name,
      shown(at),
      shown(place === 0 ? at : at - timeline[place - 1]!.at),
    ]),
    figures: [],
    raw: runs.map(({ moments, run }) => ({ moments, ...run, events: run.events.length })),
  }
}

function notesOn(runs: readonly Run[]): string[] {
  const middle = (pick: (run: Run) => number) => shown(median(runs.map(pick)))
  const activities = runs.flatMap((run) => run.activities)
  const types = [...new Set(activities.map(({ type }) => type))]
  return [
    `history: ${middle((run) => run.events.length)} events, ${middle((run) => run.bytes / 1024)} KB, ` +
      `${middle((run) => run.workflowTasks)} workflow tasks, ${middle((run) => run.localActivities)} local activities, ` +
      `${middle((run) => run.activities.length)} activities, ${middle((run) => run.timers)} timers, ${middle((run) => run.upserts)} upserts`,
    ...types.map((type) => {
      const ofType = activities.filter((activity) => activity.type === type)
      const waits = ofType.map(({ waitMs }) => waitMs)
      const eager = ofType.filter(({ isEager }) => isEager).length
      return `${type}: ${eager} of ${ofType.length} eager (started with the task that asked), p50 wait ${shown(median(waits))} ms`
    }),
  ]
}

function fromBoth({ acceptedMs, beforeMs, totalMs, afterMs }: Measured): Moments {
  return {
    '202 received': acceptedMs,
    'first call at an institution': beforeMs,
    'last answer of an institution': totalMs - afterMs,
    'visible to readers': totalMs,
  }
}

async function fromRows(ground: Ground, { userId, refreshNo, postedAt }: Measured): Promise<Moments> {
  const [row] = await ground.owner<Record<string, number>[]>`
    SELECT ${epochMs(ground, 'r.opened_at')} AS "rows: event transaction began",
      ${epochMs(ground, 'r.begun_at')} AS "rows: beginRefresh",
      ${epochMs(ground, 'min(a.started_at)')} AS "rows: first attempt began",
      ${epochMs(ground, 'max(a.started_at)')} AS "rows: last attempt began",
      ${epochMs(ground, 'max(a.ended_at)')} AS "rows: last apply began",
      ${epochMs(ground, 's.cut_at')} AS "rows: cutSnapshot",
      ${epochMs(ground, 's.published_at')} AS "rows: publishSnapshot"
    FROM refreshes r JOIN snapshots s USING (user_id, refresh_no) JOIN attempts a USING (user_id, refresh_no)
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND s.published_at IS NOT NULL
    GROUP BY r.opened_at, r.begun_at, s.cut_at, s.published_at`
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, at]) => [name, at - postedAt]))
}

const epochMs = ({ owner }: Ground, column: string) =>
  owner.unsafe(`(extract(epoch FROM ${column}) * 1000)::float8`)

function fromHistory({ events, activities }: Run, { postedAt }: Measured): Moments {
  const since = (event: Event | undefined) => (event ? { at: event.at - postedAt } : undefined)
  const first = (type: string) => since(events.find((event) => event.type === type))
  const last = (type: string) => since(events.findLast((event) => event.type === type))
  const collects = activities.filter(({ type }) => type === 'collectInstitution')
  const others = activities.filter(({ type }) => type !== 'collectInstitution')
  const moments: Record<string, number | undefined> = {
    'engine: run started': first('WorkflowExecutionStarted')?.at,
    'engine: first workflow task started': first('WorkflowTaskStarted')?.at,
    'engine: collects scheduled': collects[0] && collects[0].scheduledAt - postedAt,
    'engine: last collect completed': Math.max(...collects.map(({ completedAt }) => completedAt)) - postedAt,
    'engine: run completed': last('WorkflowExecutionCompleted')?.at,
  }
  for (const { type, scheduledAt, startedAt, completedAt } of others) {
    moments[`engine: ${type} scheduled`] = scheduledAt - postedAt
    moments[`engine: ${type} started`] = startedAt - postedAt
    moments[`engine: ${type} completed`] = completedAt - postedAt
  }
  return Object.fromEntries(
    Object.entries(moments).filter((entry): entry is [string, number] => entry[1] !== undefined),
  )
}
