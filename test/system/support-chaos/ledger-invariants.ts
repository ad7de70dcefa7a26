import { isDeepStrictEqual } from 'node:util'

import { cardLedgerOf, cardsStoredIn } from '../support-e2e/card-ledger.ts'
import { ledgerOf, storedIn } from '../support-e2e/ledger.ts'
import type { Person } from '../world.ts'
import type { Evidence, Invariant, Violation } from './invariants.ts'

/** A published snapshot, the views that show it, and which of its parts are as new as was asked. */
type Shown = { views: View[]; snapshotNo: number; fresh: string[]; cards: string[] }
type View = keyof typeof OF_VIEW

const OF_VIEW = { latest: 'I4', complete: 'I2' } as const satisfies Record<string, Invariant>

/**
 * What each person is shown of the institutions that were read is what those hold, to the minor unit: nothing more,
 * nothing twice. The institutions' clock must not have moved since they were read.
 */
export async function ledgerViolations(evidence: Evidence): Promise<Violation[]> {
  const found: Violation[] = []
  for (const person of evidence.people) {
    for (const shown of await shownTo(evidence, person)) {
      const differences = [
        ...(await bankDifferences(evidence, person, shown)),
        ...(await cardDifferences(evidence, person, shown)),
      ]
      if (differences.length === 0) continue
      for (const view of shown.views) {
        const says = `the ${view} snapshot ${shown.snapshotNo} holds other than the institutions’ ledger`
        found.push({ invariant: OF_VIEW[view], says, rows: differences })
      }
    }
  }
  return found
}

const shownTo = ({ moa }: Evidence, { userId }: Person) => moa.test.owner<Shown[]>`
  SELECT array_agg(DISTINCT v.view) AS views, v.snapshot_no AS "snapshotNo",
    coalesce(array_agg(DISTINCT p.institution_id), '{}') AS fresh,
    coalesce(array_agg(DISTINCT p.institution_id) FILTER (WHERE i.industry = 'card'), '{}') AS cards
  FROM published_snapshots v
  JOIN snapshot_institutions p USING (user_id, snapshot_no)
  JOIN user_institutions u USING (user_id, institution_id)
  JOIN institutions i USING (institution_id)
  WHERE v.user_id = ${userId} AND p.state = 'fresh' AND p.reason IS NULL AND p.gaps = '[]'::jsonb
    AND u.consent_state <> 'ended' AND p.generation >= u.shown_from_generation
  GROUP BY v.snapshot_no`

async function bankDifferences(evidence: Evidence, person: Person, { snapshotNo, fresh }: Shown) {
  const held = await ledgerOf(evidence, person, { institutionIds: fresh })
  const stored = await storedIn(evidence, person, snapshotNo, fresh)
  const accounts = new Set([...held, ...stored].map(({ account }) => account))
  const of = (told: typeof held, account: string) => told.find((one) => one.account === account) ?? null
  return [...accounts]
    .map((account) => ({ userKey: person.userKey, held: of(held, account), stored: of(stored, account) }))
    .filter((one) => !isDeepStrictEqual(one.held, one.stored))
}

/** Of cards only where every company was read: their ledger is told as a whole. */
async function cardDifferences(evidence: Evidence, person: Person, { snapshotNo, cards }: Shown) {
  const companies = evidence.sandbox.control.ledger({ person: person.person }).cardCompanies
  if (companies.length === 0 || cards.length < companies.length) return []
  const held = await cardLedgerOf(evidence, person)
  const stored = await cardsStoredIn(evidence, person, snapshotNo)
  const kinds = Object.keys(held) as (keyof typeof held)[]
  return kinds
    .filter((kind) => !isDeepStrictEqual(held[kind], stored[kind]))
    .map((kind) => ({ userKey: person.userKey, kind, held: held[kind], stored: stored[kind] }))
}
