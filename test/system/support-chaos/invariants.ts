import type { Control } from '../../../sandbox/control.ts'
import type { TestMoa } from '../moa.ts'
import type { EnginePlace } from '../support-e2e/engine.ts'
import { brokenPromises } from '../support/promises.ts'
import type { Person } from '../world.ts'
import { callViolations } from './call-invariants.ts'
import { ledgerViolations } from './ledger-invariants.ts'
import type { Seen } from './reader-invariants.ts'
import { readerViolations } from './reader-invariants.ts'
import { rowViolations } from './row-invariants.ts'
import { runViolations } from './run-invariants.ts'

/** What must stay true whatever fails (docs/faults.md says each in a sentence). */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I12'

/** One thing that is not true, and the rows, calls or runs that show it. */
export type Violation = { invariant: Invariant; says: string; rows: readonly object[] }

/** Everything a judgement rests on: Moa's rows, the institutions' own ledger and call log, the engine, and witnesses. */
export type Evidence = {
  moa: Pick<TestMoa, 'test' | 'keys'>
  sandbox: { control: Pick<Control, 'ledger' | 'calls' | 'clock' | 'violations'> }
  engine: EnginePlace
  people: readonly Person[]
  /** What callers were answered with a 202: it must be in the rows, however the process that said so ended. */
  accepted?: readonly { userKey: string; refreshNo: number }[]
  /** When the end of a consent was answered, by real time. */
  ended?: readonly EndedConsent[]
  /** What people were shown, in the order in which they were. */
  seen?: readonly Seen[]
  /** Since when nothing was broken any more, and how long afterwards what had been accepted before may take. */
  recovery?: { from: number; withinMs: number }
}

export type EndedConsent = { person: string; institutionId: string; returnedAt: number }

/**
 * Judges I1 to I7 and I12 by the database, the institutions' ledger and call log, and the engine. Answers what does not
 * hold, by name; nothing when all is well. To be asked when nothing is under way: what is open then was lost.
 */
export async function checkInvariants(evidence: Evidence): Promise<Violation[]> {
  const found = await Promise.all([
    rowViolations(evidence),
    ledgerViolations(evidence),
    callViolations(evidence),
    runViolations(evidence),
    promiseViolations(evidence),
  ])
  return [...found.flat(), ...readerViolations(evidence.seen ?? [])]
}

/** The same, once the engine has heard of the last ends: a run ends some moments after its rows. */
export async function lastingViolations(evidence: Evidence, limitMs = 15_000): Promise<Violation[]> {
  const giveUpAt = Date.now() + limitMs
  for (;;) {
    const violations = await checkInvariants(evidence)
    if (violations.every(({ says }) => !says.startsWith('a run ')) || Date.now() > giveUpAt) return violations
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** The promises that every walk through the protocols is held to (support/promises.ts), as invariants. */
const OF_PROMISE: Record<string, Invariant> = {
  P1: 'I6',
  P2: 'I2',
  P3: 'I7',
  P4: 'I2',
  P5: 'I3',
  P7: 'I1',
  purge: 'I3',
  consent: 'I7',
  rows: 'I2',
}

async function promiseViolations({ moa, people }: Evidence): Promise<Violation[]> {
  const broken = await Promise.all(
    people.map(async ({ userId, userKey }) =>
      (await brokenPromises(moa.test.owner, userId)).map((says) => ({ says, userKey })),
    ),
  )
  return broken.flat().map(({ says, userKey }) => {
    const invariant = OF_PROMISE[says.split(':')[0]!]
    if (!invariant) throw new Error(`no invariant has the promise ${says}`)
    return { invariant, says, rows: [{ userKey }] }
  })
}
