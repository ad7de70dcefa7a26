import type { Attempt, ReadingRef } from '../../../db/attempts.ts'
import type { UserId } from '../../../db/database.ts'
import type { EventAnswer } from '../../../db/events.ts'
import { EVENTS, type EventType } from '../../../domain/event-map.ts'
import { DomainFailure } from '../../../domain/failures.ts'
import type { Verb } from '../../../domain/orders.ts'
import type { Mark, Reading } from '../../../domain/reading.ts'
import { makeGrant, type TestMoa } from '../moa.ts'
import { makeOlder } from './ageing.ts'
import { analyseAll, BUTTON, classifyAll, factsOf, type Steps, VIEW } from './person.ts'
import { brokenPromises } from './promises.ts'
import type { Random } from './random.ts'
import { makeReading } from './readings.ts'
import { openRevocations, revocationSteps } from './revocation-steps.ts'

const INSTITUTIONS = ['A', 'B', 'C']
const MINUTE = 60_000
const NARROW = ['bank.list bank.deposit', 'bank.list']

/** One institution as it is in the world, whatever Moa knows of it: each version is another amount. */
type Outside = { version: number }
const amountOf = (institutionId: string, version: number): number =>
  (INSTITUTIONS.indexOf(institutionId) + 1) * 100_000 + version

type Held = { ref: ReadingRef; attempt: Attempt; version: number; reading: Reading }
type Shown = { institutionId: string; seq: number; asOf: Date }
type Step = { name: string; weight: number; take: () => Promise<unknown> }

/**
 * One user walked through the protocol at random, with a record of its own of what was promised and what was read, apart
 * from the rows. `broken` says what no longer holds after a step.
 */
