import { afterReading } from '../../domain/breaker-evidence.ts'
import {
  type Breaker,
  type Changed,
  newBreaker,
  permit,
  type Permit,
  takeProbe,
} from '../../domain/breaker.ts'
import type { FailureName } from '../../domain/failures.ts'
import { absolve, lastAnsweredAt, ourNetworkIsDown, type Sighting } from '../../domain/our-network.ts'
import type { Room } from '../../domain/recovery-order.ts'
import { drawRetry, earnRetries, newRetryAllowance } from '../../domain/retry-allowance.ts'
import type { Clock } from './clock.ts'
import type { Record } from './record.ts'
import { type Scenario, SECOND } from './scenario.ts'

export type Note = {
  institutionId: string
  worker: number
  calls: readonly { failure: FailureName | null }[]
  probe: number | null
  begunAt: number
}

// A worker trusts what it last read of a breaker for so long.
export const CACHE_MS = SECOND

/** What the workers share (in production: rows under locks), and each worker's short memory of it. */
export function createRows({ institutions, workers }: Scenario, clock: Clock, record: Record) {
  const ids = institutions.map(({ id }) => id)
  const breakers = new Map(ids.map((id) => [id, newBreaker(clock.now())]))
  const allowances = new Map(ids.map((id) => [id, newRetryAllowance(clock.now())]))
  const slots = new Map(ids.map((id) => [id, new Map<string, number>()]))
  const arriving = new Map<string, number>(ids.map((id) => [id, 0]))
  const caches = Array.from(
    { length: workers },
    () => new Map<string, { breaker: Breaker; readAt: number }>(),
  )
  const own = Array.from({ length: workers }, () => ({
    seen: new Map<string, Sighting>(),
    opened: new Set<string>(),
  }))
  let onClosed: (institutionId: string) => void = () => {}

  function write(institutionId: string, { breaker, transition }: Changed): void {
    breakers.set(institutionId, breaker)
    if (!transition) return
    record.transitions.push({ institutionId, ...transition })
    if (transition.to === 'closed') onClosed(institutionId)
  }

  function permitFrom(worker: number, institutionId: string): Permit {
    const now = clock.now()
    const cache = caches[worker]!
    const known = cache.get(institutionId)
    if (known && now - known.readAt < CACHE_MS) return permit(known.breaker, now)
    const breaker = breakers.get(institutionId)!
    cache.set(institutionId, { breaker, readAt: now })
    return permit(breaker, now)
  }

  /** On the row itself: whoever was told "probe" by an old memory finds out here. */
  function probeOf(institutionId: string, leaseMs: number): number | null {
    const taken = takeProbe(breakers.get(institutionId)!, clock.now(), leaseMs)
    if (taken) write(institutionId, taken)
    return taken && taken.breaker.probeNo
  }

  function note({ institutionId, worker, calls, probe, begunAt }: Note): void {
    const now = clock.now()
    const isOurNetworkDown = judgeNetwork(worker, now)
    const before = breakers.get(institutionId)!
    const changed = afterReading(before, { calls, probe, begunAt, now, isOurNetworkDown })
    write(institutionId, changed)
    remember(worker, institutionId, calls, changed)
  }

  /** The whole fleet's sightings first; a worker that alone reaches nobody takes back what it opened itself. */
  function judgeNetwork(worker: number, now: number): boolean {
    const all = [...breakers.values()]
    if (ourNetworkIsDown(all, now)) {
      for (const id of ids) write(id, absolve(breakers.get(id)!, lastAnsweredAt(all), now))
      return true
    }
    const { seen, opened } = own[worker]!
    const mine = [...seen.values()]
    if (!ourNetworkIsDown(mine, now)) return false
    for (const id of opened) write(id, absolve(breakers.get(id)!, lastAnsweredAt(mine), now))
    opened.clear()
    return true
  }

  function remember(
    worker: number,
    institutionId: string,
    calls: Note['calls'],
    { breaker, transition }: Changed,
  ) {
    const { seen, opened } = own[worker]!
    const now = clock.now()
    const before = seen.get(institutionId) ?? { answeredAt: null, missedAt: null }
    const isAnswered = calls.length > 0 && breaker.answeredAt === now
    const isMissed = calls.length > 0 && breaker.missedAt === now
    seen.set(institutionId, {
      answeredAt: isAnswered ? now : before.answeredAt,
      missedAt: isMissed ? now : before.missedAt,
    })
    if (transition?.to === 'open') opened.add(institutionId)
  }

  function takeSlot(institutionId: string, holder: string, leaseMs: number): boolean {
    const held = slots.get(institutionId)!
    for (const [other, until] of held) if (until <= clock.now()) held.delete(other)
    const { concurrency } = institutions.find(({ id }) => id === institutionId)!
    if (held.size >= concurrency && !held.has(holder)) return false
    held.set(holder, clock.now() + leaseMs)
    return true
  }

  function roomOf(institutionId: string): Room {
    const held = [...slots.get(institutionId)!.values()].filter((until) => until > clock.now()).length
    const { concurrency } = institutions.find(({ id }) => id === institutionId)!
    return {
      permit: permit(breakers.get(institutionId)!, clock.now()),
      concurrency,
      busy: held + arriving.get(institutionId)!,
    }
  }

  function firstTry(institutionId: string): void {
    allowances.set(institutionId, earnRetries(allowances.get(institutionId)!, 1, clock.now()))
  }

  function mayRetry(institutionId: string): boolean {
    const { allowance, isGranted } = drawRetry(allowances.get(institutionId)!, clock.now())
    allowances.set(institutionId, allowance)
    return isGranted
  }

  return {
    permitFrom,
    probeOf,
    note,
    takeSlot,
    giveSlotBack: (institutionId: string, holder: string) => slots.get(institutionId)!.delete(holder),
    onItsWay: (institutionId: string, more: number) =>
      arriving.set(institutionId, arriving.get(institutionId)! + more),
    roomOf,
    firstTry,
    mayRetry,
    whenClosed: (tell: (institutionId: string) => void) => {
      onClosed = tell
    },
    breakers: breakers as ReadonlyMap<string, Breaker>,
  }
}

export type Rows = ReturnType<typeof createRows>
