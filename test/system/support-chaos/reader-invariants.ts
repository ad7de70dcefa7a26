import type { Violation } from './invariants.ts'

/** One look of one person at one view: what was shown, or that nothing was. */
export type Seen = {
  person: string
  view: 'latest' | 'complete'
  status: 'complete' | 'partial'
  snapshotNo: number
  /** By institution: when what is shown of it was read; null: nothing of it is shown. */
  asOf: Record<string, string | null>
  /** By institution: required, and not as new as was asked, or with gaps. */
  lacks: readonly string[]
}

/** What people saw, in the order in which they did: views never go back, and what says that it is whole is. */
export function readerViolations(seen: readonly Seen[]): Violation[] {
  const last = new Map<string, Seen>()
  const back: object[] = []
  const older: object[] = []
  const untrue: object[] = []
  for (const now of seen) {
    const isUntrue = now.status === 'complete' ? now.lacks.length > 0 : now.view === 'complete'
    if (isUntrue) untrue.push(now)
    const key = `${now.person}|${now.view}`
    const before = last.get(key)
    last.set(key, now)
    if (!before) continue
    if (now.snapshotNo < before.snapshotNo) back.push({ before, now })
    else if (isOlder(before.asOf, now.asOf)) older.push({ before, now })
  }
  const found: Violation[] = [
    { invariant: 'I1', says: 'somebody was shown as complete what is not', rows: untrue },
    { invariant: 'I3', says: 'somebody was shown an earlier snapshot than before', rows: back },
    { invariant: 'I3', says: 'somebody was shown an older part than before', rows: older },
  ]
  return found.filter(({ rows }) => rows.length > 0)
}

/** What vanishes is judged where consents are: here only what is shown counts. */
const isOlder = (before: Seen['asOf'], now: Seen['asOf']): boolean =>
  Object.entries(before).some(([institutionId, asOf]) => {
    const then = now[institutionId]
    return asOf !== null && then !== null && then !== undefined && Date.parse(then) < Date.parse(asOf)
  })