export async function createWalk(moa: TestMoa, steps: Steps, random: Random) {
  const { userId } = await steps.enrol(INSTITUTIONS)
  const { api, worker, caretaking, test: database } = moa
  const outside = new Map<string, Outside>(INSTITUTIONS.map((id) => [id, { version: 1 }]))
  const held: Held[] = []
  const cuts: number[] = []
  const trail: string[] = []
  /** By refresh and institution: the bound that the answer promised. */
  const promised = new Map<number, Map<string, Date>>()
  /** By institution and collection: which version it brought. */
  const brought = new Map<string, number>()
  let shown: Shown[] = []
  let cutNo = 0
  let complaints: string[] = []

  const openNo = async (): Promise<number | null> => {
    const [row] = await database.owner<{ no: number }[]>`
      SELECT refresh_no AS no FROM refreshes
      WHERE user_id = ${userId} AND state IN ('requested', 'running', 'parked')`
    return row?.no ?? null
  }
  const anyNo = async (): Promise<number> => {
    const open = await openNo()
    if (open !== null && !random.chance(0.1)) return open
    const [row] = await database.owner<{ no: number }[]>`
      SELECT coalesce(max(refresh_no), 1) AS no FROM refreshes WHERE user_id = ${userId}`
    return Math.max(1, row!.no - random.below(2))
  }
  const consents = () => database.owner<{ institutionId: string; state: string; generation: number }[]>`
    SELECT institution_id AS "institutionId", consent_state AS state, generation
    FROM user_institutions WHERE user_id = ${userId}`
  const now = async (): Promise<Date> => {
    const [row] = await database.owner<{ now: Date }[]>`SELECT clock_timestamp()::timestamptz(3) AS now`
    return row!.now
  }

  // ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────

  async function event(type: EventType, institutionId: string | null): Promise<EventAnswer> {
    const before = await now()
    const stood = await consents()
    const answer = await api.events.record(userId, { type, institutionId, idempotencyKey: null })
    const bound = new Date(before.getTime() - EVENTS[type].freshEnoughMs)
    const about = stood.filter(
      (consent) => consent.state === 'active' && [null, consent.institutionId].includes(institutionId),
    )
    if (answer.outcome === 'started' || answer.outcome === 'joined') {
      for (const consent of about) promise(answer.refreshNo, consent.institutionId, bound)
    }
    if (answer.outcome === 'fresh') {
      for (const consent of about) {
        const part = shown.find((each) => each.institutionId === consent.institutionId)
        if (!part || part.asOf < bound) {
          complaints.push(
            `P4: answered fresh, but what is shown of ${consent.institutionId} is older than asked`,
          )
        }
      }
    }
    return answer
  }

  function promise(refreshNo: number, institutionId: string, bound: Date): void {
    const of = promised.get(refreshNo) ?? new Map<string, Date>()
    const earlier = of.get(institutionId)
    of.set(institutionId, earlier && earlier > bound ? earlier : bound)
    promised.set(refreshNo, of)
  }

  async function grant(institutionId: string): Promise<void> {
    const before = await now()
    const answer = await api.consents.grant(userId, makeGrant(institutionId))
    if (answer.outcome !== 'started' && answer.outcome !== 'joined') {
      complaints.push(`P4: a grant was answered ${answer.outcome}`)
    } else promise(answer.refreshNo, institutionId, before)
  }

  async function fence(institutionId: string, withDeletion: boolean): Promise<void> {
    await api.revocations.request(userId, institutionId, { deletion: withDeletion, reason: null })
    for (const of of promised.values()) of.delete(institutionId)
    shown = shown.filter((part) => part.institutionId !== institutionId)
  }

  /** Less than before, or less than that: what was held is gone, and what is left is read anew. */
  async function narrow(institutionId: string): Promise<string> {
    const before = await now()
    const stood = (await consents()).find((consent) => consent.institutionId === institutionId)
    const wish = { generation: stood?.generation ?? 1, scope: random.pick(NARROW) }
    const done = await api.consentTerms.change(userId, institutionId, wish)
    if (done.outcome !== 'changed' || done.generation === wish.generation) return done.outcome
    for (const of of promised.values()) of.delete(institutionId)
    shown = shown.filter((part) => part.institutionId !== institutionId)
    if (done.read?.outcome === 'started' || done.read?.outcome === 'joined') {
      promise(done.read.refreshNo, institutionId, before)
    } else if (stood?.state === 'active') complaints.push('P4: a narrowing of what stands is read by nobody')
    return 'narrowed'
  }

  async function foundEnded({ ref }: Held): Promise<void> {
    const { isSettled } = await worker.attempts.fail(ref, 'ConsentEnded', null)
    if (isSettled) for (const of of promised.values()) of.delete(ref.institutionId)
  }

  async function beginAttempt(refreshNo: number, institutionId: string): Promise<void> {
    const round = await steps.roundOf(userId, refreshNo, institutionId).catch(() => null)
    if (round === null) return
    const ref = { userId, refreshNo, institutionId, round }
    // Nobody reads for a refresh that is parked: its run wakes first.
    const [parked] = await database.owner`
      SELECT FROM refreshes WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND state = 'parked'`
    if (parked) await worker.refreshes.begin(userId, refreshNo, 'run')
    const attempt = await worker.attempts.begin(ref)
    if (attempt === 'done') return
    if ('notYet' in attempt) {
      // As the story does where an institution named a time: the row waits for it.
      if (attempt.notBefore) await worker.attempts.fail(ref, 'RateLimited', attempt.notBefore)
      return
    }
    const { version } = outside.get(institutionId)!
    held.push({ ref, attempt, version, reading: answerOf(institutionId, version, attempt.known.marks) })
  }

  async function apply({ ref, attempt, version, reading }: Held): Promise<void> {
    const { seq } = await worker.collections.apply(ref, factsOf(attempt), reading)
    // A second copy of an attempt finds what the first brought.
    const key = `${ref.institutionId}|${seq}`
    if (!brought.has(key)) brought.set(key, version)
  }

  async function publish(snapshotNo: number): Promise<string> {
    const [cut] = await database.owner<{ isOpen: boolean }[]>`
      SELECT closed_at IS NULL AS "isOpen" FROM snapshots JOIN refreshes USING (user_id, refresh_no)
      WHERE user_id = ${userId} AND snapshot_no = ${snapshotNo}`
    const published = await worker.cuts.publish(userId, snapshotNo)
    const isShown = published.outcome === 'complete' || published.outcome === 'partial'
    if (isShown && !published.mine && !cut!.isOpen) {
      complaints.push(`P2: snapshot ${snapshotNo} was published by a refresh that was closed`)
    }
    if (published.outcome === 'complete' && !published.mine) await checkComplete(snapshotNo)
    return published.outcome
  }

  async function parkOrContinue(refreshNo: number): Promise<string> {
    const next = await worker.refreshes.parkOrContinue(userId, refreshNo)
    if (next.next === 'closed' && next.as === 'incomplete') {
      // One that shows what remains reads nothing: what is old in it stays old.
      const causes = await database.owner`
        SELECT FROM plans WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND state = 'failed'
        UNION ALL SELECT FROM refreshes
        WHERE user_id = ${userId} AND refresh_no = ${refreshNo} AND reason = 'consent.revoked'`
      if (causes.length === 0) complaints.push(`P4: refresh ${refreshNo} ends incomplete without a cause`)
    }
    return next.next
  }

  /** The clock cannot be moved, so everything that is known is made older, the record included. */
  async function age(ms: number): Promise<void> {
    const back = (date: Date) => new Date(date.getTime() - ms)
    await makeOlder(database, userId, ms)
    for (const one of held) one.attempt = { ...one.attempt, asOf: back(one.attempt.asOf) }
    for (const of of promised.values()) for (const [id, bound] of of) of.set(id, back(bound))
    shown = shown.map((part) => ({ ...part, asOf: back(part.asOf) }))
  }

  const order = async (verb: Verb, institutionIds: string[] | null) => {
    const given = { verb, institutionIds, by: 'kim', why: 'a walk', via: 'operator' as const }
    return (await moa.orders.give(userId, await anyNo(), given)).outcome
  }

  const inst = () => random.pick(INSTITUTIONS)
  const someCut = () => cuts.at(-1 - (random.chance(0.2) ? random.below(cuts.length) : 0))
  const withCut = (work: (snapshotNo: number) => Promise<unknown>) => async () => {
    const snapshotNo = someCut()
    return snapshotNo === undefined ? undefined : work(snapshotNo)
  }
  const withHeld = (work: (one: Held) => Promise<unknown>) => async () => {
    const one = random.chance(0.7)
      ? held.at(-1 - random.below(Math.min(3, held.length)))
      : random.pick([...held, undefined])
    return one && work(one)
  }

  const STEPS: Step[] = [
    { name: 'view', weight: 4, take: () => event(VIEW, null) },
    { name: 'detail', weight: 2, take: () => event('assets.detail_viewed', inst()) },
    { name: 'button', weight: 6, take: () => event(BUTTON, null) },
    { name: 'grant', weight: 3, take: () => grant(inst()) },
    { name: 'fence', weight: 2, take: () => fence(inst(), random.chance(0.7)) },
    { name: 'narrow', weight: 2, take: () => narrow(inst()) },
    { name: 'found ended', weight: 1, take: withHeld(foundEnded) },
    { name: 'begin', weight: 5, take: async () => worker.refreshes.begin(userId, await anyNo(), 'run') },
    { name: 'attempt', weight: 14, take: async () => beginAttempt(await anyNo(), inst()) },
    { name: 'apply', weight: 14, take: withHeld(apply) },
    {
      name: 'fails later',
      weight: 2,
      take: withHeld(({ ref }) => worker.attempts.fail(ref, 'InstitutionUnavailable', null)),
    },
    {
      name: 'refused',
      weight: 1,
      take: withHeld(({ ref }) => worker.attempts.fail(ref, 'CredentialsRejected', null)),
    },
    {
      name: 'cut',
      weight: 8,
      take: async () => {
        const again = random.chance(0.15)
        if (!again) cutNo += 1
        const snapshotNo = await worker.cuts.cut(userId, await anyNo(), cutNo)
        if (snapshotNo !== null && !cuts.includes(snapshotNo)) cuts.push(snapshotNo)
      },
    },
    {
      name: 'classify',
      weight: 9,
      take: withCut((no) => worker.classifications.classifyCut(userId, no, classifyAll, 1)),
    },
    { name: 'analyse', weight: 9, take: withCut((no) => worker.analyses.analyseCut(userId, no, analyseAll)) },
    {
      name: 'write',
      weight: 8,
      take: withCut(async (no) => {
        await worker.classifications.classifyCut(userId, no, classifyAll, 1)
        await worker.analyses.analyseCut(userId, no, analyseAll)
      }),
    },
    { name: 'publish', weight: 14, take: withCut(publish) },
    // Otherwise a walk seldom comes to where only the publication is missing, or to a consent after a deletion.
    { name: 'a fair turn', weight: 8, take: () => turn() },
    { name: 'a turn in which one fails', weight: 10, take: () => failingTurn(inst()) },
    {
      name: 'deleted and granted again',
      weight: 2,
      take: async () => {
        const institutionId = inst()
        await fence(institutionId, true)
        await grant(institutionId)
      },
    },
    ...revocationSteps(moa, userId, random),
    { name: 'park or continue', weight: 8, take: async () => parkOrContinue(await anyNo()) },
    { name: 'resume', weight: 2, take: () => order('resume', random.chance(0.3) ? null : [inst()]) },
    { name: 'excuse', weight: 2, take: () => order('excuse', [inst()]) },
    { name: 'cancelled by an operator', weight: 1, take: () => order('cancel', null) },
    {
      name: 'an institution recovers',
      weight: 2,
      take: () => moa.institutionOrders.recovered(inst(), 'kim', 'it answers'),
    },
    {
      name: 'cancel',
      weight: 1,
      take: async () => worker.refreshes.close(userId, await anyNo(), 'cancelled', 'a test'),
    },
    {
      name: 'lost',
      weight: 1,
      take: async () => caretaking.closeAs(watched(userId, await anyNo()), 'lost', 'a test', null),
    },
    {
      name: 'time passes',
      weight: 3,
      take: () => age(random.pick([12 * MINUTE, 40 * MINUTE, 8 * 24 * 60 * MINUTE])),
    },
    {
      name: 'the world moves on',
      weight: 6,
      take: async () => {
        outside.get(inst())!.version += 1
      },
    },
  ]
  const lots = STEPS.flatMap((each) => Array.from({ length: each.weight }, () => each))

  async function step(): Promise<void> {
    const { name, take } = random.pick(lots)
    trail.push(name)
    try {
      const answer = await take()
      trail.push(`${trail.pop()} → ${JSON.stringify(answer) ?? 'done'}`)
    } catch (error) {
      trail.push(`${trail.pop()} → ${String(error)}`)
      if (!isNamed(error)) complaints.push(`${name} failed: ${String(error)}`)
    }
  }

  // ── what must hold ───────────────────────────────────────────────────────────────────────────────────────────

  async function checkComplete(snapshotNo: number): Promise<void> {
    const rows = await database.owner<
      {
        institutionId: string
        state: string | null
        asOf: Date | null
        isCurrent: boolean
        refreshNo: number
      }[]
    >`
      SELECT u.institution_id AS "institutionId", p.state, p.as_of AS "asOf", s.refresh_no AS "refreshNo",
        p.generation IS NOT DISTINCT FROM u.generation AS "isCurrent"
      FROM user_institutions u JOIN snapshots s ON s.user_id = u.user_id AND s.snapshot_no = ${snapshotNo}
      LEFT JOIN snapshot_institutions p ON p.user_id = u.user_id AND p.snapshot_no = s.snapshot_no
        AND p.institution_id = u.institution_id
      WHERE u.user_id = ${userId} AND u.consent_state = 'active' AND NOT EXISTS (
        SELECT FROM plans x WHERE x.user_id = u.user_id AND x.refresh_no = s.refresh_no
          AND x.institution_id = u.institution_id AND x.state = 'excused')`
    for (const { institutionId, state, asOf, isCurrent, refreshNo } of rows) {
      if (state !== 'fresh' || !isCurrent) {
        complaints.push(
          `P2: complete, but ${institutionId} is ${state}, ${isCurrent ? '' : 'of an earlier consent'}`,
        )
      }
      const bound = promised.get(refreshNo)?.get(institutionId)
      if (bound && (!asOf || asOf < bound)) {
        complaints.push(
          `P4: complete, but ${institutionId} is older than what an event that joined was promised`,
        )
      }
    }
  }

  async function checkShown(): Promise<void> {
    const parts = await database.owner<Shown[]>`
      SELECT institution_id AS "institutionId", seq, as_of AS "asOf" FROM snapshot_institutions p
      JOIN published_snapshots USING (user_id, snapshot_no) JOIN user_institutions u USING (user_id, institution_id)
      WHERE user_id = ${userId} AND view = 'latest' AND seq IS NOT NULL AND p.generation >= u.shown_from_generation`
    const stands = new Set(
      (await consents()).filter(({ state }) => state !== 'ended').map(({ institutionId }) => institutionId),
    )
    for (const before of shown) {
      const after = parts.find(({ institutionId }) => institutionId === before.institutionId)
      if (!after && stands.has(before.institutionId)) {
        complaints.push(`P5: ${before.institutionId} was shown and has vanished, though its consent stands`)
      }
      if (after && (after.seq < before.seq || after.asOf < before.asOf)) {
        complaints.push(`P5: what is shown of ${before.institutionId} goes back in time`)
      }
    }
    shown = [...parts]
  }

  /** Every published cut holds what its collections brought, and nothing else. */
  async function checkAmounts(): Promise<void> {
    const rows = await database.owner<{ institutionId: string; seq: number; amount: number | null }[]>`
      SELECT p.institution_id AS "institutionId", p.seq, b.amount::float8 AS amount
      FROM snapshot_institutions p JOIN snapshots s USING (user_id, snapshot_no)
      LEFT JOIN accounts a ON a.user_id = p.user_id AND a.institution_id = p.institution_id
        AND a.introduced_seq <= p.seq AND (a.removed_seq IS NULL OR a.removed_seq > p.seq)
      LEFT JOIN balances b ON b.user_id = p.user_id AND b.account_key = a.natural_key
        AND b.introduced_seq <= p.seq AND (b.removed_seq IS NULL OR b.removed_seq > p.seq)
      WHERE p.user_id = ${userId} AND p.seq IS NOT NULL AND s.status IN ('complete', 'partial')`
    for (const { institutionId, seq, amount } of rows) {
      const wanted = amountOf(institutionId, brought.get(`${institutionId}|${seq}`) ?? -1)
      if (amount !== wanted) {
        complaints.push(
          `rows: collection ${seq} of ${institutionId} brought ${wanted}, but a cut holds ${amount}`,
        )
      }
    }
  }

  async function broken(): Promise<string[]> {
    await checkShown()
    await checkAmounts()
    const found = [...complaints, ...(await brokenPromises(database.owner, userId))]
    complaints = []
    return found
  }

  // ── to quiet ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** One institution fails, the rest is published, and the refresh waits, if waiting may mend it. */
  async function failingTurn(institutionId: string): Promise<string> {
    const snapshotNo = await turn(institutionId)
    const refreshNo = await openNo()
    if (snapshotNo === null || refreshNo === null) return 'nothing was open'
    const published = await publish(snapshotNo)
    return published === 'partial' ? parkOrContinue(refreshNo) : published
  }

  async function fails({ ref }: Held): Promise<void> {
    const failure = random.pick(['InstitutionUnavailable', 'RateLimited', 'RequestRejected'] as const)
    const stated = failure === 'RateLimited' ? new Date((await now()).getTime() + 30 * MINUTE) : null
    await worker.attempts.fail(ref, failure, stated)
  }

  /** What a run does until it publishes: everything that is planned is read, and a cut of it is written. */
  async function turn(failing: string | null = null): Promise<number | null> {
    const refreshNo = await openNo()
    if (refreshNo === null) return null
    const plan = await worker.refreshes.begin(userId, refreshNo, 'run')
    if (plan.state === 'closed') return null
    for (const { institutionId } of plan.readings) {
      const before = held.length
      await beginAttempt(refreshNo, institutionId)
      if (held.length > before) await (institutionId === failing ? fails : apply)(held.at(-1)!)
    }
    cutNo += 1
    const snapshotNo = await worker.cuts.cut(userId, refreshNo, cutNo)
    if (snapshotNo === null) return null
    cuts.push(snapshotNo)
    await worker.classifications.classifyCut(userId, snapshotNo, classifyAll, 1)
    await worker.analyses.analyseCut(userId, snapshotNo, analyseAll)
    return snapshotNo
  }

  /** A fair run from here, until the refresh is closed. */
  async function drive(): Promise<string> {
    for (let turns = 0; turns < 12; turns += 1) {
      const refreshNo = await openNo()
      if (refreshNo === null) return 'quiet'
      const snapshotNo = await turn()
      if (snapshotNo === null || (await publish(snapshotNo)) !== 'partial') continue
      // Whatever waits is due, and what is read then answers: a fair world.
      if ((await parkOrContinue(refreshNo)) === 'parked') await age(7 * 60 * MINUTE)
    }
    return 'never quiet'
  }

  /** From wherever the walk ended: quiet, and a button from there shows the world as it is now. */
  async function end(): Promise<string[]> {
    trail.push('driven to quiet')
    if ((await drive()) !== 'quiet') complaints.push('P7: no quiet state is reached')
    await age(60 * MINUTE) // whatever time an institution named has come
    const active = (await consents()).filter(({ state }) => state === 'active')
    if (active.length > 0) {
      const answer = await event(BUTTON, null)
      if (answer.outcome !== 'started')
        complaints.push(`P7: when all is quiet a button is answered ${answer.outcome}`)
      if ((await drive()) !== 'quiet') complaints.push('P7: a button is never done')
      await checkShown()
      for (const { institutionId } of active) {
        const part = shown.find((each) => each.institutionId === institutionId)
        const version = part && brought.get(`${institutionId}|${part.seq}`)
        if (version !== outside.get(institutionId)!.version) {
          complaints.push(`P7: after all is quiet ${institutionId} is shown as it was, not as it is`)
        }
      }
      const after = await event(VIEW, null)
      if (after.outcome !== 'fresh')
        complaints.push(`P7: after all is quiet a view is answered ${after.outcome}`)
    }
    await endRevocations()
    return broken()
  }

  /** Every end of a consent comes to its receipt, from wherever it was left. */
  async function endRevocations(): Promise<void> {
    for (const revocationNo of await openRevocations(moa, userId)) {
      const story = revocationSteps(moa, userId, random, revocationNo)
      for (let turns = 0; turns < 3; turns += 1) {
        for (const { take } of story) await take()
        await drive()
      }
    }
    const left = await openRevocations(moa, userId)
    if (left.length > 0) complaints.push(`P7: revocations ${left.join(', ')} never come to an end`)
  }

  for (const institutionId of ['A', 'B']) await grant(institutionId)
  return { userId, step, broken, end, trail }
}

/** As an institution answers: what has not changed since the mark is said to be so, the rest is sent in full. */
function answerOf(institutionId: string, version: number, marks: readonly Mark[]): Reading {
  const full = makeReading([
    {
      name: institutionId,
      amount: amountOf(institutionId, version),
      bookings: [{ no: version, on: '2026-01-05', amount: 10 }],
    },
  ])
  return {
    gaps: [],
    sections: full.sections.map((section) => {
      const mark = { ...section.mark, searchTimestamp: `version ${version}` }
      const isKnown = marks.some(
        ({ asset, api, searchTimestamp }) =>
          asset === mark.asset && api === mark.api && searchTimestamp === mark.searchTimestamp,
      )
      return isKnown
        ? { kind: section.kind, extent: section.extent, mark, outcome: 'upToDate' }
        : { ...section, mark }
    }),
  }
}

const watched = (userId: UserId, refreshNo: number) => ({
  userId,
  refreshNo,
  userKey: '',
  state: 'running' as const,
  workflowId: '',
  priority: 1,
})

/** Too late, fenced, or without a consent: all of them said by name. */
const isNamed = (error: unknown): boolean =>
  error instanceof DomainFailure && ['Superseded', 'CredentialsRejected', 'ConsentEnded'].includes(error.type)
