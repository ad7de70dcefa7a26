import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { createAuditChain, type Verified } from '../../db/audit-chain.ts'
import { numberedAudit, writeAudit } from '../../db/audit.ts'
import { createDatabase, type Database } from '../../db/database.ts'
import type { Role } from '../../db/migrate.ts'
import { createTestDatabase, type TestDatabase } from './databases.ts'
import { createRandom, freshSeed } from './support/random.ts'

// A busy machine is no reason to give up on a lock: who waits in a circle is told by PostgreSQL after a second.
const open = (test_: TestDatabase, role: Role, size = 2): Database =>
  createDatabase({
    url: test_.urlOf(role),
    size,
    applicationName: 'test audit',
    lockTimeoutMs: 30_000,
    statementTimeoutMs: 30_000,
  })

/** A database with so many entries, whoever adds them and whoever reads them. */
async function startAudit(entries: number) {
  const own = await createTestDatabase()
  const [writer, reader] = [open(own, 'moa_operator'), open(own, 'moa_auditor')]
  onTestFinished(async () => {
    await Promise.all([writer.close(), reader.close()])
    await own.drop()
  })
  const add = (actor: string, reason: string | null = 'a reason') =>
    writer.asNobody((tx) =>
      writeAudit(tx, null, { actor, action: 'test', institutionId: 'A', reason, details: { count: 1 } }),
    )
  for (let at = 1; at <= entries; at += 1) await add(`actor ${at}`)
  const chain = createAuditChain(reader)
  const verify = (given: Partial<Parameters<typeof chain.verify>[0]> = {}) =>
    chain.verify({ from: null, anchors: [], onPage: () => {}, ...given })
  /** As somebody who may do anything, and says so: no trigger looks on. */
  const tamper = (statements: string) =>
    own.owner.begin((tx) => tx.unsafe(`SET LOCAL session_replication_role = replica; ${statements}`))
  return { own, writer, add, chain, verify, tamper }
}

const said = (verified: Verified): string =>
  verified.finding === null ? 'whole' : `${verified.finding.at ?? '-'} ${verified.finding.says}`

/** Gives every entry its hash anew from a position on, as whoever knows how it is computed can. */
const WRITTEN_ANEW = (from: number): string => `
  DO $$ DECLARE link record; before bytea; made bytea; BEGIN
    before := coalesce((SELECT hash FROM audit_chain WHERE position = ${from} - 1), decode(repeat('00', 32), 'hex'));
    FOR link IN SELECT c.position, a AS entry FROM audit_chain c JOIN audit a USING (audit_no)
      WHERE c.position >= ${from} ORDER BY 1
    LOOP
      made := audit_hash(link.position, before, link.entry);
      UPDATE audit_chain SET previous_hash = before, hash = made WHERE position = link.position;
      before := made;
    END LOOP;
    UPDATE audit_head SET hash = before, position = (SELECT max(position) FROM audit_chain);
  END $$`

/** The statement of the chain's migration that holds these words. */
async function statementOfMigration(words: string): Promise<string> {
  const folder = fileURLToPath(new URL('../../db/migrations', import.meta.url))
  const name = (await readdir(folder)).find((file) => file.endsWith('_chain_audit.sql'))!
  const statements = (await readFile(join(folder, name), 'utf8')).split('--> statement-breakpoint')
  return statements.find((statement) => statement.includes(words))!
}

const ENTRY_4 = '(SELECT audit_no FROM audit_chain WHERE position = 4)'
/** Makes room at a position, or closes it: in two steps, since no two may have one position even for a moment. */
const SHIFT = (from: number, by: number): string => `
  UPDATE audit_chain SET position = -position WHERE position >= ${from};
  UPDATE audit_chain SET position = -position + ${by} WHERE position < 0`
const HEAD_AT_LAST = `
  UPDATE audit_head SET (position, hash) =
    (SELECT position, hash FROM audit_chain ORDER BY position DESC LIMIT 1)`

