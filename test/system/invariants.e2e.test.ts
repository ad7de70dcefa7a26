import type postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { connectLazily } from '../../engine/connect.ts'
import { createRuns } from '../../engine/runs.ts'
import type { Call } from '../../sandbox/call-log.ts'
import { type Evidence, type Invariant, lastingViolations } from './support-chaos/invariants.ts'
import type { Seen } from './support-chaos/reader-invariants.ts'
import { press, tell } from './support-e2e/asking.ts'
import { closed, engineAddress, type Person, startWorld, type World } from './world.ts'

const BANK = 'SBXBANK001'
const HOUR_MS = 3_600_000

let world: World
let people: Person[]
let evidence: Evidence

beforeAll(async () => {
  world = await startWorld({ sandbox: { institutions: 1, cardInstitutions: 1 } })
  people = await Promise.all(['first', 'second'].map((name) => world.enrol(name)))
  for (const person of people) {
    await tell(world, person, 'consent.granted')
    await closed(world, person.userId, person.refreshNo)
    await closed(world, person.userId, await press(world, person))
  }
  evidence = { moa: world.moa, sandbox: world.sandbox, engine: engineAddress(), people }
})
afterAll(() => world.close())

type Owner = postgres.Sql
type Planted = Partial<Evidence>
type Plant = (owner: Owner, whom: Person) => Promise<Planted | void>

class Undone extends Error {}

/** What is found once this has been planted; afterwards it is gone again. */
async function foundWith(plant: Plant): Promise<string[]> {
  let found: string[] = []
  await world.moa.test.owner
    .begin(async (tx) => {
      // A transaction is asked as the database is.
      const owner = tx as unknown as Owner
      const moa = { test: { ...world.moa.test, owner }, keys: world.moa.keys }
      const planted = await plant(owner, people[0]!)
      const violations = await lastingViolations(
        { ...evidence, moa, people: people.slice(0, 1), ...planted },
        0,
      )
      found = violations.map(({ invariant, says, rows }) => {
        expect(rows.length, says).toBeGreaterThan(0)
        return `${invariant}: ${says}`
      })
      throw new Undone()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })
  return found
}

const run = (...statements: string[]): Plant => {
  return async (owner, { userId }) => {
    for (const statement of statements) await owner.unsafe(statement.replaceAll('$1', String(userId)))
  }
}

/** The first row that there is, once more, with some of its values changed. */
const again = (table: string, where: string, changed: string) =>
  `INSERT INTO ${table} OVERRIDING SYSTEM VALUE
   SELECT (jsonb_populate_record(t, ${changed})).* FROM ${table} t WHERE user_id = $1 AND ${where} LIMIT 1`

/** The institutions' log with other calls than there were. */
const withCalls = (change: (calls: readonly Call[]) => Call[]): Planted => ({
  sandbox: {
    control: { ...world.sandbox.control, calls: () => change(world.sandbox.control.calls()) },
  },
})

const aCall = (person: string, at: number): Call => ({
  ...world.sandbox.control.calls({ person: people[0]!.person, institutionId: BANK })[0]!,
  person,
  at,
  endedAt: at + 10,
})

const saw = (more: Partial<Seen>): Seen => ({
  person: 'first',
  view: 'latest',
  status: 'partial',
  snapshotNo: 5,
  asOf: { [BANK]: '2026-01-02T00:00:00.000Z' },
  lacks: [],
  ...more,
})

