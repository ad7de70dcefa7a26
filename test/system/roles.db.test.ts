import { randomBytes } from 'node:crypto'

import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { UserId } from '../../db/database.ts'
import { type Role, ROLES } from '../../db/migrate.ts'
import { createTestMoa, type TestMoa } from './moa.ts'
import { createSteps } from './support/person.ts'
import { makeReading } from './support/readings.ts'

let moa: TestMoa
let tables: string[]
let mine: UserId
let theirs: UserId
const clients = new Map<Role, postgres.Sql>()

beforeAll(async () => {
  moa = await createTestMoa()
  const rows = await moa.test.owner<{ name: string }[]>`
    SELECT c.table_name AS name FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND c.column_name = 'user_id' AND t.table_type = 'BASE TABLE' ORDER BY 1`
  tables = rows.map(({ name }) => name)
  for (const role of ROLES) clients.set(role, postgres(moa.test.urlOf(role), { max: 1, onnotice: () => {} }))
  mine = await makePerson()
  theirs = await makePerson()
})

afterAll(async () => {
  await Promise.all([...clients.values()].map((client) => client.end()))
  await moa.close()
})

/** A person with a row in as many tables as the protocols write. */
async function makePerson(): Promise<UserId> {
  const steps = createSteps(moa)
  const { userId, refreshNo } = await steps.enrolWithConsents(['A'])
  const { ref, attempt } = await steps.beginReading(userId, refreshNo, 'A')
  const bookings = [{ no: 1, on: '2026-02-03', amount: 5 }]
  await steps.apply(ref, attempt, makeReading([{ name: 'A-1', amount: 1, bookings }]))
  await steps.cutAndPublish(userId, refreshNo, 1)
  await moa.test.owner`
    INSERT INTO holdings (user_id, institution_id, introduced_seq, natural_key, content_hash, api, account_key, name,
      currency) VALUES (${userId}, 'A', 1, gen_random_uuid(), 1, 'x', gen_random_uuid(), 'x', 'KRW')`
  await moa.test.owner`
    INSERT INTO contracts (user_id, institution_id, introduced_seq, natural_key, content_hash, api, account_key)
    VALUES (${userId}, 'A', 1, gen_random_uuid(), 1, 'x', gen_random_uuid())`
  await moa.test.owner`
    INSERT INTO points (user_id, institution_id, introduced_seq, natural_key, content_hash, api, name, remaining)
    VALUES (${userId}, 'A', 1, gen_random_uuid(), 1, 'x', 'x', 1)`
  await moa.test.owner`
    INSERT INTO bills (user_id, institution_id, introduced_seq, natural_key, content_hash, api, stage, due_on, amount,
      currency) VALUES (${userId}, 'A', 1, gen_random_uuid(), 1, 'x', 'charged', '2026-02-14', 1, 'KRW')`
  await moa.test.owner`
    INSERT INTO bill_lines (user_id, institution_id, introduced_seq, natural_key, content_hash, api, bill_key,
      account_key, used_on, used_at, time_known, amount, currency, type_code)
    VALUES (${userId}, 'A', 1, gen_random_uuid(), 1, 'x', gen_random_uuid(), gen_random_uuid(), '2026-02-03',
      '2026-02-03 09:00:00', true, 1, 'KRW', '01')`
  await moa.test.owner`
    INSERT INTO consent_requests (user_id, request_id, state_hash, code_verifier_sealed, redirect_uri, asked, purpose,
      is_regular, ends_at, expires_at)
    VALUES (${userId}, gen_random_uuid(), ${randomBytes(32)}, '\\x00', 'x', '[]', 'x', true, now(), now())`
  await moa.test.owner`
    INSERT INTO consent_notices (user_id, institution_id, generation, days, ends_at)
    VALUES (${userId}, 'A', 1, 30, now())`
  await moa.test.owner`
    INSERT INTO revocations (user_id, revocation_no, institution_id, generation, because, with_deletion, erase_up_to,
      workflow_id) VALUES (${userId}, 1, 'A', 2, 'revoked', true, 1, 'x')`
  await moa.test.owner`
    INSERT INTO poison_readings (user_id, institution_id, generation, failed, first_at, last_at, last_refresh_no)
    VALUES (${userId}, 'A', 1, 1, now(), now(), ${refreshNo})`
  await moa.test.owner`
    WITH batch AS (INSERT INTO operator_batches (verb, filter, proposed_by, refreshes) VALUES ('cancel', '{}', 'x', 1)
      RETURNING batch_no)
    INSERT INTO operator_batch_items (user_id, refresh_no, batch_no) SELECT ${userId}, ${refreshNo}, batch_no FROM batch`
  await moa.test.owner`
    INSERT INTO kept_responses (user_id, response_id, institution_id, generation, api, status, headers, expected,
      body_bytes, is_whole, body_sealed, expires_at)
    VALUES (${userId}, gen_random_uuid(), 'A', 1, 'x', 200, '{}', 'x', 1, true, '\\x00', now() + interval '1 day')`
  return userId
}

