import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { refreshWorkflowId } from '../../workflows/contract.ts'
import { ask, press, refreshOf, tell } from './support-e2e/asking.ts'
import { type Engine, openEngine } from './support-e2e/engine.ts'
import { ledgerOf, rowCounts, storedIn } from './support-e2e/ledger.ts'
import { closed, type Person, startWorld, until, type World } from './world.ts'

let engine: Engine

beforeAll(async () => {
  engine = await openEngine()
})
afterAll(() => engine.close())

describe('a person with six banks', () => {
  let world: World
  let minji: Person

  beforeAll(async () => {
    world = await startWorld()
    minji = await world.enrol('minji')
    await tell(world, minji, 'consent.granted')
  })
  afterAll(() => world.close())

  test('has, after a first refresh, exactly what the institutions hold: accounts, balances, counts and sums', async () => {
    const refresh = await closed(world, minji.userId, minji.refreshNo)
    expect(refresh.state).toBe('succeeded')
    const snapshot = await world.moa.api.published.snapshot(minji.userId, 'complete')
    expect(snapshot!.status).toBe('complete')
    expect(snapshot!.coverage.map(({ state, reason, gaps }) => [state, reason, gaps])).toEqual(
      world.sandbox.institutions.map(() => ['fresh', null, 0]),
    )
    const stored = await storedIn(world, minji, snapshot!.snapshotNo)
    expect(stored).toEqual(await ledgerOf(world, minji))
    expect(stored.reduce((rows, { transactions }) => rows + transactions, 0)).toBeGreaterThan(1_000)
    expect(await engine.ending(refreshWorkflowId(minji))).toEqual({ status: 'COMPLETED', failure: null })
  })

  test('shows a reader page by page what the rows hold, each transaction once', async () => {
    const stored = await storedIn(world, minji, 1)
    const seen = new Set<string>()
    for (let after: Parameters<typeof world.moa.api.published.transactions>[3] = null; ;) {
      const page = await world.moa.api.published.transactions(minji.userId, 'complete', 500, after)
      for (const { id } of page!.rows) seen.add(id)
      const last = page!.rows.at(-1)
      if (!last) break
      after = { snapshotNo: page!.snapshotNo, occurredAt: last.occurredAt, id: last.id }
    }
    expect(seen.size).toBe(stored.reduce((rows, { transactions }) => rows + transactions, 0))
  })

  test('costs no row when nothing is new, and every institution says so', async () => {
    const before = await rowCounts(world)
    const refresh = await closed(world, minji.userId, await press(world, minji))
    expect(refresh.state).toBe('succeeded')
    expect(refresh.readings.map(({ outcome, rows }) => [outcome, rows])).toEqual(
      world.sandbox.institutions.map(() => ['unchanged', 0]),
    )
    expect(await rowCounts(world)).toEqual(before)
    expect(await rowsOfSeq(world, minji, refresh.refreshNo)).toEqual({ introduced: 0, removed: 0 })
  })

  test('gets a new day as the difference alone', async () => {
    const earlier = await ledgerOf(world, minji)
    const before = await rowCounts(world)
    const { now } = world.sandbox.control.moveClock({ advanceDays: 1 })
    const later = await ledgerOf(world, minji, { at: now })
    const booked = totalOf(later) - totalOf(earlier)
    const moved = later.filter(({ balances }, i) => balances.join() !== earlier[i]!.balances.join()).length
    expect(booked).toBeGreaterThan(0)

    const refresh = await closed(world, minji.userId, await press(world, minji))
    expect(refresh.state).toBe('succeeded')
    expect(await storedIn(world, minji, refresh.snapshot!.snapshotNo)).toEqual(later)
    const after = await rowCounts(world)
    expect(after['transactions']! - before['transactions']!).toBe(booked)
    expect(after['classifications']! - before['classifications']!).toBe(booked)
    expect(after['balances']! - before['balances']!).toBe(moved)
    expect(after['accounts']).toBe(before['accounts'])
  })

  test('is asked for nothing that the standard forbids', () => {
    expect(world.sandbox.control.violations().violations).toEqual([])
  })
})

