import { FAILURES } from '../../domain/failures.ts'
import { nextToWake, type Waiting } from '../../domain/recovery-order.ts'
import type { Random } from '../system/support/random.ts'
import type { Clock } from './clock.ts'
import type { PlanRow } from './plan-row.ts'
import type { Record } from './record.ts'
import type { Refreshes } from './refreshes.ts'
import type { Rows } from './rows.ts'
import { type Scenario, SECOND } from './scenario.ts'

type Parts = { rows: Rows; refreshes: Refreshes; clock: Clock; random: Random; record: Record }
type Asleep = Waiting & { row: PlanRow }

/** The caretaker: wakes who waits for an institution that has closed its breaker, or whose probe is due. */
export function watchRecovery({ institutions, quietFrom }: Scenario, parts: Parts) {
  const { rows, refreshes, clock, random, record } = parts

  rows.whenClosed((institutionId) => {
    // What it failed of is over, and with it how often it has waited for that.
    const mended = refreshes.parked(institutionId).filter(isMended)
    for (const row of mended) Object.assign(row, { isDue: true, waits: 0 })
  })

  function look(): void {
    for (const { id } of institutions) wake(id)
    // At night for one that never comes back, and a day long: seldom is enough.
    if (clock.now() < quietFrom) clock.after(SECOND, look)
    else if (refreshes.open.size > 0) clock.after(10 * SECOND, look)
  }

  function wake(institutionId: string): void {
    const parked = refreshes.parked(institutionId)
    if (parked.length === 0) return
    const room = rows.roomOf(institutionId)
    const candidates = parked
      .filter((row) => isMended(row) && (row.isDue || room.permit === 'probe'))
      .map((row): Asleep => ({
        id: `${row.refresh.userId}`,
        priority: row.refresh.priority,
        since: row.since,
        row,
      }))
    const woken = nextToWake(candidates, room)
    if (woken.length === 0) return
    const left = candidates.filter((each) => !woken.includes(each))
    const free = room.concurrency - room.busy
    const unfair = woken.some(({ priority }) => left.some((other) => other.priority < priority))
    record.wakes.push({ institutionId, at: clock.now(), woken: woken.length, free, unfair })
    rows.onItsWay(institutionId, woken.length)
    for (const { row } of woken) begin(row)
  }

  /** A hint to its run takes a moment. */
  function begin(row: PlanRow): void {
    row.isDue = false
    refreshes.waitFor(row, 'hint', clock.now() + 50 + random.below(250), () => {
      rows.onItsWay(row.institutionId, -1)
      refreshes.again(row)
    })
  }

  look()
}

/** A Retry-After stands, whoever recovers. */
const isMended = ({ failure }: PlanRow): boolean =>
  failure !== null && failure !== 'RateLimited' && ['institution', 'nobody'].includes(FAILURES[failure].fault)