describe('an audit that nobody touched', () => {
  test('is whole, whatever stands in its entries', async () => {
    const { own, add, verify, chain } = await startAudit(0)
    expect(said(await verify())).toBe('whole')
    const words = ['', ',', '1:a', '-', '"quoted" \\ {}', '김민지', '한글,4:abcd', 'line\nline', '😀']
    for (const word of words) await add(word, word)
    await add('no reason', null)
    await own.owner`
      INSERT INTO audit (actor, action, details, user_key) VALUES ('x', 'y', '{"b": 1.50, "a": [null, "끝"]}', 'key')`
    const verified = await verify()
    expect(verified).toMatchObject({ finding: null, entries: words.length + 2 })
    expect(await chain.head()).toEqual(verified.finding === null && verified.upTo)
  })

  test('knows who was connected, as whom and from where, unless whoever wrote it says a place', async () => {
    const { own, writer } = await startAudit(1)
    await writer.asNobody((tx) =>
      writeAudit(tx, null, { actor: 'kim', action: 'test', reason: null, details: {}, place: '203.0.113.7' }),
    )
    const rows = await own.owner`SELECT db_role AS role, place FROM audit ORDER BY audit_no`
    expect([...rows]).toEqual([
      { role: 'moa_operator', place: 'test audit@127.0.0.1' },
      { role: 'moa_operator', place: '203.0.113.7' },
    ])
  })

  test('answers the number of an entry that something refers to, with the key of its user', async () => {
    const { own, writer, verify } = await startAudit(2)
    await own.owner`
      INSERT INTO users (user_key, issuer, subject, cycle_ms) VALUES ('the key', 'https://test', 'minji', 1)`
    const act = { actor: 'minji', action: 'test', reason: null, details: {} }
    const numbered = await writer.asNobody((tx) => numberedAudit(tx, 1, act))
    expect(numbered).toEqual({ auditNo: 3, userKey: 'the key' })
    await expect(writer.asNobody((tx) => numberedAudit(tx, 2, act))).rejects.toMatchObject({
      type: 'Superseded',
    })
    expect(await verify()).toMatchObject({ finding: null, entries: 3 })
  })

  test('is whole although the clock was set back', async () => {
    const { own, verify } = await startAudit(3)
    await own.owner`INSERT INTO audit (actor, action, at) VALUES ('late', 'test', now() - interval '3 days')`
    expect(said(await verify())).toBe('whole')
  })

  test('is read on from where an earlier look has come to, in pages', async () => {
    const { own, verify, chain } = await startAudit(3)
    const noted = (await chain.head())!
    await own.owner`
      INSERT INTO audit (actor, action) SELECT 'many', 'test' FROM generate_series(1, 2500)`
    const pages: number[] = []
    const onPage = ({ position }: { position: number }) => void pages.push(position)
    expect(await verify({ from: noted, onPage })).toMatchObject({ finding: null, entries: 2_500 })
    expect(pages).toEqual([1_003, 2_003, 2_503])
    expect(said(await verify({ from: { ...noted, hash: '0'.repeat(64) } }))).toBe(
      '3 is not what it was when --from was noted',
    )
  })

  test('is chained as far as it was there before there was a chain', async () => {
    const { own, add, verify, tamper } = await startAudit(3)
    // What the migration does with entries that it finds, done again to these.
    await tamper(`
      TRUNCATE audit_chain; UPDATE audit_head SET position = 0, hash = decode(repeat('00', 32), 'hex');
      UPDATE audit SET place = NULL, db_role = NULL`)
    await tamper(await statementOfMigration('FOR entry IN SELECT'))
    expect(await verify()).toMatchObject({ finding: null, entries: 3 })
    await add('after')
    expect(await verify()).toMatchObject({ finding: null, entries: 4 })
    const nulls = await own.owner`SELECT FROM audit WHERE db_role IS NULL`
    expect(nulls.length).toBe(3)
  })
})

