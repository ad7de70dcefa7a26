import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { kstDate, plusDays } from '../../domain/time.ts'
import { createTestMoa, makeGrant, testPolicy } from './moa.ts'
import { ask, refreshOf, tell } from './support-e2e/asking.ts'
import { cardLedgerOf, cardsStoredIn } from './support-e2e/card-ledger.ts'
import { atRest, passTime } from './support-e2e/days.ts'
import { ledgerOf, storedIn } from './support-e2e/ledger.ts'
import { type Person, startWorld, type World } from './world.ts'

const [WELL, REFUSING, DOWN, WELL_TOO] = ['SBXBANK001', 'SBXBANK002', 'SBXBANK003', 'SBXBANK004'] as const
const BANKS = [WELL, REFUSING, DOWN, WELL_TOO]
const CARDS = 'SBXCARD001'
const DAYS = 10
const HOUR_MS = 3_600_000
// From a login to the next: in four steps, so that what waits is tried on the way, and a little over the 24 hours that a
// refresh waits at most.
const NIGHT_MS = [6, 6, 6, 6.25].map((hours) => hours * HOUR_MS)
const DAY_MS = NIGHT_MS.reduce((sum, ms) => sum + ms)

let world: World
let minji: Person
/** By day: the clock of the institutions at the login, and the snapshot it led to. */
const clockOn = new Map<number, string>()
const snapshotOn = new Map<number, number>()
let lastCallBeforeConsent = 0

beforeAll(async () => {
  const moa = await createTestMoa({
    policy: { ...testPolicy, limitsFor: (isFirst) => ({ ...testPolicy.limitsFor(isFirst), quickTries: 1 }) },
  })
  // The sandbox's clock begins so far behind ours that its last day is not in our future.
  const today = plusDays(kstDate(new Date()), -DAYS - 2)
  world = await startWorld({ moa, sandbox: { institutions: 4, cardInstitutions: 1, today } })
  minji = await world.enrol('minji')
  await tell(world, minji, 'consent.granted')
  await atRest(world, minji)
})
afterAll(() => world.close())

const shown = async (view: 'latest' | 'complete') =>
  (await world.moa.api.published.snapshot(minji.userId, view))!

const callsTo = (institutionId: string) => world.sandbox.control.calls({ person: 'minji', institutionId })

/** What happens outside before the login of a day. */
const OUTSIDE: Record<number, () => void> = {
  // A consent that did not come from us: neither of our tokens means anything there any more.
  3: () => world.sandbox.control.consents({ person: 'minji', institutionIds: [REFUSING] }),
  5: () => world.sandbox.control.behaviour({ institutionId: DOWN, status: { http: 500 } }),
  7: () => world.sandbox.control.resetBehaviour(),
}

/** A night, and the day's one login. Answers the database's clock before it. */
async function liveUntilLoginOf(day: number): Promise<Date> {
  for (const ms of NIGHT_MS) await passTime(world, minji, ms)
  OUTSIDE[day]?.()
  const [dawn] = await world.moa.test.owner<{ at: Date }[]>`SELECT now() AS at`
  if (day === 9) await consentAgain()
  const refreshNo = refreshOf(await ask(world, minji, 'member.logged_in'))
  await atRest(world, minji)
  clockOn.set(day, world.sandbox.control.clock().now)
  const latest = await shown('latest')
  expect(latest.refreshNo).toBe(refreshNo)
  snapshotOn.set(day, latest.snapshotNo)
  return dawn!.at
}

async function consentAgain(): Promise<void> {
  lastCallBeforeConsent = world.sandbox.control.calls().at(-1)!.no
  const [tokens] = world.sandbox.control.consents({ person: 'minji', institutionIds: [REFUSING] })
  const { accessToken, refreshToken } = tokens!
  const grant = makeGrant(REFUSING, { accessToken, refreshToken })
  const refreshNo = refreshOf(await world.moa.api.consents.grant(minji.userId, grant))
  await tell(world, { ...minji, refreshNo }, 'consent.granted')
  await atRest(world, minji)
}

/** What is true of an institution that was last read so many days before. */
const truth = (daysOld: number, reason: string, isRequired: boolean) =>
  daysOld === 0
    ? { state: 'fresh', reason: null, isRequired: true, daysOld }
    : { state: 'carried_over', reason, isRequired, daysOld }

/** Read since the day began is today, whatever came before is at least a day old. */
const daysBefore = (dawn: Date, asOf: Date): number =>
  asOf >= dawn ? 0 : Math.max(1, Math.floor((dawn.getTime() - asOf.getTime()) / DAY_MS))