describe('a bank that fails', () => {
  test('is named in a partial snapshot beside fresh siblings, and once healed the refresh that waited for it is whole', async () => {
    const world = await startWorld({ sandbox: { institutions: 3 } })
    const person = await world.enrol('failing')
    await tell(world, person, 'consent.granted')
    await closed(world, person.userId, person.refreshNo)
    const whole = await world.moa.api.published.snapshot(person.userId, 'complete')

    world.sandbox.control.moveClock({ advanceDays: 1 })
    world.sandbox.control.behaviour({ institutionId: 'SBXBANK002', status: { http: 500 } })
    const refreshNo = await press(world, person)
    const refresh = await until('the refresh to be parked', async () => {
      const now = await world.moa.api.progress.of(person.userId, refreshNo)
      return now?.state === 'parked' && now
    })
    expect(refresh.readings.map(({ state, failure }) => [state, failure])).toEqual([
      ['collected', null],
      ['failed', 'InstitutionUnavailable'],
      ['collected', null],
    ])
    const partial = await world.moa.api.published.snapshot(person.userId, 'latest')
    expect(partial!.status).toBe('partial')
    expect(partial!.coverage.map(({ state, reason }) => [state, reason])).toEqual([
      ['fresh', null],
      ['carried_over', 'InstitutionUnavailable'],
      ['fresh', null],
    ])
    expect(await world.moa.api.published.snapshot(person.userId, 'complete')).toEqual(whole)
    const siblings = { institutionIds: ['SBXBANK001', 'SBXBANK003'] }
    expect(await storedIn(world, person, partial!.snapshotNo)).toEqual(
      expect.arrayContaining(await ledgerOf(world, person, siblings)),
    )

    world.sandbox.control.resetBehaviour()
    expect(await press(world, person)).toBe(refreshNo)
    const healed = await closed(world, person.userId, refreshNo)
    expect(healed.state).toBe('succeeded')
    expect(await engine.ending(refreshWorkflowId({ ...person, refreshNo }))).toEqual({
      status: 'COMPLETED',
      failure: null,
    })
    expect(await storedIn(world, person, healed.snapshot!.snapshotNo)).toEqual(await ledgerOf(world, person))
    expect(world.sandbox.control.violations().violations).toEqual([])
    await world.close()
  })

  test('delays nobody: what is there is published within the patience, and completed when it lands', async () => {
    const world = await startWorld({ sandbox: { institutions: 3 } })
    const person = await world.enrol('patient')
    const patienceMs = 2_500
    await world.moa.test
      .owner`UPDATE refreshes SET patience_ms = ${patienceMs} WHERE user_id = ${person.userId}`
    world.sandbox.control.behaviour({ institutionId: 'SBXBANK003', latencyMs: 4_000, times: 1 })
    const startedAt = Date.now()
    const firstCut = async () => {
      await tell(world, person, 'consent.granted')
      await holdCutsUntilRead(world, person, ['SBXBANK001', 'SBXBANK002'])
      return until('a first cut', () => world.moa.api.published.snapshot(person.userId, 'latest'))
    }
    const first = await withoutApplying(world, person, 'SBXBANK003', firstCut)
    const tookMs = Date.now() - startedAt
    expect(tookMs).toBeGreaterThan(patienceMs)
    expect([first.status, first.snapshotNo]).toEqual(['partial', 1])
    expect(first.coverage.map(({ state, reason }) => [state, reason])).toEqual([
      ['fresh', null],
      ['fresh', null],
      ['absent', 'still_reading'],
    ])
    expect(await world.moa.api.published.snapshot(person.userId, 'complete')).toBeNull()

    const refresh = await closed(world, person.userId, person.refreshNo)
    expect(refresh.state).toBe('succeeded')
    const { snapshotNo, status } = refresh.snapshot!
    expect(status).toBe('complete')
    expect(await storedIn(world, person, snapshotNo)).toEqual(await ledgerOf(world, person))
    const cuts = await world.moa.test.owner`
      SELECT refresh_no, cut_no, status FROM snapshots WHERE user_id = ${person.userId} ORDER BY snapshot_no`
    // On a busy machine the run may hear of what was read only when its first cut is made: then it makes another.
    const last = cuts.length
    expect(last).toBeGreaterThan(1)
    expect(cuts.map((row) => [row['refresh_no'], row['cut_no'], row['status']])).toEqual(
      cuts.map((_, at) => [1, at + 1, at + 1 === last ? 'complete' : 'partial']),
    )
    await world.close()
  })

  test('refuses the token: only the person can mend it, so the snapshot is whole without it and names it', async () => {
    const world = await startWorld({ sandbox: { institutions: 2 } })
    const person = await world.enrol('refused')
    await tell(world, person, 'consent.granted')
    await closed(world, person.userId, person.refreshNo)

    // They agreed with somebody else there: our tokens mean nothing any more, neither of them.
    world.sandbox.control.consents({ person: person.person, institutionIds: ['SBXBANK002'] })
    const refresh = await closed(world, person.userId, await press(world, person))
    expect(refresh.state).toBe('succeeded')
    expect(refresh.readings.map(({ state, failure }) => [state, failure])).toEqual([
      ['collected', null],
      ['failed', 'CredentialsRejected'],
    ])
    const snapshot = await world.moa.api.published.snapshot(person.userId, 'complete')
    expect(snapshot!.refreshNo).toBe(refresh.refreshNo)
    expect(snapshot!.coverage.map(({ state, reason, isRequired }) => [state, reason, isRequired])).toEqual([
      ['fresh', null, true],
      ['carried_over', 'CredentialsRejected', false],
    ])
    const [consent] = await world.moa.test.owner`
      SELECT consent_state FROM user_institutions
      WHERE user_id = ${person.userId} AND institution_id = 'SBXBANK002'`
    expect(consent!['consent_state']).toBe('needs_user')

    // Nobody asks it again until the person has: an event about it alone is refused, others leave it out.
    const callsBefore = world.sandbox.control.calls({ institutionId: 'SBXBANK002' }).length
    const detail = await ask(world, person, 'assets.detail_viewed', 'SBXBANK002')
    expect(detail).toMatchObject({ outcome: 'rejected', because: 'needs_user' })
    await closed(world, person.userId, refreshOf(await ask(world, person, 'assets.refresh_requested')))
    expect(world.sandbox.control.calls({ institutionId: 'SBXBANK002' }).length).toBe(callsBefore)
    await world.close()
  })
})

