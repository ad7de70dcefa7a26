import { DEADLINE_MS } from '../../domain/event-map.ts'
import { FAILURES, type FailureName } from '../../domain/failures.ts'
import { countsAsWait, waitAfter } from '../../domain/waiting.ts'
import type { Random } from '../system/support/random.ts'
import type { Clock } from './clock.ts'
import { isParked, isTheUsers, isTriedAgain, type PlanRow, type Refresh } from './plan-row.ts'
import type { AskedRecord, Record, RefreshRecord } from './record.ts'
import { HOUR, MINUTE, type Scenario } from './scenario.ts'

const WAITS_MS = [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR]

/** Who waits for what: at most one open refresh a user, which ends or knows until when each of its rows waits, and why. */
export function createRefreshes(
  { users, institutions }: Scenario,
  clock: Clock,
  random: Random,
  record: Record,
) {
  const open = new Map<number, Refresh>()
  /** By institution: those whose quick tries were used up, some of whom are past that. */
  const settled = new Map<string, Set<PlanRow>>(institutions.map(({ id }) => [id, new Set()]))
  const readAt = users.map(() => new Map<string, number>())
  /** Refused tokens: nobody reads there before the user has consented again. */
  const refused = users.map(() => new Set<string>())
  let begin: (row: PlanRow) => void = () => {}

  function ask(userId: number, priority: number, freshMs: number): void {
    const lacking = users[userId]!.filter(
      (id) => !refused[userId]!.has(id) && (readAt[userId]!.get(id) ?? -Infinity) < clock.now() - freshMs,
    )
    if (lacking.length === 0) return
    const refresh = open.get(userId) ?? opened(userId, priority)
    for (const institutionId of lacking) {
      const row = refresh.rows.get(institutionId)
      if (!row) begin(added(refresh, institutionId))
      else if (row.state === 'collected' || row.state === 'failed') {
        row.asked = noted(userId, institutionId)
        again(row)
      } else if (row.notBefore <= clock.now() && isTriedAgain(row, priority === 1, clock.now() - freshMs)) {
        again(row)
      }
    }
  }

  function opened(userId: number, priority: number): Refresh {
    const now = clock.now()
    const of: RefreshRecord = { userId, openedAt: now, endedAt: null, outcome: null }
    const refresh = {
      userId,
      priority,
      deadline: now + DEADLINE_MS,
      rows: new Map<string, PlanRow>(),
      record: of,
    }
    open.set(userId, refresh)
    record.refreshes.push(of)
    clock.at(refresh.deadline, () => end(refresh))
    return refresh
  }

  function noted(userId: number, institutionId: string): AskedRecord {
    const asked: AskedRecord = { institutionId, userId, at: clock.now(), settledAt: null }
    record.asked.push(asked)
    return asked
  }

  function added(refresh: Refresh, institutionId: string): PlanRow {
    const blank = {
      reason: null,
      until: null,
      failure: null,
      notBefore: 0,
      isDue: false,
      waits: 0,
      tries: 0,
      version: 0,
    }
    const asked = noted(refresh.userId, institutionId)
    const row: PlanRow = { refresh, institutionId, state: 'asks', since: clock.now(), asked, ...blank }
    refresh.rows.set(institutionId, row)
    return row
  }

  /** A new round. */
  function again(row: PlanRow): void {
    Object.assign(row, { state: 'asks', failure: null, isDue: false, tries: 0, version: row.version + 1 })
    begin(row)
  }

  function waitFor(row: PlanRow, reason: string, until: number, then: () => void): void {
    const version = row.version + 1
    Object.assign(row, { state: 'waits', reason, until, version })
    clock.at(until, () => {
      if (row.version === version && row.refresh.record.endedAt === null) then()
    })
  }

  /** Its quick tries are used up, or it may not begin for long: its class decides, as in production. */
  function settle(row: PlanRow, failure: FailureName, statedMs: number | null): void {
    const waitMs = waitAfter({ failure, waits: row.waits, statedMs, waitsMs: WAITS_MS, draw: random.next() })
    const notBefore = statedMs === null ? 0 : clock.now() + statedMs
    Object.assign(row, { failure, notBefore, since: clock.now() })
    if (FAILURES[failure].acts === 'user') refused[row.refresh.userId]!.add(row.institutionId)
    if (waitMs !== null) {
      if (countsAsWait(failure)) row.waits += 1
      settled.get(row.institutionId)!.add(row)
      waitFor(row, failure, clock.now() + waitMs, () => again(row))
      return
    }
    Object.assign(row, { state: 'failed', reason: failure, until: null, version: row.version + 1 })
    row.asked.settledAt = clock.now()
    endIfSettled(row.refresh)
  }

  function collected(row: PlanRow, asOf: number): void {
    Object.assign(row, { state: 'collected', reason: null, until: null, failure: null, waits: 0 })
    row.version += 1
    row.asked.settledAt = clock.now()
    readAt[row.refresh.userId]!.set(row.institutionId, asOf)
    endIfSettled(row.refresh)
  }

  function endIfSettled(refresh: Refresh): void {
    const isSettled = [...refresh.rows.values()].every(({ state }) => ['collected', 'failed'].includes(state))
    if (isSettled) end(refresh)
  }

  function end(refresh: Refresh): void {
    if (refresh.record.endedAt !== null) return
    const rows = [...refresh.rows.values()]
    const isWhole = rows.every((row) => row.state === 'collected' || isTheUsers(row))
    Object.assign(refresh.record, { endedAt: clock.now(), outcome: isWhole ? 'succeeded' : 'incomplete' })
    open.delete(refresh.userId)
  }

  /** Parked rows of an institution, in no order. */
  function parked(institutionId: string): PlanRow[] {
    const rows = settled.get(institutionId)!
    for (const row of rows) if (!isParked(row)) rows.delete(row)
    return [...rows]
  }

  return {
    ask,
    again,
    waitFor,
    settle,
    collected,
    parked,
    open: open as ReadonlyMap<number, Refresh>,
    readAt: readAt as readonly ReadonlyMap<string, number>[],
    refused: refused as readonly ReadonlySet<string>[],
    whenBegun: (start: (row: PlanRow) => void) => {
      begin = start
    },
  }
}

export type Refreshes = ReturnType<typeof createRefreshes>
