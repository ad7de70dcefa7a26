import { afterAll, beforeAll, expect, test } from 'vitest'

import type { TransactionRow } from '../../../domain/reading.ts'
import { kstDate, plusDays } from '../../../domain/time.ts'
import { startSandbox } from '../../../sandbox/server.ts'
import type { Visit } from '../../connector.ts'
import { accountsOf, transactionsOf } from '../../contract-suite.ts'
import { createHttp } from '../../http.ts'
import { makeVisit } from '../../test-institution.ts'
import { standardCard } from './index.ts'

/*
 * Card companies of the sandbox, which keeps the rules of scheduled transmissions, with every oddity it has: empty pages
 * with a successor, short pages, padded amounts, numbers used again, bills told apart by their round.
 */

const COMPANIES = 4
// Windows of scheduled calls are open at noon, where the sandbox's clock begins.
let sandbox: Awaited<ReturnType<typeof startSandbox>>
const known = new Map<string, Visit['known']>()

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 'scheduled', today: '2026-11-22', cardInstitutions: COMPANIES })
})
afterAll(() => sandbox.close())

const companies = () => sandbox.institutions.filter(({ industry }) => industry === 'card')
const today = () => kstDate(new Date(sandbox.control.clock().now))

/** What a week's scheduled reading of every company brings; each goes on from where it was. */
async function readAll(): Promise<TransactionRow[]> {
  const ids = companies().map(({ institutionId }) => institutionId)
  const tokens = sandbox.control.consents({ person: 'minji', institutionIds: ids })
  const rows: TransactionRow[] = []
  for (const institution of companies()) {
    const { institutionId } = institution
    const { accessToken } = tokens.find((one) => one.institutionId === institutionId) ?? expect.fail()
    const http = createHttp({ operatorCode: 'TESTMOA001', registered: () => true, mayCall: () => true })
    const visit = makeVisit(institution, http, {
      apiType: 'scheduled',
      accessToken,
      today: today(),
      known: known.get(institutionId) ?? { accounts: [], marks: [] },
    })
    const reading = await standardCard.collect(visit)
    await http.close()
    expect(reading.gaps).toEqual([])
    const before = known.get(institutionId)
    known.set(institutionId, {
      accounts: accountsOf(reading).length > 0 ? accountsOf(reading) : (before?.accounts ?? []),
      marks: reading.sections.map(({ mark }) => mark),
    })
    rows.push(...transactionsOf(reading).filter(({ approval }) => approval !== undefined))
  }
  return rows
}

/** Approvals of the last 31 days, as the companies know them. */
function approvedSince(from: string): string[] {
  const { cards } = sandbox.control.ledger({ person: 'minji', from, to: today() })
  return cards
    .filter(({ isConsent }) => isConsent)
    .flatMap(({ approvals }) =>
      approvals.map(({ approvedNum, counts }) => `${approvedNum} ${Number(counts)}`),
    )
    .toSorted()
}

const told = (rows: readonly TransactionRow[]) =>
  rows.map(({ approval, amount }) => `${approval?.number} ${Number(amount)}`).toSorted()

test('are read every week without the person, within every rule, and what changed is seen', async () => {
  for (let week = 1; week <= 3; week += 1) {
    const rows = told(await readAll())
    expect(rows).toEqual(approvedSince(plusDays(today(), -30)))
    expect(rows.length).toBeGreaterThan(50)
    expect(sandbox.control.violations().violations).toEqual([])
    sandbox.control.cancelApproval({ person: 'minji', institutionId: 'SBXCARD001' })
    sandbox.control.moveClock({ advanceDays: 7 })
  }
})