type Counts = { all: number; others: number } | 'refused'

/** What a role counts in a table; as one user, or as nobody. */
async function count(role: Role, table: string, userId: UserId | null): Promise<Counts> {
  const client = clients.get(role)!
  try {
    return await client.begin(async (tx) => {
      if (userId !== null) await tx`SELECT set_config('moa.user_id', ${String(userId)}, true)`
      const [row] = await tx<[{ all: number; others: number }]>`
        SELECT count(*)::int AS all, count(*) FILTER (WHERE user_id IS DISTINCT FROM ${userId ?? 0})::int AS others
        FROM ${tx(table)}`
      return { all: row.all, others: row.others }
    })
  } catch (error) {
    if ((error as { code?: string }).code === '42501') return 'refused'
    throw error
  }
}

const HOLDINGS = [
  'accounts',
  'balances',
  'contracts',
  'holdings',
  'transactions',
  'points',
  'bills',
  'bill_lines',
  'classifications',
  'analyses',
]
const SECRETS = ['credentials', 'consent_requests', 'data_keys', 'watermarks']
const HEADS = [
  'users',
  'events',
  'refreshes',
  'plans',
  'attempts',
  'collections',
  'snapshots',
  'snapshot_institutions',
  'consents',
  'consent_notices',
  'revocations',
  'poison_readings',
  'operator_batch_items',
  'kept_responses',
]

describe('tables with user data', () => {
  test('are all known here, and every one has rows to look for', async () => {
    expect(tables.toSorted()).toEqual(
      [...HOLDINGS, ...SECRETS, ...HEADS, 'published_snapshots', 'user_institutions'].toSorted(),
    )
    for (const table of tables) {
      const [row] = await moa.test.owner<[{ all: number }]>`
        SELECT count(DISTINCT user_id)::int AS all FROM ${moa.test.owner(table)}`
      expect({ table, ...row }).toEqual({ table, all: 2 })
    }
  })

  test('are all that there are: every other table is known to hold nothing of a person', async () => {
    const rows = await moa.test.owner<{ name: string }[]>`
      SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`
    const others = rows.map(({ name }) => name).filter((name) => !tables.includes(name))
    // The audit names a user by the opaque key, and is read by operators; a slot's holder is a keyed hash.
    expect(others).toEqual([
      'audit',
      'audit_chain',
      'audit_head',
      'breaker_transitions',
      'breakers',
      'institution_minutes',
      'institution_slots',
      'institutions',
      'operator_batches',
      'receipt_keys',
    ])
  })

  test('hide nothing in a view, a sequence of rows or a partition that has no policy of its own', async () => {
    const rows = await moa.test.owner<{ name: string }[]>`
      SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm', 'p', 'f')`
    expect([...rows]).toEqual([])
  })

  test('have row-level security and a policy, each of them', async () => {
    const rows = await moa.test.owner<{ table: string; policies: number; security: boolean }[]>`
      SELECT relname AS table, relrowsecurity AS security,
        (SELECT count(*)::int FROM pg_policy WHERE polrelid = c.oid) AS policies
      FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relname = ANY (${tables})`
    expect(rows.length).toBe(tables.length)
    expect(rows.filter(({ policies, security }) => !security || policies === 0)).toEqual([])
  })

  test('name no user but by user_id: no other table refers to one', async () => {
    const rows = await moa.test.owner<{ table: string }[]>`
      SELECT DISTINCT conrelid::regclass::text AS table FROM pg_constraint
      WHERE contype = 'f' AND confrelid = ANY (${tables}::regclass[])`
    expect(rows.map(({ table }) => table).filter((table) => !tables.includes(table))).toEqual([])
  })

  test('no policy looks at anything but the user, or is for those who see heads alone', async () => {
    const rows = await moa.test.owner<{ table: string; roles: string; using: string; check: string }[]>`
      SELECT tablename AS table, array_to_string(roles, ' ') AS roles, qual AS using, with_check AS check
      FROM pg_policies WHERE schemaname = 'public' AND tablename = ANY (${tables})`
    for (const { table, roles, using, check } of rows) {
      // Wrapped keys are the one thing that is looked at across users besides heads, and only to wrap them anew.
      if (table === 'data_keys' && roles === 'moa_keys') continue
      const isOwn = using === '(user_id = current_user_id())' && check === using
      if (isOwn) expect(roles).toBe('moa_api moa_worker')
      else
        expect({ table, roles, isHead: HEADS.includes(table) }).toEqual({
          table,
          roles: 'moa_caretaker moa_operator',
          isHead: true,
        })
    }
  })
})