/** However busy the machine is: the slow one is slower than that. */
const withoutApplying = <T>(
  { moa }: World,
  { userId }: Person,
  institutionId: string,
  work: () => Promise<T>,
) =>
  moa.test.owner.begin(async (holder) => {
    await holder`
      SELECT FROM user_institutions WHERE user_id = ${userId} AND institution_id = ${institutionId} FOR NO KEY UPDATE`
    return work()
  })

/** And these are read when patience is over. A cut needs the user's row, a reading does not. */
async function holdCutsUntilRead({ moa }: World, { userId, refreshNo }: Person, institutionIds: string[]) {
  const read = async () => {
    const refresh = await moa.api.progress.of(userId, refreshNo)
    const wanted = refresh!.readings.filter(({ institutionId }) => institutionIds.includes(institutionId))
    return wanted.every(({ state }) => state === 'collected')
  }
  await until(
    'the run to begin',
    async () => (await moa.api.progress.of(userId, refreshNo))!.state === 'running',
  )
  await moa.test.owner.begin(async (holder) => {
    await holder`SELECT FROM users WHERE user_id = ${userId} FOR NO KEY UPDATE`
    await until('these to be read', read)
  })
}

const totalOf = (told: { transactions: number }[]) =>
  told.reduce((sum, { transactions }) => sum + transactions, 0)

/** What the collections of one refresh wrote. */
async function rowsOfSeq({ moa }: World, { userId }: Person, refreshNo: number) {
  const [row] = await moa.test.owner<{ introduced: number; removed: number }[]>`
    SELECT count(*) FILTER (WHERE t.introduced_seq = c.seq)::int AS introduced,
      count(*) FILTER (WHERE t.removed_seq = c.seq)::int AS removed
    FROM collections c JOIN transactions t USING (user_id, institution_id)
    WHERE c.user_id = ${userId} AND c.refresh_no = ${refreshNo}`
  return { ...row! }
}
