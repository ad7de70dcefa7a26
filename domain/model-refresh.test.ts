import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { FAILURES, type FailureName } from './failures.ts'
import { type Player, tellRefresh, type Told } from './model-refresh.ts'
import { countsAsWait, waitAfter } from './waiting.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const POLICY = {
  patienceMs: 20 * SECOND,
  deadlineMs: 24 * HOUR,
  waitsMs: [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR],
}
// All quick tries of one reading together: what bounds the last round that began before the deadline.
const READING_MS = 5 * MINUTE

/** What a reading can end as. Superseded ends no row; a refresh is not a reading, and no reading fails as storage. */
const CLASSES: readonly FailureName[] = [
  'InstitutionUnavailable',
  'InstitutionTooSlow',
  'InstitutionInMaintenance',
  'RateLimited',
  'InstitutionPaused',
  'UnexpectedResponse',
  'CredentialsRejected',
  'ConsentEnded',
  'OutsideConsent',
  'RequestRejected',
  'Unexpected',
]

const turn = fc.record({
  tookMs: fc.integer({ min: 1, max: READING_MS }),
  failure: fc.option(fc.constantFrom(...CLASSES), { freq: 2 }),
  statedMs: fc.option(fc.integer({ min: 1, max: 12 * HOUR })),
})
const players = fc
  .array(fc.record({ turns: fc.array(turn, { minLength: 1, maxLength: 4 }), had: fc.boolean() }), {
    minLength: 10,
    maxLength: 10,
  })
  .map((made) => made.map((player, i): Player => ({ institutionId: `BANK${i}`, ...player })))

const roundsOf = ({ rounds }: Told, institutionId: string) =>
  rounds.filter((round) => round.institutionId === institutionId)
const holds = (check: (told: Told, players: readonly Player[]) => void) =>
  fc.assert(
    fc.property(players, (made) => check(tellRefresh(made, POLICY), made)),
    { numRuns: 500 },
  )

describe('ten institutions, any of them failing in any way, landing in any order', () => {
  test('are on the screen within the patience, and the refresh is over soon after its deadline', () => {
    holds(({ cuts, endedAt }) => {
      expect(cuts[0]!.at).toBeLessThanOrEqual(POLICY.patienceMs)
      expect(endedAt).toBeLessThanOrEqual(POLICY.deadlineMs + READING_MS)
    })
  })

  test('are shown from the first cut on, where they landed within the patience, and are never read again', () => {
    holds((told, made) => {
      for (const { institutionId, turns } of made) {
        if (turns[0]!.failure !== null || turns[0]!.tookMs > told.cuts[0]!.at) continue
        expect(told.cuts[0]!.parts.find((part) => part.institutionId === institutionId)).toMatchObject({
          state: 'fresh',
          reason: null,
        })
        expect(roundsOf(told, institutionId)).toHaveLength(1)
      }
    })
  })

  test('are never shown older than before, and each new cut shows something else than the last', () => {
    holds(({ cuts }) => {
      for (const [i, cut] of cuts.entries()) {
        const before = cuts[i - 1]
        if (!before) continue
        for (const [j, part] of cut.parts.entries()) {
          expect(part.asOf ?? -2).toBeGreaterThanOrEqual(before.parts[j]!.asOf ?? -2)
        }
        expect(cut.complete || JSON.stringify(cut.parts) !== JSON.stringify(before.parts)).toBe(true)
      }
    })
  })

  test('end as succeeded if and only if everything that is not the user’s to mend was read', () => {
    holds((told, made) => {
      const outcomes = made.map(({ institutionId }) => roundsOf(told, institutionId).at(-1)!.failure)
      const isWhole = outcomes.every((failure) => failure === null || FAILURES[failure].acts === 'user')
      expect(told.state).toBe(isWhole ? 'succeeded' : 'incomplete')
      expect(told.cuts.at(-1)!.complete).toBe(isWhole)
      expect(told.cuts.slice(0, -1).every(({ complete }) => !complete)).toBe(true)
      if (!isWhole) {
        const names = [...new Set(outcomes.flatMap((failure) => failure ?? []))].toSorted()
        expect(told.because).toBe(names.join(', '))
      }
    })
  })

  test('are named by their last failure as the reason of what is missing', () => {
    holds((told, made) => {
      for (const { institutionId } of made) {
        const part = told.cuts.at(-1)!.parts.find((each) => each.institutionId === institutionId)!
        const failure = roundsOf(told, institutionId).at(-1)!.failure
        if (failure)
          expect([part.state, part.reason]).toEqual([part.asOf === null ? 'absent' : 'carried_over', failure])
        else expect([part.state, part.reason]).toEqual(['fresh', null])
        expect(part.isRequired).toBe(failure === null || FAILURES[failure].acts !== 'user')
      }
    })
  })

  test('are tried again no sooner than their failure allows, and what waiting cannot mend not at all', () => {
    holds((told, made) => {
      for (const { institutionId, turns } of made) {
        const rounds = roundsOf(told, institutionId)
        for (const [i, { failure, endedAt }] of rounds.entries()) {
          const next = rounds[i + 1]
          const { statedMs } = turns[Math.min(i, turns.length - 1)]!
          const waits = rounds.slice(0, i).filter((past) => past.failure && countsAsWait(past.failure)).length
          const waitMs = failure && waitAfter({ failure, waits, statedMs, waitsMs: POLICY.waitsMs, draw: 0 })
          if (next) {
            expect(waitMs).not.toBeNull()
            expect(next.at).toBeGreaterThanOrEqual(endedAt + waitMs!)
          } else if (failure && waitMs !== null) {
            // Waiting would have helped: only the deadline ended it.
            expect(endedAt + waitMs).toBeGreaterThanOrEqual(Math.min(POLICY.deadlineMs, told.endedAt))
            expect(told.endedAt).toBeGreaterThanOrEqual(POLICY.deadlineMs)
          }
        }
      }
    })
  })

  test('park only while something waits, and never past the deadline', () => {
    holds(({ parks, rounds, endedAt }) => {
      for (const { at, wakeAt } of parks) {
        expect(wakeAt).toBeGreaterThan(at)
        expect(wakeAt).toBeLessThanOrEqual(POLICY.deadlineMs)
        expect(rounds.some((round) => round.at === wakeAt) || endedAt === wakeAt).toBe(true)
      }
    })
  })
})

test('a failure that only the user can mend keeps nobody waiting', () => {
  const well = { tookMs: 100, failure: null, statedMs: null }
  const refused = { tookMs: 100, failure: 'CredentialsRejected', statedMs: null } as const
  const told = tellRefresh(
    [
      { institutionId: 'A', turns: [well], had: true },
      { institutionId: 'B', turns: [refused], had: true },
    ],
    POLICY,
  )
  expect(told).toMatchObject({ state: 'succeeded', endedAt: 100, parks: [] })
})

test('a mixed failure waits for what can be mended, and for nothing else', () => {
  const down = { tookMs: 100, failure: 'InstitutionUnavailable', statedMs: null } as const
  const wrong = { tookMs: 100, failure: 'RequestRejected', statedMs: null } as const
  const well = { tookMs: 100, failure: null, statedMs: null }
  const told = tellRefresh(
    [
      { institutionId: 'A', turns: [down, well], had: true },
      { institutionId: 'B', turns: [wrong], had: true },
    ],
    POLICY,
  )
  expect(told.parks).toEqual([{ at: 100, wakeAt: 100 + MINUTE }])
  expect(told).toMatchObject({ state: 'incomplete', because: 'RequestRejected', endedAt: 200 + MINUTE })
  expect(told.cuts).toHaveLength(2)
})