describe('ten days, with one login a day, of four banks and a card company', () => {
  test.each([
    // day, age in days of what is shown of the bank that refuses, and of the bank that is down
    [1, 0, 0],
    [2, 0, 0],
    [3, 1, 0],
    [4, 2, 0],
    [5, 3, 1],
    [6, 4, 2],
    [7, 5, 0],
    [8, 6, 0],
    [9, 0, 0],
    [10, 0, 0],
  ])(
    'day %i: what the bank shows that refuses is %i days old, of the bank that is down %i, of all others it is fresh',
    async (day, refused, down) => {
      const dawn = await liveUntilLoginOf(day)
      const latest = await shown('latest')
      const parts = latest.coverage.map(({ institutionId, state, reason, isRequired, asOf }) => [
        institutionId,
        { state, reason, isRequired, daysOld: daysBefore(dawn, asOf!) },
      ])
      expect(Object.fromEntries(parts)).toEqual({
        [WELL]: truth(0, '', true),
        [REFUSING]: truth(refused, 'CredentialsRejected', false),
        [DOWN]: truth(down, 'InstitutionUnavailable', true),
        [WELL_TOO]: truth(0, '', true),
        [CARDS]: truth(0, '', true),
      })

      // Whole without whoever waits for the user; and while a bank is down, as it was when all last answered.
      expect(latest.status).toBe(down === 0 ? 'complete' : 'partial')
      expect((await shown('complete')).snapshotNo).toBe(snapshotOn.get(day - down))

      const daysOld = { [WELL]: 0, [REFUSING]: refused, [DOWN]: down, [WELL_TOO]: 0 }
      const ledgers = await Promise.all(
        BANKS.map((institutionId) =>
          ledgerOf(world, minji, {
            institutionIds: [institutionId],
            at: clockOn.get(day - daysOld[institutionId])!,
          }),
        ),
      )
      expect(await storedIn(world, minji, latest.snapshotNo)).toEqual(
        ledgers.flat().toSorted((a, b) => (a.account < b.account ? -1 : 1)),
      )
      expect(await cardsStoredIn(world, minji, latest.snapshotNo)).toEqual(await cardLedgerOf(world, minji))
    },
  )

  test('each refresh ended as it should: while the bank was down incomplete, at its deadline and not before', async () => {
    const refreshes = await world.moa.test.owner<{ told: string }[]>`
      SELECT reason || ' ' || state || coalesce(' ' || closed_because, '')
        || CASE WHEN closed_at >= deadline THEN ' at its deadline' ELSE '' END AS told
      FROM refreshes WHERE user_id = ${minji.userId} ORDER BY refresh_no`
    const complete = 'member.logged_in succeeded'
    const downAllDay = 'member.logged_in incomplete InstitutionUnavailable at its deadline'
    const anew = 'consent.granted succeeded'
    const until4 = [anew, complete, complete, complete, complete]
    expect(refreshes.map(({ told }) => told)).toEqual(
      until4.concat([downAllDay, downAllDay, complete, complete], [anew, complete, complete]),
    )
  })

  test('the bank that refuses was asked once, and once for another token, and not again before there was a new consent', () => {
    const refused = callsTo(REFUSING).filter(({ status }) => status !== 200)
    expect(refused.map(({ status }) => status)).toEqual([401, 400])
    const next = callsTo(REFUSING).find(({ no }) => no > refused[1]!.no)
    expect(next!.no).toBeGreaterThan(lastCallBeforeConsent)
  })

  test('the bank that is down was tried at each login and again every few hours, and nothing else was asked for that', () => {
    const failed = callsTo(DOWN).filter(({ status }) => status !== 200)
    expect(failed.map(({ status }) => status)).toEqual(Array(2 * NIGHT_MS.length).fill(500))
    const between = callsTo(WELL).filter(
      ({ no }) => no > failed[1]!.no && no < failed[NIGHT_MS.length - 1]!.no,
    )
    expect(between).toEqual([])
  })

  test('no snapshot showed an institution older than the snapshot before had', async () => {
    const older = await world.moa.test.owner`
      SELECT * FROM (
        SELECT snapshot_no, institution_id, as_of, lag(as_of) OVER (PARTITION BY institution_id ORDER BY snapshot_no) AS before
        FROM snapshot_institutions JOIN snapshots USING (user_id, snapshot_no)
        WHERE user_id = ${minji.userId} AND status IN ('complete', 'partial')) AS shown
      WHERE before IS NOT NULL AND as_of IS DISTINCT FROM greatest(as_of, before)`
    expect(older).toEqual([])
    expect(snapshotOn.get(DAYS)).toBeGreaterThan(DAYS)
  })

  test('nothing was asked for that the standard forbids', () => {
    expect(world.sandbox.control.violations().violations).toEqual([])
  })
})
