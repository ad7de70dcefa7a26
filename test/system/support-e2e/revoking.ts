import { setTimeout as sleep } from 'node:timers/promises'

import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { expect } from 'vitest'

import { revocationWorkflowId } from '../../../workflows/contract.ts'
import { type Person, until } from '../world.ts'
import { openEngine } from './engine.ts'
import type { ProcessWorld } from './processes.ts'

export type Api = Awaited<ReturnType<ProcessWorld['startApi']>>

/** What a revocation must leave nothing of, as it stood before: keys of rows, ids of bookings, and what was planted. */
export type Traces = { institutionId: string; values: string[]; snapshotNo: number }

const BETWEEN_READS_MS = 50
const READS = ['snapshot', 'accounts', 'transactions?limit=500', 'spending', 'insights'] as const

/** Everything by which data of an institution could be recognised in any table. */
export async function tracesOf(world: ProcessWorld, person: Person, institutionId: string): Promise<Traces> {
  const { owner } = world.moa.test
  const values = await owner<{ value: string }[]>`
    SELECT natural_key::text AS value FROM accounts WHERE user_id = ${person.userId} AND institution_id = ${institutionId}
    UNION SELECT natural_key::text FROM transactions WHERE user_id = ${person.userId} AND institution_id = ${institutionId}
    UNION SELECT natural_key::text FROM balances WHERE user_id = ${person.userId} AND institution_id = ${institutionId}
    UNION SELECT number_masked FROM accounts WHERE user_id = ${person.userId} AND institution_id = ${institutionId}`
  const [latest] = await owner<{ no: number }[]>`
    SELECT max(snapshot_no) AS no FROM snapshots WHERE user_id = ${person.userId}`
  expect(values.length).toBeGreaterThan(5)
  return {
    institutionId,
    values: [...values.map(({ value }) => value), memoOf(person.person)],
    snapshotNo: latest!.no,
  }
}

/** In the bookings of the bank that is revoked, and nowhere else in the world. */
export const memoOf = (person: string): string => `canary ${person}`

/** Reads everything, over and over, as long as told: answers what it saw of the institution. */
export function watchReads(api: Api, person: Person, { values }: Traces, asOf: Date) {
  const found = new Set<string>()
  const over = new AbortController()
  let reads = 0
  const paths = [
    ...READS.map((path) => `/v1/me/${path}`),
    `/v1/me/snapshot?as_of=${asOf.toISOString()}`,
    `/v1/me/transactions?limit=500&as_of=${asOf.toISOString()}`,
  ]
  const watching = (async () => {
    while (!over.signal.aborted) {
      for (const path of paths) {
        const text = await (await api.ask(person.person, path)).text()
        reads += 1
        for (const value of values) if (text.includes(value)) found.add(`${path} shows ${value}`)
      }
      await sleep(BETWEEN_READS_MS)
    }
  })()
  watching.catch(() => {}) // said by whoever stops it
  return {
    stop: async (): Promise<string[]> => {
      over.abort()
      await watching
      expect(reads).toBeGreaterThan(paths.length)
      return [...found]
    },
  }
}

/** The revocation once its receipt is there, as its user is told. */
export const receiptOf = (api: Api, person: Person, limitMs = 120_000) =>
  until(
    `the receipt of ${person.person}`,
    async () => {
      const answer = await api.ask(person.person, '/v1/me/revocations/1')
      const told = (await answer.json()) as Told
      return told.state === 'done' ? told : null
    },
    limitMs,
  )

type Told = {
  state: string
  receipt: string
  deletion: { rows: Record<string, number>; deletedAt: string | null }
  institution: { answer: string | null }
  remainder: { snapshotNo: number }
}

/** Everything that must hold once a revocation with deletion is done. */
export async function expectRevoked(
  world: ProcessWorld,
  api: Api,
  person: Person,
  told: Told,
  traces: Traces,
): Promise<void> {
  expect(await leftIn(world, person, traces)).toEqual([])
  await expectRemainder(api, person, told, traces)
  await expectReceipt(world, api, person, told)
  const engine = await openEngine(world.engine)
  const workflowId = revocationWorkflowId({ userKey: person.userKey, revocationNo: 1 })
  expect(await engine.ending(workflowId)).toEqual({ status: 'COMPLETED', failure: null })
  await engine.close()
}

/** Any row of any table, as text, in which one of the values stands. */
async function leftIn({ moa }: ProcessWorld, { userId }: Person, { values }: Traces): Promise<string[]> {
  const { owner } = moa.test
  const tables = await owner<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'user_id' ORDER BY 1`
  const found: string[] = []
  for (const { name } of tables) {
    const rows = await owner.unsafe<{ text: string }[]>(
      `SELECT row_to_json(t)::text AS text FROM ${name} t WHERE user_id = $1`,
      [userId],
    )
    for (const value of values) {
      if (rows.some(({ text }) => text.includes(value))) found.push(`${name} holds ${value}`)
    }
  }
  const [orphans] = await owner<{ count: number }[]>`
    SELECT count(*)::int AS count FROM classifications k WHERE user_id = ${userId} AND NOT EXISTS (
      SELECT FROM transactions t WHERE t.user_id = k.user_id AND t.id = k.transaction_id)`
  if (orphans!.count > 0) found.push(`${orphans!.count} categories of bookings that are gone`)
  return found
}

async function expectRemainder(api: Api, { person }: Person, told: Told, traces: Traces): Promise<void> {
  const snapshot = (await (await api.ask(person, '/v1/me/snapshot')).json()) as {
    snapshotNo: number
    coverage: { institutionId: string }[]
    accounts: { institutionId: string }[]
    analyses: Record<string, { state: string }>
  }
  expect(told.remainder.snapshotNo).toBeGreaterThan(traces.snapshotNo)
  expect(snapshot.snapshotNo).toBeGreaterThanOrEqual(told.remainder.snapshotNo)
  expect(snapshot.coverage.map(({ institutionId }) => institutionId)).not.toContain(traces.institutionId)
  expect(snapshot.accounts.length).toBeGreaterThan(0)
  expect(Object.values(snapshot.analyses).map(({ state }) => state)).toEqual(['made', 'made', 'made'])
}

async function expectReceipt({ moa }: ProcessWorld, api: Api, person: Person, told: Told): Promise<void> {
  const keys = (await (
    await api.ask(person.person, '/.well-known/receipt-keys.json')
  ).json()) as JSONWebKeySet
  const { payload } = await compactVerify(told.receipt, createLocalJWKSet(keys))
  const facts = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>
  const entries = await moa.test.owner<{ no: number }[]>`
    SELECT audit_no::int AS no FROM audit WHERE user_key = ${person.userKey} AND action = 'consent.revoked'`
  expect(entries).toHaveLength(1)
  expect(facts).toMatchObject({
    userKey: person.userKey,
    revocationNo: 1,
    institution: { answer: expect.stringMatching(/^(confirmed|nothing_to_revoke)$/) },
    deletion: { rows: told.deletion.rows },
    remainder: told.remainder,
    auditNo: entries[0]!.no,
  })
}
