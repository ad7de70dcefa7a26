import { expect } from 'vitest'

import { FAILURES } from '../../../domain/failures.ts'
import { type Ending, faultLimits, type Played, WAIT_MS } from './faults.ts'

// A wait is jittered by a quarter at most; instants are written by two statements.
const JITTER = 1.25
const BETWEEN_STATEMENTS_MS = 10
// An HTTP date has no fractions of a second.
const DATE_MS = 1_000

/** The two beside it land, each in one try and with no call more than when all is well. */
export function expectSiblingsUnharmed(played: Played): void {
  const { during, healed, siblings } = played
  const read = during.refresh.readings.filter(({ institutionId }) => siblings.includes(institutionId))
  expect(read.map(({ state, failure }) => [state, failure])).toEqual(siblings.map(() => ['collected', null]))
  expect(during.attemptsOfSiblings.map(({ failure }) => failure)).toEqual(siblings.map(() => null))
  expect(siblings.map((id) => partOf(played, id))).toEqual(siblings.map(() => ['fresh', null, 0, true]))
  const calls = during.callsOfSiblings.length
  expect(calls).toBeGreaterThan(0)
  if (!played.fault.isFirst) expect(calls).toBeLessThanOrEqual(healed.callsOfSiblings.length)
  expect(during.told).toEqual(expect.arrayContaining(during.truthOfSiblings))
}

/** The name, its fault, its tries, its next one, what is shown of it, and that not one row of it has moved. */
export function expectEnding(played: Played): void {
  const { ends } = played.fault
  expectBounded(played)
  if (ends.as === 'believed') return expectBelieved(played, ends)
  if (ends.as === 'whole') return expectWhole(played, ends)
  if (ends.as === 'consent over') return expectConsentOver(played)
  expect(FAILURES[ends.failure].fault).toBe(ends.fault)
  if (ends.as === 'gaps') return expectGaps(played, ends)
  expectFailed(played, ends)
}

function expectFailed(played: Played, ends: Extract<Ending, { as: 'failed' }>): void {
  const { during, behind, fault, faulty } = played
  const { plan, attempts } = during
  const mends = FAILURES[ends.failure].retry !== 'never'
  expect([plan.state, plan.failure]).toEqual(['failed', ends.failure])
  expect(attempts.map(({ outcome, failure }) => [outcome, failure])).toEqual(
    Array.from({ length: triesOf(ends, attempts.length) }, () => ['failed', ends.failure]),
  )
  expect(during.rows).toEqual(behind.rows)
  expect(partOf(played, faulty)).toEqual([
    fault.isFirst ? 'absent' : 'carried_over',
    ends.failure,
    0,
    FAILURES[ends.failure].acts !== 'user',
  ])
  expect(during.refresh.state).toBe(
    mends ? 'parked' : FAILURES[ends.failure].acts === 'user' ? 'succeeded' : 'incomplete',
  )
  if (during.refresh.state !== 'succeeded') expect(during.complete).toBe(behind.complete)
  if (mends) expectNextTry(played, ends)
  else expect(plan.nextTryAt).toBeNull()
}

const triesOf = ({ tries, mayBeFewer }: Extract<Ending, { as: 'failed' }>, made: number): number =>
  mayBeFewer ? Math.min(Math.max(made, 1), tries) : tries

/** Not before what the institution stated; otherwise what the plan says. */
function expectNextTry({ during }: Played, { mayBeFewer, statedS }: Extract<Ending, { as: 'failed' }>): void {
  const { plan, attempts } = during
  const nextTryAt = plan.nextTryAt!.getTime()
  expect(plan.waits).toBe(mayBeFewer ? attempts.length : 1)
  if (statedS === null) {
    const waitMs = nextTryAt - plan.settledAt.getTime()
    expect(waitMs).toBeGreaterThanOrEqual(WAIT_MS)
    expect(waitMs).toBeLessThanOrEqual(WAIT_MS * JITTER + BETWEEN_STATEMENTS_MS)
    return
  }
  const askedAt = attempts.at(-1)!.startedAt.getTime()
  const settledAt = plan.settledAt.getTime()
  expect(plan.notBefore!.getTime()).toBeGreaterThanOrEqual(askedAt + statedS * 1000 - DATE_MS)
  expect(nextTryAt).toBeGreaterThanOrEqual(plan.notBefore!.getTime())
  expect(nextTryAt).toBeLessThanOrEqual(settledAt + statedS * 1000 * JITTER + BETWEEN_STATEMENTS_MS)
}