describe('a role', () => {
  test.each(ROLES)('%s owns nothing, bypasses nothing and creates nothing', async (role) => {
    const [row] = await moa.test.owner`
      SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication,
        (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned,
        (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships,
        has_schema_privilege(rolname, 'public', 'CREATE') AS "mayCreate"
      FROM pg_roles r WHERE rolname = ${role}`
    expect(row).toEqual({
      rolsuper: false,
      rolbypassrls: false,
      rolcreatedb: false,
      rolcreaterole: false,
      rolreplication: false,
      owned: 0,
      memberships: 0,
      mayCreate: false,
    })
  })

  test.each(['moa_api', 'moa_worker', 'moa_audit'] as const)(
    '%s without a user sees no row of anyone',
    async (role) => {
      for (const table of tables) {
        const seen = await count(role, table, null)
        expect({ table, seen: seen === 'refused' ? 0 : seen.all }).toEqual({ table, seen: 0 })
      }
    },
  )

  test.each(['moa_api', 'moa_worker'] as const)(
    '%s as one user sees that user’s rows and no others',
    async (role) => {
      let seenTables = 0
      for (const table of tables) {
        const seen = await count(role, table, mine)
        if (seen === 'refused') continue
        seenTables += 1
        expect({ table, others: seen.others, any: seen.all > 0 }).toEqual({ table, others: 0, any: true })
      }
      expect(seenTables).toBeGreaterThan(12)
    },
  )

  test.each(['moa_api', 'moa_worker'] as const)('%s writes nothing of another user', async (role) => {
    const client = clients.get(role)!
    const asMine = (work: (tx: postgres.TransactionSql) => Promise<unknown>) =>
      client
        .begin(async (tx) => {
          await tx`SELECT set_config('moa.user_id', ${String(mine)}, true)`
          return work(tx)
        })
        .then(
          () => 'done',
          (error: { code?: string }) => error.code,
        )
    const stolen = await asMine(async (tx) => {
      const rows = await tx`UPDATE plans SET unseen = true WHERE user_id = ${theirs} RETURNING 1`
      if (rows.length > 0) throw new Error('a plan row of another was written')
    })
    expect(stolen).toBe('done')
    expect(await asMine((tx) => tx`UPDATE plans SET user_id = ${theirs} WHERE user_id = ${mine}`)).toBe(
      '42501',
    )
    const table = role === 'moa_api' ? 'events' : 'attempts'
    const given =
      role === 'moa_api'
        ? { user_id: theirs, type: 'x', outcome: 'fresh', answer: '{}' }
        : {
            user_id: theirs,
            refresh_no: 1,
            institution_id: 'A',
            round: 9,
            attempt: 9,
            started_at: new Date(),
          }
    expect(await asMine((tx) => tx`INSERT INTO ${tx(table)} ${tx(given)}`)).toBe('42501')
  })

  test.each(['moa_caretaker', 'moa_operator'] as const)(
    '%s sees heads of everyone, and nobody’s holdings',
    async (role) => {
      for (const table of [...HOLDINGS, ...SECRETS]) {
        expect({ table, seen: await count(role, table, mine) }).toEqual({ table, seen: 'refused' })
      }
      for (const table of ['refreshes', 'plans', 'attempts', 'snapshots']) {
        expect({ table, seen: await count(role, table, null) }).toMatchObject({
          seen: { others: expect.any(Number) },
        })
        expect(((await count(role, table, null)) as { all: number }).all).toBeGreaterThanOrEqual(2)
      }
    },
  )

  const CONSENT = [
    'user_id',
    'institution_id',
    'generation',
    'granted_at',
    'ends_at',
    'ended_at',
    'ended_because',
  ]
  // Whether it may be read without being asked, for whoever sees to a recovery.
  const CONSENT_LEAVE = [...CONSENT, 'is_regular', 'purpose']
  const REVOCATION = [
    'user_id',
    'revocation_no',
    'institution_id',
    'generation',
    'because',
    'with_deletion',
    'erase_up_to',
    'state',
    'workflow_id',
    'requested_at',
    'begun_at',
    'institution_answer',
    'institution_answered_at',
    'institution_tries',
    'deleted_at',
    'snapshot_no',
    'receipt_at',
    'fenced_snapshot_no',
    'institution_failure',
    'stalled_at',
    'stalled_because',
  ]
  const RESPONSE = [
    'response_id',
    'institution_id',
    'api',
    'status',
    'headers',
    'expected',
    'body_bytes',
    'is_whole',
    'kept_at',
    'expires_at',
  ]
  const READABLE = {
    moa_caretaker: {
      users: ['user_id', 'user_key', 'state'],
      events: 'all',
      refreshes: 'all',
      plans: 'all',
      attempts: 'all',
      collections: 'all but gaps',
      snapshots: 'all',
      snapshot_institutions: 'all but gaps',
      consents: CONSENT_LEAVE,
      consent_notices: 'all',
      revocations: REVOCATION,
      poison_readings: 'all',
    },
    moa_operator: {
      users: ['user_id', 'user_key', 'state'],
      events: [
        'user_id',
        'event_id',
        'type',
        'institution_id',
        'outcome',
        'refresh_no',
        'due_at',
        'occurred_at',
      ],
      refreshes: 'all',
      plans: 'all',
      attempts: 'all',
      snapshots: 'all',
      snapshot_institutions: 'all but gaps',
      consents: CONSENT,
      consent_notices: 'all',
      revocations: REVOCATION,
      poison_readings: 'all',
      operator_batch_items: 'all',
      kept_responses: RESPONSE,
    },
  } as const

  test.each(['moa_caretaker', 'moa_operator'] as const)(
    '%s reads of heads what says how a refresh stands: neither who somebody is, nor which assets they have',
    async (role) => {
      const columns = await moa.test.owner<{ table: string; column: string }[]>`
        SELECT table_name AS table, column_name AS column FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = ANY (${tables})`
      const readable: Record<string, 'all' | 'all but gaps' | readonly string[]> = READABLE[role]
      for (const { table, column } of columns) {
        const wanted = readable[table] ?? []
        const may =
          wanted === 'all' || (wanted === 'all but gaps' ? column !== 'gaps' : wanted.includes(column))
        const client = clients.get(role)!
        const tried = await client`SELECT ${client(column)} FROM ${client(table)} LIMIT 1`.then(
          (rows) => (rows.length > 0 ? 'seen' : 'nothing'),
          (error: { code?: string }) => error.code,
        )
        expect({ table, column, tried }).toEqual({ table, column, tried: may ? 'seen' : '42501' })
      }
    },
  )

  /** What of the audit whoever adds to it gives; all else is the database's word. */
  const GIVEN = ['action', 'actor', 'details', 'institution_id', 'place', 'reason', 'user_key']

  /** Everything a role may do with any column, and with a table as a whole. */
  const grantsOf = async (role: Role): Promise<string[]> => {
    const rows = await moa.test.owner<{ what: string }[]>`
      SELECT table_name || ' ' || privilege_type || ' ' || column_name AS what
      FROM information_schema.role_column_grants WHERE grantee = ${role}
      UNION SELECT table_name || ' ' || privilege_type FROM information_schema.role_table_grants
      WHERE grantee = ${role} AND privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE') ORDER BY 1`
    return rows.map(({ what }) => what)
  }

  test('moa_audit adds to the audit, and does nothing else anywhere', async () => {
    expect(await grantsOf('moa_audit')).toEqual(GIVEN.map((column) => `audit INSERT ${column}`))
    const audit = clients.get('moa_audit')!
    await audit`INSERT INTO audit (actor, action) VALUES ('test', 'test')`
    await expect(audit`SELECT FROM audit`).rejects.toMatchObject({ code: '42501' })
    await expect(audit`UPDATE audit SET actor = 'x'`).rejects.toMatchObject({ code: '42501' })
    await expect(audit`DELETE FROM audit`).rejects.toMatchObject({ code: '42501' })
  })

  test('moa_auditor reads the audit and its chain, and does nothing else anywhere', async () => {
    const grants = await grantsOf('moa_auditor')
    expect([...new Set(grants.map((grant) => grant.split(' ').slice(0, 2).join(' ')))]).toEqual([
      'audit SELECT',
      'audit_chain SELECT',
      'audit_head SELECT',
    ])
    expect((await clients.get('moa_auditor')!`SELECT FROM audit`).length).toBeGreaterThan(0)
  })

  test('moa_keys wraps keys anew and adds to the audit, and does nothing else anywhere', async () => {
    expect(await grantsOf('moa_keys')).toEqual([
      ...GIVEN.map((column) => `audit INSERT ${column}`),
      'data_keys SELECT key_no',
      'data_keys SELECT user_id',
      'data_keys SELECT wrapped',
      'data_keys SELECT wrapping_key_id',
      'data_keys UPDATE wrapped',
      'data_keys UPDATE wrapping_key_id',
    ])
  })

  test.each(['moa_api', 'moa_worker'] as const)('%s changes and removes no key of a user', async (role) => {
    const client = clients.get(role)!
    await expect(client`UPDATE data_keys SET wrapped = ''`).rejects.toMatchObject({ code: '42501' })
    await expect(client`DELETE FROM data_keys`).rejects.toMatchObject({ code: '42501' })
  })

  test('whoever acts adds to the audit, operators and auditors read it; nobody but the owner changes or empties it', async () => {
    const rows = await moa.test.owner<{ may: string; columns: string[] }[]>`
      SELECT grantee || ' ' || privilege_type AS may, array_agg(column_name::text ORDER BY column_name) AS columns
      FROM information_schema.role_column_grants WHERE table_name = 'audit' AND grantee LIKE 'moa%' GROUP BY 1 ORDER BY 1`
    expect(rows.map(({ may }) => may)).toEqual([
      'moa_api INSERT',
      'moa_audit INSERT',
      'moa_auditor SELECT',
      'moa_caretaker INSERT',
      'moa_keys INSERT',
      'moa_operator INSERT',
      'moa_operator SELECT',
      'moa_worker INSERT',
      'moa_worker SELECT',
    ])
    // A receipt names its own entry by its number.
    expect(rows.find(({ may }) => may === 'moa_worker SELECT')!.columns).toEqual(['audit_no'])
    const adding = rows.filter(({ may }) => may.endsWith('INSERT'))
    expect(adding.map(({ columns }) => columns)).toEqual(adding.map(() => GIVEN))
  })

  test('the chain of the audit is written by its trigger alone', async () => {
    const rows = await moa.test.owner<{ may: string }[]>`
      SELECT grantee || ' ' || privilege_type || ' ' || table_name AS may FROM information_schema.role_table_grants
      WHERE table_name IN ('audit_chain', 'audit_head') AND grantee LIKE 'moa%' ORDER BY 1`
    expect(rows.map(({ may }) => may)).toEqual([
      'moa_auditor SELECT audit_chain',
      'moa_auditor SELECT audit_head',
      'moa_caretaker SELECT audit_head',
    ])
  })

  test('nobody empties a table, and PUBLIC may do nothing at all', async () => {
    const rows = await moa.test.owner`
      SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants
      WHERE table_schema = 'public' AND (grantee = 'PUBLIC'
        OR (grantee LIKE 'moa%' AND privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')))`
    expect([...rows]).toEqual([])
  })
})

