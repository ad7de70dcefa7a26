import type { FailureName } from '../../domain/failures.ts'
import type { Random } from '../system/support/random.ts'
import type { Record } from './record.ts'
import { type Institution, MINUTE, type Scenario, SECOND } from './scenario.ts'

export type Answer = { ms: number; failure: FailureName | null; statedMs: number | null }

// Our own limit on a call.
const CALL_MS = 20 * SECOND
// No way out: said at once, or nothing is said until the limit on a connection.
const NO_WAY_MS = [50, 3 * SECOND] as const
const REFUSED_MS = 5
// As measured of institutions that are well: 0.6 % of calls fail; now and then one asks us to wait.
const FAILS = 0.006
const THROTTLES = 0.004

/** The institutions and the network between us and them, as they are at each instant. */
export function createOutside({ institutions, cuts }: Scenario, random: Random, record: Record) {
  const byId = new Map(institutions.map((each) => [each.id, each]))
  const load = new Map<string, number>()
  const fallenUntil = new Map<string, number>()

  const isDown = ({ id, spells }: Institution, now: number): 'refuses' | 'hangs' | null =>
    spells.find(({ from, until }) => from <= now && now < until)?.how ??
    (now < (fallenUntil.get(id) ?? 0) ? 'hangs' : null)

  /** A reading is under way there: with one more than it bears it falls over for a minute. */
  function arrive(id: string, now: number): void {
    const readings = (load.get(id) ?? 0) + 1
    load.set(id, readings)
    if (readings <= byId.get(id)!.concurrency) return
    fallenUntil.set(id, now + MINUTE)
    record.falls.push({ institutionId: id, at: now, readings })
  }

  const leave = (id: string): void => void load.set(id, load.get(id)! - 1)

  function call(id: string, userId: number, worker: number, now: number): Answer {
    const institution = byId.get(id)!
    const isCut = cuts.some((cut) => cut.from <= now && now < cut.until && (cut.worker ?? worker) === worker)
    if (isCut) return { ms: random.pick(NO_WAY_MS), failure: 'InstitutionUnavailable', statedMs: null }
    const how = isDown(institution, now)
    if (how === 'refuses') return { ms: REFUSED_MS, failure: 'InstitutionUnavailable', statedMs: null }
    if (how === 'hangs') return { ms: CALL_MS, failure: 'InstitutionTooSlow', statedMs: null }
    // Roughly lognormal: a median of 300 ms, seldom more than two seconds.
    const ms = Math.round(300 * Math.exp(random.next() + random.next() + random.next() - 1.5))
    // The same people every time.
    if ((userId % 100) / 100 < institution.refusedShare) {
      return { ms, failure: 'CredentialsRejected', statedMs: null }
    }
    if (random.chance(FAILS)) return { ms, failure: 'InstitutionUnavailable', statedMs: null }
    if (random.chance(THROTTLES)) return { ms, failure: 'RateLimited', statedMs: 30 * SECOND }
    return { ms, failure: null, statedMs: null }
  }

  return { call, arrive, leave }
}

export type Outside = ReturnType<typeof createOutside>
