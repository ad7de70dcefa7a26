import type { RefreshStory, StoryPlanRow } from '../../../db/operator-story.ts'
import { kstDate, kstDateTime } from '../../../domain/time.ts'
import { between, lasting } from './durations.ts'
import { timelineOf } from './timeline.ts'
import { blameOf, kstClock, wordsOf } from './words.ts'

/** The whole story as lines for a terminal, in Korean time. */
export function storyText(story: RefreshStory, trace: string | null): string {
  return [
    ...headLines(story, trace),
    '',
    'institutions',
    ...columns(story.plan.map((row) => planCells(row, story.now))),
    '',
    `timeline, Korean time`,
    ...timelineLines(story),
    '',
  ].join('\n')
}

function headLines({ refresh, now }: RefreshStory, trace: string | null): string[] {
  const { userKey, refreshNo, state, closedAt, closedBecause, openedAt, deadline } = refresh
  const lasted = lasting(between(openedAt, closedAt ?? now))
  return [
    `refresh ${refreshNo} of ${userKey}: ${state}${closedBecause ? ` (${closedBecause})` : ''}`,
    `  ${closedAt === null ? `open for ${lasted}, until ${kstDateTime(new Date(deadline))} at the latest` : `lasted ${lasted}`}`,
    `  trace: ${trace ?? `${refresh.workflowId} (TEMPORAL_UI_URL is not set)`}`,
  ]
}

function planCells(row: StoryPlanRow, now: string): string[] {
  const { institutionId, name, state, round, failure, nextTryAt } = row
  const next =
    nextTryAt === null ? '' : `next try ${kstClock(nextTryAt)}, in ${lasting(between(now, nextTryAt))}`
  const why = failure === null ? '' : [failure, blameOf(failure)].filter((part) => part !== '').join(': ')
  return [institutionId, name, state, `round ${round}`, [why, next].filter((part) => part !== '').join('; ')]
}

/** A line an entry, with the day where it changes. */
function timelineLines(story: RefreshStory): string[] {
  let day = ''
  return timelineOf(story).flatMap((entry) => {
    const line = `  ${kstClock(entry.at)}  ${wordsOf(entry, story.now)}`
    const on = kstDate(new Date(entry.at))
    if (on === day) return [line]
    day = on
    return [`  ${day}`, line]
  })
}

/** A Hangul syllable takes the place of two letters on a terminal. */
const widthOf = (text: string): number => text.length + (text.match(/[\u1100-\uffdc]/g)?.length ?? 0)

function columns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => widthOf(row[at]!))))
  return rows.map((row) =>
    `  ${row.map((cell, at) => cell + ' '.repeat(widths[at]! - widthOf(cell))).join('  ')}`.trimEnd(),
  )
}