describe('what looks past one user', () => {
  const MAY: Record<string, readonly Role[]> = {
    'user_id_by_key(text)': ['moa_worker', 'moa_caretaker'],
    'user_id_by_subject(text, text)': ['moa_api'],
    'chain_audit()': [],
    'change_marks(bigint[])': ['moa_api'],
    'forget_kept_responses()': [],
    'kept_responses_of_a_day(text)': ['moa_worker'],
    'open_kept_response(uuid, text, text, text)': ['moa_operator'],
    'data_keys_to_try()': ['moa_api', 'moa_worker', 'moa_keys'],
    'users_due_for_purge(timestamp with time zone, bigint, integer)': ['moa_worker'],
  }

  test.each(Object.keys(MAY))('%s answers those who need it, and no one else', async (name) => {
    const rows = await moa.test.owner<{ role: Role }[]>`
      SELECT rolname AS role FROM pg_roles
      WHERE rolname = ANY (${[...ROLES]}) AND has_function_privilege(rolname, ${name}, 'EXECUTE')`
    expect(rows.map(({ role }) => role).toSorted()).toEqual([...MAY[name]!].toSorted())
  })

  test('every function that acts as its owner is one of these, with a search path of its own', async () => {
    const rows = await moa.test.owner<{ name: string; config: string[] | null }[]>`
      SELECT oid::regprocedure::text AS name, proconfig AS config FROM pg_proc
      WHERE prosecdef AND pronamespace = 'public'::regnamespace`
    expect(rows.map(({ name }) => name.replaceAll(',', ', ')).toSorted()).toEqual(Object.keys(MAY).toSorted())
    for (const { config } of rows) expect(config).toEqual(['search_path=public, pg_temp'])
  })
})
