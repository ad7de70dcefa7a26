import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { kstDate, plusDays } from '../../domain/time.ts'
import { press, tell } from './support-e2e/asking.ts'
import { cardLedgerOf, type CardsTold, cardsStoredIn } from './support-e2e/card-ledger.ts'
import { ledgerOf, rowCounts, storedIn } from './support-e2e/ledger.ts'
import { closed, type Person, startWorld, type World } from './world.ts'

const DAYS = 10
// The sandbox's clock begins so far behind ours that its last day is not in our future.
const today = plusDays(kstDate(new Date()), -DAYS - 1)

describe('a person with three banks and four card companies', () => {
  let world: World
  let minji: Person
  let first: { snapshotNo: number; told: CardsTold }

  beforeAll(async () => {
    world = await startWorld({ sandbox: { institutions: 3, cardInstitutions: 4, today } })
    minji = await world.enrol('minji')
    await tell(world, minji, 'consent.granted')
  })
  afterAll(() => world.close())

  /** The snapshot of a refresh, once it is published, complete and equal to the ledger. */
  async function refreshed(refreshNo: number) {
    const refresh = await closed(world, minji.userId, refreshNo)
    expect(await gapsOf(world, minji, refreshNo)).toEqual([])
    expect([refresh.state, refresh.closedBecause]).toEqual(['succeeded', null])
    const { snapshotNo, status } = refresh.snapshot!
    expect(status).toBe('complete')
    const told = await cardsStoredIn(world, minji, snapshotNo)
    expect(told).toEqual(await cardLedgerOf(world, minji))
    expect(await storedIn(world, minji, snapshotNo)).toEqual(await ledgerOf(world, minji))
    return { refresh, snapshotNo, told }
  }

  test('has, after a first refresh, exactly what they hold, row by row', async () => {
    first = await refreshed(minji.refreshNo)
    for (const [what, lines] of Object.entries(first.told))
      expect({ what, some: lines.length > 0 }).toEqual({ what, some: true })
    const statuses = new Set(
      first.told.approvals.map((line) => / (approved|cancelled|amended) /.exec(line)?.[1]),
    )
    expect(statuses.size).toBe(3)
  })

  test(
    'has it still after ten days in which approvals are made, cancelled and amended',
    { timeout: 300_000 },
    async () => {
      const changed: string[] = []
      const lived = new Map<number, Named[]>()
      for (let day = 1; day <= DAYS; day += 1) {
        await readUntilTheirToday(world)
        world.sandbox.control.moveClock({ advanceDays: 1 })
        changed.push(...liveADay(world, minji.person, day, lived))
        await refreshed(await press(world, minji))
      }
      // One row for ever: what changed has versions, and one of them is live.
      const versions = await versionsOf(world, minji, changed)
      expect(versions.length).toBe(new Set(changed).size)
      for (const { live, versions: all } of versions) expect([live, all > 1]).toEqual([1, true])
      expect(versions.length).toBeGreaterThan(2 * DAYS)
      expect(await cardsStoredIn(world, minji, first.snapshotNo)).toEqual(first.told)
    },
  )

  test('costs no row when nothing is new', async () => {
    const before = await rowCounts(world)
    const { refresh } = await refreshed(await press(world, minji))
    expect(new Set(refresh.readings.map(({ outcome, rows }) => `${outcome} ${rows}`))).toEqual(
      new Set(['unchanged 0']),
    )
    expect(await rowCounts(world)).toEqual(before)
  })

  test('spends once what both sides tell: bills and the accounts’ side of debit cards count nothing', async () => {
    const { owner } = world.moa.test
    const paid = await owner<{ category: string; rows: number }[]>`
      SELECT k.category, count(*)::int AS rows FROM transactions t
      JOIN classifications k ON k.user_id = t.user_id AND k.transaction_id = t.id AND k.removed_class_seq IS NULL
      WHERE t.user_id = ${minji.userId} AND t.removed_seq IS NULL AND t.type_text = '카드대금' GROUP BY 1`
    expect(paid.map(({ category }) => category)).toEqual(['transfer.card_bill'])
    expect(paid[0]!.rows).toBeGreaterThan(20)

    const sides = await owner<{ card: string; approvals: number; legs: number }[]>`
      SELECT c.natural_key::text AS card,
        (SELECT count(*)::int FROM transactions t WHERE t.user_id = c.user_id AND t.removed_seq IS NULL
          AND t.account_key = c.natural_key) AS approvals,
        (SELECT count(*)::int FROM transactions t JOIN classifications k ON k.user_id = t.user_id
          AND k.transaction_id = t.id AND k.removed_class_seq IS NULL AND k.category = 'transfer.card_payment'
          WHERE t.user_id = c.user_id AND t.removed_seq IS NULL AND t.account_key = b.natural_key
            AND t.direction = 'out') AS legs
      FROM accounts c
      JOIN contracts p ON p.user_id = c.user_id AND p.account_key = c.natural_key AND p.removed_seq IS NULL
      JOIN accounts b ON b.user_id = c.user_id AND b.kind = 'deposit' AND b.removed_seq IS NULL
        AND right(b.number_masked, 4) = right(p.paying_account_masked, 4)
      WHERE c.user_id = ${minji.userId} AND c.kind = 'check_card' AND c.removed_seq IS NULL`
    expect(sides.length).toBe(2)
    for (const { approvals, legs } of sides) {
      expect(approvals).toBeGreaterThan(50)
      expect(legs).toBe(approvals)
    }
  })

  test('is asked for nothing that the standard forbids', () => {
    expect(world.sandbox.control.violations().violations).toEqual([])
  })
})

