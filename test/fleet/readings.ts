import { FAILURES, type FailureName } from '../../domain/failures.ts'
import type { Random } from '../system/support/random.ts'
import type { Clock } from './clock.ts'
import type { Outside } from './outside.ts'
import type { PlanRow } from './plan-row.ts'
import type { ReadingRecord, Record } from './record.ts'
import type { Refreshes } from './refreshes.ts'
import type { Rows } from './rows.ts'
import { MINUTE, type Scenario, SECOND, type Stop } from './scenario.ts'

// As in production: an attempt's limit and a grace bound its slot and its probe's lease; heartbeats find the lost.
export const LEASE_MS = 2 * MINUTE + 30 * SECOND
const HEARTBEAT_MS = 10 * SECOND
const QUICK_TRIES = 3
const LONGEST_NEAR_MS = MINUTE
const LONGEST_TURN_MS = 30 * SECOND

type Parts = {
  rows: Rows
  refreshes: Refreshes
  outside: Outside
  clock: Clock
  random: Random
  record: Record
}
type UnderWay = {
  row: PlanRow
  version: number
  worker: number
  calls: { failure: FailureName | null }[]
  record: ReadingRecord
  isLost: boolean
}

/** Readings on their workers: begun only where the rows allow it, told once when they end. */
export function createReadings({ workers, stops, lostProbes }: Scenario, parts: Parts) {
  const { rows, refreshes, outside, clock, random, record } = parts
  const underWay = new Set<UnderWay>()
  let probes = 0
  const backAt = Array.from({ length: workers }, () => 0)

  function begin(row: PlanRow, as: ReadingRecord['as'] = 'first', turn = 0): void {
    const { institutionId } = row
    const worker = someWorker()
    if (worker === null) return refreshes.waitFor(row, 'worker', clock.now() + SECOND, () => begin(row, as))
    const answer = rows.permitFrom(worker, institutionId)
    if (typeof answer === 'object') return waitForBreaker(row, as, answer.notBefore)
    if (!rows.takeSlot(institutionId, holderOf(row), LEASE_MS)) {
      const turnMs = Math.min(LONGEST_TURN_MS, SECOND * 2 ** turn) * (0.75 + random.next() / 2)
      return refreshes.waitFor(row, 'slot', clock.now() + turnMs, () => begin(row, as, turn + 1))
    }
    const probe = answer === 'probe' ? rows.probeOf(institutionId, LEASE_MS) : null
    if (answer === 'probe' && probe === null) {
      rows.giveSlotBack(institutionId, holderOf(row))
      return refreshes.waitFor(row, 'breaker', clock.now() + SECOND, () => begin(row, as))
    }
    read(row, as, worker, probe)
  }

  function waitForBreaker(row: PlanRow, as: ReadingRecord['as'], notBefore: number): void {
    if (notBefore - clock.now() <= LONGEST_NEAR_MS) {
      refreshes.waitFor(row, 'breaker', notBefore, () => begin(row, as))
    } else refreshes.settle(row, 'InstitutionPaused', notBefore - clock.now())
  }

  function someWorker(): number | null {
    const up = backAt.flatMap((at, worker) => (at <= clock.now() ? worker : []))
    return up.length > 0 ? random.pick(up) : null
  }

  function read(row: PlanRow, as: ReadingRecord['as'], worker: number, probe: number | null): void {
    const { institutionId } = row
    if (as === 'first') rows.firstTry(institutionId)
    const { userId } = row.refresh
    const facts = { institutionId, userId, begunAt: clock.now(), as, probe }
    const reading: ReadingRecord = { ...facts, endedAt: null, failure: null }
    record.readings.push(reading)
    Object.assign(row, { state: 'reads', since: clock.now(), tries: row.tries + 1, version: row.version + 1 })
    const visit = { row, version: row.version, worker, calls: [], record: reading, isLost: false }
    underWay.add(visit)
    outside.arrive(institutionId, clock.now())
    call(visit, 3 + random.below(4))
    if (probe === null) return
    probes += 1
    if (lostProbes.includes(probes)) stop({ worker, how: 'dies', ms: 5 * SECOND })
  }

  /** Call after call, up to the first that fails. */
  function call(visit: UnderWay, left: number): void {
    const { institutionId, userId, probe } = visit.record
    const now = clock.now()
    const { ms, failure, statedMs } = outside.call(institutionId, userId, visit.worker, now)
    record.calls.push({ institutionId, at: now, failure, probe: probe !== null })
    clock.after(ms, () => {
      if (visit.isLost) return
      visit.calls.push({ failure })
      if (failure === null && left > 1) call(visit, left - 1)
      else end(visit, failure, statedMs)
    })
  }

  function end(visit: UnderWay, failure: FailureName | null, statedMs: number | null): void {
    const { row, record: reading } = visit
    Object.assign(reading, { endedAt: clock.now(), failure })
    leave(visit)
    rows.giveSlotBack(row.institutionId, holderOf(row))
    clock.after(random.below(50), () => {
      tell(visit)
      if (row.version !== visit.version || row.refresh.record.endedAt !== null) return
      if (failure === null) refreshes.collected(row, reading.begunAt)
      else if (
        FAILURES[failure].retry === 'soon' &&
        row.tries < QUICK_TRIES &&
        rows.mayRetry(row.institutionId)
      ) {
        const restMs = (1 + random.below(9)) * SECOND
        refreshes.waitFor(row, failure, clock.now() + restMs, () => begin(row, 'retry'))
      } else refreshes.settle(row, failure, statedMs)
    })
  }

  function tell({ record: { institutionId, probe, begunAt }, worker, calls }: UnderWay): void {
    if (calls.length > 0) rows.note({ institutionId, worker, calls, probe, begunAt })
  }

  /** The lease is given back with its word, if it has one. */
  function tellLate(visit: UnderWay): void {
    if (visit.calls.length > 0) visit.record.endedAt = clock.now()
    tell(visit)
  }

  function leave(visit: UnderWay): void {
    underWay.delete(visit)
    outside.leave(visit.row.institutionId)
  }

  /** Its readings go no further; the engine finds out and tries again elsewhere; one that froze still tells, much later. */
  function stop({ worker, how, ms }: Omit<Stop, 'at'>): void {
    backAt[worker] = Math.max(backAt[worker]!, clock.now() + ms)
    for (const visit of underWay) {
      if (visit.worker !== worker) continue
      visit.isLost = true
      leave(visit)
      const { row } = visit
      if (how === 'freezes') clock.after(ms, () => tellLate(visit))
      clock.after(HEARTBEAT_MS, () => {
        if (row.version === visit.version && row.refresh.record.endedAt === null) begin(row, 'resumed')
      })
    }
  }

  for (const each of stops) clock.at(each.at, () => stop(each))
  refreshes.whenBegun((row) => begin(row))
}

const holderOf = ({ refresh, institutionId }: PlanRow): string => `${refresh.userId}/${institutionId}`
