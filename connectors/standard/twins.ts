import type { KstDate } from '../../domain/time.ts'
import type { Visit } from '../connector.ts'
import { unexpectedAnswer } from '../evidence.ts'
import { type Pages, whereIs } from './paging.ts'
import type { Window } from './windows.ts'

/** Which rows of an API may have twins that are equal to the letter, and where such a row is found again. */
export type Twins<Sent> = {
  /** Whether its number says that a row which came twice is one. */
  isOne: (sent: Sent) => boolean
  dayOf: (sent: Sent) => KstDate
}

// Each costs a call. Something that was booked while pages were read shows in one day; overlapping pages of a heavy account
// in a dozen.
const MOST_DAYS = 12

/**
 * The rows as they are, where equal ones stood on two pages: pages that overlap and genuine twins look alike, so their days
 * are read once more, each by itself. What is still in doubt then (a day on several pages) fails this API: money is
 * neither counted twice nor left out. So does a list in which every row has a twin. A scheduled call may not be made again, and is believed row by row.
 */
export async function countTwins<Sent>(
  visit: Visit,
  api: string,
  { rows, doubtful }: Extract<Pages<Sent>, { outcome: 'data' }>,
  ask: (window: Window) => Promise<Pages<Sent>>,
  { isOne, dayOf }: Twins<Sent>,
): Promise<readonly Sent[]> {
  if (!rows.every(isOne) && isDoubled(rows)) throw doubled(visit, api)
  const inDoubt = new Set(doubtful.filter((row) => !isOne(row)).map(contentOf))
  if (inDoubt.size === 0 || visit.apiType === 'scheduled') return rows
  const days = [...new Set(doubtful.filter((row) => !isOne(row)).map(dayOf))]
  if (days.length > MOST_DAYS) throw undecided(visit, api)
  const certain: Sent[] = []
  for (const day of days) {
    const again = await ask({ from: day, to: day })
    if (again.outcome !== 'data' || again.doubtful.some((row) => inDoubt.has(contentOf(row))))
      throw undecided(visit, api)
    certain.push(...again.rows.filter((row) => inDoubt.has(contentOf(row))))
  }
  // One that is gone since belongs to a list that changed while it was read.
  if (new Set(certain.map(contentOf)).size < inDoubt.size) throw undecided(visit, api)
  return [...rows.filter((row) => !inDoubt.has(contentOf(row))), ...certain]
}

// Of some pairs of fees in a year nobody would say that everything has its twin; of five and nothing else one may.
const FEWEST_PAIRS = 5

/** Whether there is no row without a twin: somebody sends each of them twice, and nothing in them says so. */
function isDoubled(rows: readonly unknown[]): boolean {
  const times = new Map<string, number>()
  for (const row of rows) times.set(contentOf(row), (times.get(contentOf(row)) ?? 0) + 1)
  return times.size >= FEWEST_PAIRS && [...times.values()].every((count) => count % 2 === 0)
}

const contentOf = (row: unknown): string => JSON.stringify(row)

const undecided = (visit: Visit, api: string) =>
  unexpectedAnswer(`${whereIs(visit, api)}: expected rows that can be told from those of another page`, null)

const doubled = (visit: Visit, api: string) =>
  unexpectedAnswer(`${whereIs(visit, api)}: expected rows, not each of them twice`, null)
