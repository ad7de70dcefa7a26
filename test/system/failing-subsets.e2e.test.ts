import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { FAILURES, type FailureName } from '../../domain/failures.ts'
import { type Player, tellRefresh } from '../../domain/model-refresh.ts'
import type { Behaviour } from '../../sandbox/behaviour.ts'
import { createTestMoa, testPolicy } from './moa.ts'
import { tell } from './support-e2e/asking.ts'
import { ledgerOf, storedIn } from './support-e2e/ledger.ts'
import { createRandom, freshSeed, type Random } from './support/random.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

const INSTITUTIONS = 10
const CASES = 30
const PATIENCE_MS = 700
const WAITS_MS = [1_000, 2_000]
// A hanging call ends long after the patience, on a busy machine too.
const CALL_MS = 4_000
// Where only the deadline ends a refresh, a test does not wait for it: it is brought forward.
const DEADLINE_MS = 600_000

type Way = {
  failure: FailureName | null
  rule: Omit<Behaviour, 'institutionId'> | null
  statedMs?: number
  calls?: number
}

/** How an institution may behave in a round, over real HTTP, and by which name Moa must know it. */
const WAYS: Record<string, Way> = {
  well: { failure: null, rule: null },
  slow: { failure: null, rule: { latencyMs: 300 } },
  down: { failure: 'InstitutionUnavailable', rule: { status: { http: 500, rspCode: '50001' } } },
  hanging: { failure: 'InstitutionTooSlow', rule: { hang: true } },
  throttling: { failure: 'RateLimited', rule: { status: { http: 429, retryAfter: 2 } }, statedMs: 2_000 },
  mending: {
    failure: 'InstitutionInMaintenance',
    rule: { status: { http: 503, retryAfter: 2 } },
    statedMs: 2_000,
  },
  talkingNonsense: { failure: 'UnexpectedResponse', rule: { mangle: 'html' } },
  // The data alone, and twice a round: whoever is refused asks for a new token, and once more with that.
  refusingTheToken: {
    failure: 'CredentialsRejected',
    calls: 2,
    rule: { api: 'bank-001', status: { http: 401, rspCode: '40101' } },
  },
  refusingTheConsent: { failure: 'OutsideConsent', rule: { status: { http: 403, rspCode: '40104' } } },
  refusingUs: { failure: 'RequestRejected', rule: { status: { http: 400, rspCode: '40001' } } },
}

let world: World
beforeAll(async () => {
  const limits = {
    ...testPolicy.limitsFor(false),
    callMs: CALL_MS,
    heartbeatMs: 10_000,
    quickTries: 1,
    waitsMs: WAITS_MS,
  }
  const moa = await createTestMoa({ policy: { ...testPolicy, limitsFor: () => limits } })
  world = await startWorld({ moa, sandbox: { institutions: INSTITUTIONS } })
})
afterAll(() => world.close())

type Cast = { institutionId: string; way: keyof typeof WAYS; heals: boolean }[]

/** Half of a cast behaves; of the others half heal after their first round. */
function cast(random: Random): Cast {
  return world.sandbox.institutions.map(({ institutionId }) => ({
    institutionId,
    way: random.chance(0.5) ? 'well' : random.pick(Object.keys(WAYS)),
    heals: random.chance(0.5),
  }))
}

/** What the rules alone say of this cast. Who is first does not change how it ends; only patience and deadline bound it. */
function foretell(played: Cast) {
  const well = { tookMs: 100, failure: null, statedMs: null }
  const players = played.map(({ institutionId, way, heals }): Player => {
    const { failure, statedMs } = WAYS[way]!
    const turn = { tookMs: 100, failure, statedMs: statedMs ?? null }
    return { institutionId, turns: heals ? [turn, well] : [turn], had: false }
  })
  return tellRefresh(players, { patienceMs: PATIENCE_MS, deadlineMs: DEADLINE_MS, waitsMs: WAITS_MS })
}

async function play(name: string, played: Cast): Promise<Person> {
  world.sandbox.control.resetBehaviour()
  for (const { institutionId, way, heals } of played) {
    const { rule, calls = 1 } = WAYS[way]!
    if (rule) world.sandbox.control.behaviour({ institutionId, ...rule, ...(heals ? { times: calls } : {}) })
  }
  const person = await world.enrol(name)
  await world.moa.test.owner`
    UPDATE refreshes SET patience_ms = ${PATIENCE_MS} WHERE user_id = ${person.userId}`
  await tell(world, person, 'consent.granted')
  return person
}

type Waiting = {
  institutionId: string
  failure: FailureName
  waits: number
  settledAt: Date
  nextTryAt: Date | null
}

/** Every row that has failed, as it stands while the others are read or the refresh is parked. */
const failedRows = ({ userId }: Person) => world.moa.test.owner<Waiting[]>`
  SELECT institution_id AS "institutionId", failure, waits, changed_at AS "settledAt", next_try_at AS "nextTryAt"
  FROM plans WHERE user_id = ${userId} AND state = 'failed'`