function expectGaps(played: Played, { failure }: Extract<Ending, { as: 'gaps' }>): void {
  const { during, behind, fault, faulty } = played
  expect([during.plan.state, during.plan.failure]).toEqual(['collected', null])
  expect(during.plan.nextTryAt).not.toBeNull()
  expect(during.refresh.state).toBe('parked')
  const [state, reason, missing] = partOf(played, faulty) ?? []
  expect([state, reason]).toEqual(['fresh', 'gaps'])
  expect(missing).toBeGreaterThan(0)
  expect(during.gaps.map((gap) => [gap.api, gap.failure])).toEqual(
    Array.from({ length: Number(missing) }, () => [fault.rule?.api, failure]),
  )
  // What could not be read of an account stays as it was.
  const ofGaps = (rows: Record<string, string>) =>
    during.gaps.map(({ account, api }) =>
      Object.entries(rows).filter(([place]) => place.endsWith(` ${api} ${account}`)),
    )
  expect(ofGaps(during.rows)).toEqual(ofGaps(behind.rows))
  expect(during.complete).toBe(behind.complete)
}

function expectWhole(played: Played, { tries }: Extract<Ending, { as: 'whole' }>): void {
  expectRead(played, tries)
  expect(played.during.told).toEqual(played.during.truth)
}

function expectRead(played: Played, tries: number): void {
  const { during, faulty } = played
  expect([during.plan.state, during.plan.failure]).toEqual(['collected', null])
  expect(during.attempts.length).toBe(tries)
  expect(partOf(played, faulty)).toEqual(['fresh', null, 0, true])
  expect(during.refresh.state).toBe('succeeded')
}

function expectBelieved(played: Played, { amounts }: Extract<Ending, { as: 'believed' }>): void {
  expectRead(played, 1)
  expect(played.during.told).not.toEqual(played.during.truth)
  if (amounts) expect(played.during.newestAmounts).toEqual(amounts)
}

/** No row more, nothing shown of it, and the rest is whole without it. */
function expectConsentOver(played: Played): void {
  const { during, behind, faulty } = played
  expect([during.plan.state, during.consent]).toEqual(['withdrawn', 'ended'])
  expect(during.attempts.map(({ failure }) => failure)).toEqual(['ConsentEnded'])
  expect(during.rows).toEqual(behind.rows)
  expect(partOf(played, faulty)).toBeUndefined()
  expect(during.refresh.state).toBe('succeeded')
  expect(during.told).toEqual(during.truthOfSiblings)
}

/** Every try has ended, in fewer calls than its healthy reading has, and within what was configured. */
function expectBounded({ during, healed, fault }: Played): void {
  const { attempts, calls } = during
  const most = Math.max(fault.mostCalls ?? 0, healed.calls.length)
  expect(attempts.length).toBeGreaterThan(0)
  expect(attempts.length).toBeLessThanOrEqual(faultLimits.quickTries)
  expect(calls.length).toBeLessThanOrEqual(attempts.length * most)
  // Whoever fails at the door is not called.
  if (fault.door) expect(calls).toEqual([])
  else expect(during.struck).toBeGreaterThan(0)
  for (const { ms } of attempts) expect(ms).toBeLessThan(faultLimits.attemptMs)
}

/** What waits is a timer of the engine's, and no worker's slot. */
export const expectRunAtRest = ({ held }: Played): void => expect(held).toBe(0)

/** The next refresh after the fault has everything, to the minor unit. */
export function expectHealed({ healed }: Played): void {
  expect([healed.refresh.state, healed.refresh.closedBecause]).toEqual(['succeeded', null])
  expect(healed.told).toEqual(healed.truth)
}

function partOf({ during }: Played, institutionId: string) {
  const part = during.parts.get(institutionId)
  return part && [part.state, part.reason, part.gaps, part.isRequired]
}