const PLANTS: readonly (readonly [Invariant, string, Plant])[] = [
  [
    'I1',
    'an accepted event has no refresh',
    run(again('events', `outcome = 'started'`, `'{"event_id": 999999, "refresh_no": 99}'`)),
  ],
  [
    'I1',
    'a refresh did not end by its deadline',
    run(`UPDATE refreshes SET deadline = closed_at - interval '2 minutes' WHERE user_id = $1`),
  ],
  [
    'I1',
    'a refresh neither ended nor waits for a time',
    run(`UPDATE refreshes SET state = 'running', closed_at = NULL WHERE user_id = $1 AND refresh_no = 2`),
  ],
  [
    'I1',
    'a run is missing of a refresh that is open',
    run(`UPDATE refreshes SET state = 'running', closed_at = NULL WHERE user_id = $1 AND refresh_no = 2`),
  ],
  [
    'I1',
    'what a caller was promised is unknown',
    async (_owner, { userKey }) => ({ accepted: [{ userKey, refreshNo: 99 }] }),
  ],
  [
    'I1',
    'somebody was shown as complete what is not',
    async () => ({ seen: [saw({ view: 'complete', status: 'complete', lacks: [BANK] })] }),
  ],
  [
    'I1',
    'P7: refresh 2 is succeeded, a row of it pending',
    run(`UPDATE plans SET state = 'pending', seq = NULL WHERE user_id = $1 AND refresh_no = 2`),
  ],
  [
    'I2',
    'a complete snapshot lacks a required part',
    run(`UPDATE snapshot_institutions SET reason = 'gaps' WHERE user_id = $1`),
  ],
  [
    'I2',
    'a complete snapshot has a part that is older than was asked, or of another consent',
    run(`UPDATE plans SET not_older_than = now() WHERE user_id = $1`),
  ],
  [
    'I2',
    'a complete snapshot has rows that are not classified once',
    run(`DELETE FROM classifications WHERE (user_id, transaction_id) IN (
      SELECT user_id, transaction_id FROM classifications WHERE user_id = $1 LIMIT 1)`),
  ],
  [
    'I2',
    'a complete snapshot lacks a required analysis',
    run(`DELETE FROM analyses WHERE user_id = $1 AND snapshot_no = 1`),
  ],
  [
    'I2',
    'a complete snapshot was not published by the transaction that closed its refresh',
    run(`UPDATE snapshots SET published_at = published_at + interval '5 milliseconds' WHERE user_id = $1`),
  ],
  [
    'I2',
    'the complete snapshot 2 holds other than the institutions’ ledger',
    run(`UPDATE balances SET amount = amount + 0.001 WHERE user_id = $1`),
  ],
  [
    'I2',
    'the complete snapshot 2 holds other than the institutions’ ledger',
    run(`UPDATE points SET remaining = remaining + 1 WHERE user_id = $1`),
  ],
  [
    'I3',
    'a view does not show its newest snapshot',
    run(`DELETE FROM published_snapshots WHERE user_id = $1 AND view = 'latest'`),
  ],
  [
    'I3',
    'a published snapshot shows an older part than the one before it',
    run(
      `UPDATE snapshot_institutions SET as_of = as_of - interval '1 day' WHERE user_id = $1 AND snapshot_no = 2`,
    ),
  ],
  [
    'I3',
    'snapshots were not published in the order of their numbers',
    run(
      `UPDATE snapshots SET published_at = published_at - interval '1 day' WHERE user_id = $1 AND snapshot_no = 2`,
    ),
  ],
  [
    'I3',
    'somebody was shown an earlier snapshot than before',
    async () => ({ seen: [saw({ snapshotNo: 6 }), saw({ snapshotNo: 5 })] }),
  ],
  [
    'I3',
    'somebody was shown an older part than before',
    async () => ({ seen: [saw({}), saw({ snapshotNo: 6, asOf: { [BANK]: '2026-01-01T00:00:00.000Z' } })] }),
  ],
  [
    'I4',
    'one booking of an institution has two versions at once',
    run(
      'DROP INDEX one_live_row_in_transactions',
      again('transactions', 'removed_seq IS NULL', `'{"id": 999999999}'`),
    ),
  ],
  [
    'I4',
    'the latest snapshot 2 holds other than the institutions’ ledger',
    run(
      again(
        'transactions',
        'removed_seq IS NULL',
        `jsonb_build_object('id', 999999999, 'natural_key', gen_random_uuid())`,
      ),
    ),
  ],
  [
    'I5',
    'an institution was asked for what the standard forbids',
    async () => {
      const violation = { kind: 'bad-limit', institutionId: BANK, detail: 'limit', at: 0 } as const
      const report = { total: 1, counts: {}, violations: [violation] }
      return { sandbox: { control: { ...world.sandbox.control, violations: () => report } } }
    },
  ],
  [
    'I5',
    'a round was tried too often',
    run(
      ...[2, 3, 4, 5].map((attempt) =>
        again(
          'attempts',
          `refresh_no = 2 AND institution_id = '${BANK}' AND attempt = 1`,
          `'{"attempt": ${attempt}, "outcome": "failed", "failure": "InstitutionTooSlow"}'`,
        ),
      ),
    ),
  ],
  [
    'I5',
    'a person was read with too many calls',
    async () => withCalls((calls) => [...calls, ...calls, ...calls]),
  ],
  [
    'I5',
    'a call was made before the time that its institution had named',
    async (owner, { userId }) => {
      await owner`
        UPDATE plans SET state = 'failed', failure = 'RateLimited', changed_at = now() - interval '1 hour',
          not_before = now() + interval '1 hour'
        WHERE user_id = ${userId} AND refresh_no = 2`
    },
  ],
  [
    'I5',
    'more people were read at once than an institution bears',
    async (owner) => {
      await owner`UPDATE institutions SET concurrency = 1`
      return withCalls((calls) => [...calls, aCall('first', 1_000), aCall('second', 1_005)])
    },
  ],
  [
    'I6',
    'a user has two open refreshes',
    run(
      'DROP INDEX one_open_refresh_per_user',
      `UPDATE refreshes SET state = 'running', closed_at = NULL WHERE user_id = $1`,
    ),
  ],
  [
    'I6',
    'an event joined a refresh that was over',
    run(`UPDATE events SET occurred_at = occurred_at + interval '1 hour' WHERE user_id = $1`),
  ],
  [
    'I6',
    'two events started one refresh',
    run(again('events', `outcome = 'started'`, `'{"event_id": 999999}'`)),
  ],
  [
    'I7',
    'a call was made after the end of its consent',
    async (_owner, { person }) => {
      const returnedAt = Date.now() + HOUR_MS
      return {
        ...withCalls((calls) => [...calls, aCall(person, returnedAt + 1_001)]),
        ended: [{ person, institutionId: BANK, returnedAt }],
      }
    },
  ],
  [
    'I7',
    'rows were stored after the end of their consent',
    async (owner, { person, userId }) => {
      await owner`UPDATE collections SET collected_at = now() + interval '2 hours' WHERE user_id = ${userId}`
      return { ended: [{ person, institutionId: BANK, returnedAt: Date.now() + HOUR_MS }] }
    },
  ],
  [
    'I7',
    `P3: cut 2 names erased data of ${BANK}`,
    run(`UPDATE user_institutions SET erased_seq = current_seq WHERE user_id = $1`),
  ],
  [
    'I12',
    'what was accepted before the faults ended took longer than stated, or needed an operator',
    async (owner, { userId }) => {
      const [row] = await owner<{ at: Date }[]>`
        SELECT closed_at AS at FROM refreshes WHERE user_id = ${userId} AND refresh_no = 2`
      return { recovery: { from: row!.at.getTime() - 2, withinMs: 1 } }
    },
  ],
  [
    'I12',
    'what was accepted before the faults ended took longer than stated, or needed an operator',
    async (owner, { userKey }) => {
      await owner`INSERT INTO audit (actor, action, user_key) VALUES ('kim', 'refresh.resume', ${userKey})`
      return { recovery: { from: 0, withinMs: 1 } }
    },
  ],
]