describe('of ten entries, the first that is not as it was written is named:', () => {
  const CHANGED = '4 was changed, or is another than the one that was written there'
  const REMOVED = `DELETE FROM audit WHERE audit_no = ${ENTRY_4}`

  test.each([
    ['who', `UPDATE audit SET actor = 'nobody' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['what', `UPDATE audit SET action = 'other' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['when', `UPDATE audit SET at = at - interval '1 ms' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['where', `UPDATE audit SET place = 'elsewhere' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['as whom', `UPDATE audit SET db_role = 'postgres' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['whose', `UPDATE audit SET user_key = 'another' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['nobody’s, for somebody’s', `UPDATE audit SET user_key = '-' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['which institution', `UPDATE audit SET institution_id = NULL WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['why', `UPDATE audit SET reason = '' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['details', `UPDATE audit SET details = '{"count": 2}' WHERE audit_no = ${ENTRY_4}`, CHANGED],
    ['its number', `UPDATE audit SET audit_no = DEFAULT WHERE audit_no = ${ENTRY_4}`, '4 was removed'],
    ['its hash', `UPDATE audit_chain SET hash = sha256('') WHERE position = 4`, CHANGED],
    ['its removal', REMOVED, '4 was removed'],
    [
      'its removal, from the chain as well',
      `${REMOVED}; DELETE FROM audit_chain WHERE position = 4`,
      '4 was taken out of the chain',
    ],
    [
      'its removal, with the gap closed',
      `${REMOVED}; DELETE FROM audit_chain WHERE position = 4; ${SHIFT(5, -1)}; ${HEAD_AT_LAST}`,
      '4 does not follow the one before it: their order was changed',
    ],
    [
      'its order, with the next one',
      `UPDATE audit_chain SET position = -4 WHERE position = 4;
       UPDATE audit_chain SET position = 4 WHERE position = 5;
       UPDATE audit_chain SET position = 5 WHERE position = -4`,
      '4 does not follow the one before it: their order was changed',
    ],
    [
      'what stands there, exchanged with the next one',
      `UPDATE audit_chain SET audit_no = -audit_no WHERE position IN (4, 5);
       UPDATE audit_chain c SET audit_no = (SELECT -o.audit_no FROM audit_chain o WHERE o.position = 9 - c.position)
         WHERE position = 4;
       UPDATE audit_chain SET audit_no = -audit_no - 1 WHERE position = 5`,
      CHANGED,
    ],
    [
      'one put in beside the chain',
      `INSERT INTO audit (actor, action) VALUES ('forger', 'test')`,
      '- the entry numbered 11 was put in beside the chain',
    ],
    [
      'one put in between',
      `INSERT INTO audit (actor, action) VALUES ('forger', 'test'); ${SHIFT(4, 1)};
       INSERT INTO audit_chain SELECT 4, (SELECT max(audit_no) FROM audit), previous_hash, sha256('x')
         FROM audit_chain WHERE position = 5; ${HEAD_AT_LAST}`,
      CHANGED,
    ],
    [
      'the last three gone',
      `DELETE FROM audit WHERE audit_no > 7; DELETE FROM audit_chain WHERE position > 7`,
      '8 is gone, and all after it',
    ],
    ['the last three gone, but for the chain', `DELETE FROM audit WHERE audit_no > 7`, '8 was removed'],
    ['all gone', 'TRUNCATE audit, audit_chain', '1 is gone, and all after it'],
    ['the head gone', 'DELETE FROM audit_head', '- the head of the chain is gone'],
    [
      'the head set back',
      `UPDATE audit_head SET (position, hash) = (SELECT position, hash FROM audit_chain WHERE position = 7)`,
      '8 stands behind the head of the chain',
    ],
    ['another head', `UPDATE audit_head SET hash = sha256('x')`, '10 is not what the head of the chain says'],
  ])('%s', async (_, statements, finding) => {
    const { verify, tamper } = await startAudit(10)
    expect(said(await verify())).toBe('whole')
    await tamper(statements)
    expect(said(await verify())).toBe(finding)
  })
})

describe('an anchor that was kept elsewhere', () => {
  const CUT = `DELETE FROM audit WHERE audit_no > 7; DELETE FROM audit_chain WHERE position > 7; ${HEAD_AT_LAST}`
  const ANEW = '10 is not what its anchor says: the chain was written anew'

  test.each([
    ['an end cut off with its head', CUT, '8 is gone, and all after it, to the anchor at 10'],
    [
      'everything gone with its head',
      `TRUNCATE audit, audit_chain; UPDATE audit_head SET position = 0, hash = decode(repeat('00', 32), 'hex')`,
      '1 is gone, and all after it, to the anchor at 10',
    ],
    [
      'a change after which all was written anew',
      `UPDATE audit SET actor = 'nobody' WHERE audit_no = ${ENTRY_4}; ${WRITTEN_ANEW(4)}`,
      ANEW,
    ],
  ])('finds %s, which nothing else can', async (_, statements, finding) => {
    const { verify, tamper, chain } = await startAudit(10)
    const anchor = (await chain.head())!
    expect(said(await verify({ anchors: [anchor] }))).toBe('whole')
    await tamper(statements)
    expect(said(await verify())).toBe('whole')
    expect(said(await verify({ anchors: [anchor] }))).toBe(finding)
  })

  test('is compared also where the look begins after it, and holds while entries are added', async () => {
    const { verify, tamper, chain, add } = await startAudit(10)
    const anchor = (await chain.head())!
    await add('later')
    const from = (await chain.head())!
    expect(said(await verify({ anchors: [anchor] }))).toBe('whole')
    expect(said(await verify({ anchors: [anchor], from }))).toBe('whole')
    await tamper(`UPDATE audit_chain SET hash = sha256('x') WHERE position = 10`)
    expect(said(await verify({ anchors: [anchor], from }))).toBe(ANEW)
  })
})

describe('nobody changes it by mistake:', () => {
  test('its owner is refused, whatever they would change or remove', async () => {
    const { own, verify } = await startAudit(2)
    for (const statement of [
      `UPDATE audit SET reason = 'other'`,
      'DELETE FROM audit',
      'TRUNCATE audit',
      `UPDATE audit_chain SET hash = sha256('x')`,
      'DELETE FROM audit_chain',
      'TRUNCATE audit_chain',
      `INSERT INTO audit_chain VALUES (99, 99, sha256('x'), sha256('x'))`,
      'UPDATE audit_head SET position = 0',
      'DELETE FROM audit_head',
      'TRUNCATE audit_head',
    ])
      await expect(own.owner.unsafe(statement), statement).rejects.toThrow(
        'the audit is added to, never changed',
      )
    expect(said(await verify())).toBe('whole')
  })

  test('whoever adds an entry chooses neither its number nor its time, role or place in the chain', async () => {
    const { writer } = await startAudit(1)
    for (const statement of [
      `INSERT INTO audit (actor, action, at) VALUES ('x', 'y', now())`,
      `INSERT INTO audit (actor, action, db_role) VALUES ('x', 'y', 'postgres')`,
      `INSERT INTO audit (audit_no, actor, action) OVERRIDING SYSTEM VALUE VALUES (99, 'x', 'y')`,
      `INSERT INTO audit_chain VALUES (99, 99, sha256('x'), sha256('x'))`,
      'UPDATE audit_head SET position = 0',
    ])
      await expect(
        writer.asNobody((tx) => tx.execute(statement)),
        statement,
      ).rejects.toMatchObject({ code: '42501' })
  })
})

describe('the chain', () => {
  let own: TestDatabase
  let writer: Database
  let reader: Database
  beforeAll(async () => {
    own = await createTestDatabase()
    writer = open(own, 'moa_operator', 20)
    reader = open(own, 'moa_auditor')
  })
  afterAll(async () => {
    await Promise.all([writer.close(), reader.close()])
    await own.drop()
  })

  const entry = (actor: string) => ({ actor, action: 'test', reason: null, details: {} })
  const order = async (): Promise<string[]> => {
    const rows = await own.owner<{ actor: string }[]>`
      SELECT actor FROM audit_chain JOIN audit USING (audit_no) ORDER BY position`
    return rows.map(({ actor }) => actor)
  }

  test('follows the order of commits, not of writing, and has no gap where one was taken back', async () => {
    let goOn = (): void => {}
    const held = new Promise<void>((resolve) => (goOn = resolve))
    const slow = writer.asNobody(async (tx) => {
      await writeAudit(tx, null, entry('slow 1'))
      await writeAudit(tx, null, entry('slow 2'))
      await held
    })
    const refused = writer.asNobody(async (tx) => {
      await writeAudit(tx, null, entry('taken back'))
      throw new Error('refused')
    })
    await expect(refused).rejects.toThrow('refused')
    await writer.asNobody((tx) => writeAudit(tx, null, entry('quick')))
    goOn()
    await slow
    expect(await order()).toEqual(['quick', 'slow 1', 'slow 2'])
  })

  test('of a thousand acts on twenty connections, each taking locks after its entry, has no gap, and nobody waits in a circle', async () => {
    const seed = freshSeed()
    const random = createRandom(seed)
    const acts = Array.from({ length: 1_000 }, (_, no) => ({
      no,
      // In one order, as all protocols take theirs; which of them two acts have in common is chance.
      locks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].filter(() => random.chance(0.2)),
      entries: random.chance(0.2) ? 2 : 1,
      isRefused: random.chance(0.1),
    }))
    let tries = 0
    const act = ({ no, locks, entries, isRefused }: (typeof acts)[number]): Promise<string> =>
      writer
        .asNobody(async (tx) => {
          tries += 1 // whoever was in a circle, or waited in vain, would begin again
          for (let at = 0; at < entries; at += 1) await writeAudit(tx, null, entry(`act ${no}`))
          for (const one of locks) await tx.execute(`SELECT pg_advisory_xact_lock(${one})`)
          if (isRefused) throw new RangeError('refused')
        })
        .then(
          () => 'done',
          (error: Error) => error.message,
        )
    const left = [...acts]
    const outcomes = new Map<number, string>()
    const lane = async (): Promise<void> => {
      for (let next = left.shift(); next; next = left.shift()) outcomes.set(next.no, await act(next))
    }
    await Promise.all(Array.from({ length: 20 }, lane))
    const wanted = acts.map(({ no, isRefused }) => [no, isRefused ? 'refused' : 'done'] as const)
    expect(Object.fromEntries(outcomes), `seed ${seed}`).toEqual(Object.fromEntries(wanted))
    expect(tries, `seed ${seed}`).toBe(acts.length)
    const written = 3 + acts.reduce((sum, { isRefused, entries }) => sum + (isRefused ? 0 : entries), 0)
    const rows = await own.owner<{ position: number }[]>`
      SELECT position::int4 AS position FROM audit_chain ORDER BY position`
    expect(rows.map(({ position }) => position)).toEqual(Array.from({ length: written }, (_, at) => at + 1))
    const verified = await createAuditChain(reader).verify({ from: null, anchors: [], onPage: () => {} })
    expect(verified, `seed ${seed}`).toMatchObject({ finding: null, entries: written })
  })
})