function expectRightNextTries(rows: readonly Waiting[], played: Cast): void {
  for (const { institutionId, failure, waits, settledAt, nextTryAt } of rows) {
    const { way } = played.find((each) => each.institutionId === institutionId)!
    expect(failure).toBe(WAYS[way]!.failure)
    if (FAILURES[failure].retry === 'never') {
      expect(nextTryAt).toBeNull()
      continue
    }
    // The first wait of what stated its own is that; all others are the plan's, and a quarter more at most.
    const stated = WAYS[way]!.statedMs
    const planned = stated === undefined ? WAITS_MS[Math.min(waits, 2) - 1]! : waits === 1 ? stated : 2_000
    const waitMs = nextTryAt!.getTime() - settledAt.getTime()
    expect(waitMs).toBeGreaterThanOrEqual(planned - (stated === undefined ? 0 : CALL_MS))
    expect(waitMs).toBeLessThanOrEqual(Math.max(planned, WAITS_MS[1]!) * 1.25 + 10)
  }
}

type Progress = NonNullable<Awaited<ReturnType<World['moa']['api']['progress']['of']>>>

const resting = (what: string, person: Person, isEnough: (refresh: Progress) => boolean) =>
  until(what, async () => {
    const refresh = await world.moa.api.progress.of(person.userId, person.refreshNo)
    return refresh && (refresh.closedAt || isEnough(refresh)) ? refresh : null
  })

/** Waits for all that heals; what never does ends at the deadline, which is brought forward to now. */
async function ended(person: Person, played: Cast): Promise<Progress> {
  const heals = new Set(played.flatMap((each) => (each.heals ? each.institutionId : [])))
  const isHealed = ({ readings }: Progress) =>
    readings.every(({ institutionId, state, failure }) => {
      const isSettled = state === 'failed' && FAILURES[failure as FailureName].retry === 'never'
      return isSettled || state === 'collected' || !heals.has(institutionId)
    })
  const refresh = await resting('all that heals to have healed', person, isHealed)
  if (refresh.closedAt) return refresh
  await world.moa.test.owner`UPDATE refreshes SET deadline = now() WHERE user_id = ${person.userId}`
  await world.runs.hint(person)
  return closed(world, person.userId, person.refreshNo)
}

/** What was said first of each institution that was still being read by then. */
async function firstReasons({ userId }: Person): Promise<Map<string, string | null>> {
  const rows = await world.moa.test.owner<{ institutionId: string; reason: string | null }[]>`
    SELECT p.institution_id AS "institutionId", p.reason FROM snapshots s
    JOIN snapshot_institutions p USING (user_id, snapshot_no)
    JOIN attempts a ON a.user_id = s.user_id AND a.institution_id = p.institution_id
      AND a.round = 1 AND a.attempt = 1
    WHERE s.user_id = ${userId} AND s.snapshot_no = 1 AND a.ended_at > s.published_at`
  return new Map(rows.map(({ institutionId, reason }) => [institutionId, reason]))
}

describe('ten institutions over real HTTP, of which any may fail in any way', () => {
  const seed = freshSeed()
  test.each(Array.from({ length: CASES }, (_, i) => seed + i))(
    'end in the right state, with the right reasons and next tries, and the healthy ones unharmed (MOA_SEED=%i)',
    async (caseSeed) => {
      const played = cast(createRandom(caseSeed))
      const told = foretell(played)
      const person = await play(`case-${caseSeed}`, played)
      const settled = await resting('the first round', person, ({ state }) => state === 'parked')
      if (settled.state === 'parked') expectRightNextTries(await failedRows(person), played)
      const refresh = await ended(person, played)

      expect([refresh.state, refresh.closedBecause]).toEqual([told.state, told.because])
      const latest = await world.moa.api.published.snapshot(person.userId, 'latest')
      expect(latest!.coverage.map(({ state, reason, isRequired }) => [state, reason, isRequired])).toEqual(
        told.cuts.at(-1)!.parts.map(({ state, reason, isRequired }) => [state, reason, isRequired]),
      )
      const first = await firstReasons(person)
      for (const { institutionId, way } of played) {
        // Long before a call that hangs was given up, the others were on the screen: on all but the busiest machine.
        if (way === 'hanging' && first.has(institutionId))
          expect(first.get(institutionId)).toBe('still_reading')
      }

      const healthy = played.flatMap(({ institutionId, way }) =>
        WAYS[way]!.failure === null ? institutionId : [],
      )
      const tried = refresh.readings.filter(({ institutionId }) => healthy.includes(institutionId))
      expect(tried.map(({ institutionId, state, attempts }) => [institutionId, state, attempts])).toEqual(
        healthy.map((institutionId) => [institutionId, 'collected', 1]),
      )
      const ledger = (await ledgerOf(world, person, { institutionIds: healthy })).filter(
        ({ isShared }) => isShared,
      )
      expect(await storedIn(world, person, latest!.snapshotNo)).toEqual(expect.arrayContaining(ledger))
      expect(world.sandbox.control.violations().violations).toEqual([])
    },
  )
})