describe('checkInvariants', () => {
  test('finds nothing where all is well, in nothing that people, callers and institutions say', async () => {
    const person = people[0]!
    const accepted = [{ userKey: person.userKey, refreshNo: 2 }]
    const ended = [{ person: person.person, institutionId: BANK, returnedAt: Date.now() }]
    const recovery = { from: Date.now(), withinMs: 1 }
    const seen = [saw({}), saw({ snapshotNo: 6 }), saw({ view: 'complete', status: 'complete' })]
    const all = { ...evidence, accepted, ended, recovery, seen }
    expect(await lastingViolations(all)).toEqual([])
  })

  test.each(PLANTS)('%s: sees that %s', async (invariant, says, plant) => {
    expect(await foundWith(plant)).toContain(`${invariant}: ${says}`)
  })
})

test.each<readonly [string, number, Plant]>([
  ['a run has no refresh', 8, async () => {}],
  [
    'a run goes on although its refresh is over',
    9,
    run(again('refreshes', 'refresh_no = 2', `'{"refresh_no": 9}'`)),
  ],
])('I1: sees that %s', async (says, refreshNo, plant) => {
  const connection = connectLazily(engineAddress())
  const runs = createRuns({ connection, namespace: 'default', taskQueue: 'nobody serves it' })
  // The engine knows it, and no worker serves it.
  const stray = { userKey: people[0]!.userKey, refreshNo }
  await runs.start(stray, { priority: 1, reason: 'a test' })
  try {
    await expect.poll(() => foundWith(plant), { timeout: 10_000 }).toContain(`I1: ${says}`)
  } finally {
    await runs.terminate(stray, 'a test')
    await connection.close()
  }
})