/** Our clock is days ahead of theirs: what was read until our today was read until theirs. */
async function readUntilTheirToday({ moa, sandbox }: World): Promise<void> {
  const theirs = kstDate(new Date(sandbox.control.clock().now))
  await moa.test.owner`UPDATE watermarks SET read_until = ${theirs}::date WHERE read_until > ${theirs}::date`
}

type Control = World['sandbox']['control']
type Named = { cardId: string; approvedNum: string; approvedAt: string }

/**
 * A day at one of the four companies: purchases at home and abroad, what was bought there four days ago is cancelled and
 * amended, what was amended is cancelled after four more, and so is an approval of eighty days ago. Answers what changed.
 */
function liveADay({ sandbox: { control } }: World, person: string, day: number, lived: Map<number, Named[]>) {
  const place = { person, institutionId: `SBXCARD00${(day % 4) + 1}` }
  const { approvals } = control.approvals({ ...place, count: 2, amount: '12000' })
  lived.set(day, approvals)
  control.approvals({ ...place, count: 1, overseas: true })
  const changed: Named[] = [control.cancelApproval({ ...place, ...oldApproval(control, place, day) })]
  const [bought, meant] = lived.get(day - 4) ?? []
  if (bought) changed.push(control.cancelApproval({ ...place, ...bought }))
  if (meant) changed.push(control.amendApproval({ ...place, ...meant, amount: '7000' }))
  const amended = lived.get(day - 8)?.[1]
  if (amended) changed.push(control.cancelApproval({ ...place, ...amended }))
  return changed.map(({ approvedNum, approvedAt }) => `${approvedNum} ${approvedAt}`)
}

function oldApproval(
  control: Control,
  { person, institutionId }: { person: string; institutionId: string },
  day: number,
): Named {
  const from = plusDays(today, day - 80)
  const { cards } = control.ledger({ person, institutionId, from })
  for (const { cardId, isConsent, approvals } of cards) {
    const found = approvals.find(({ status, currency }) => status === '01' && currency === 'KRW')
    if (found && isConsent) return { cardId, approvedNum: found.approvedNum, approvedAt: found.approvedAt }
  }
  return expect.fail(`no approval since ${from}`)
}

/** What could not be read for a refresh: the first thing to know when it is not whole. */
async function gapsOf({ moa }: World, { userId }: Person, refreshNo: number): Promise<unknown[]> {
  const rows = await moa.test.owner<{ gap: unknown }[]>`
    SELECT jsonb_array_elements(gaps) || jsonb_build_object('at', institution_id) AS gap FROM collections
    WHERE user_id = ${userId} AND refresh_no = ${refreshNo}`
  return rows.map(({ gap }) => gap)
}

/** How many versions rows have that were named so, and how many of them are live. */
const versionsOf = ({ moa }: World, { userId }: Person, named: readonly string[]) =>
  moa.test.owner<{ name: string; live: number; versions: number }[]>`
    SELECT approval_no || ' ' || to_char(occurred_at, 'YYYYMMDDHH24MISS') AS name, count(*)::int AS versions,
      count(*) FILTER (WHERE removed_seq IS NULL)::int AS live
    FROM transactions WHERE user_id = ${userId}
      AND approval_no || ' ' || to_char(occurred_at, 'YYYYMMDDHH24MISS') = ANY (${[...named]})
    GROUP BY natural_key, 1`
