import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import type postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'

import { migrateDatabase } from '../../db/migrate.ts'
import { ownerClient } from './databases.ts'
import { until } from './world.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MIGRATIONS = join(ROOT, 'db/migrations')

type Entry = { idx: number; when: number; tag: string }

const journal = async (folder = MIGRATIONS): Promise<Entry[]> =>
  (JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8')) as { entries: Entry[] }).entries

/** A database with nothing in it. */
async function emptyDatabase(): Promise<{ url: string; owner: postgres.Sql }> {
  const admin = ownerClient(inject('postgresUrl'))
  const name = `moa_${randomBytes(6).toString('hex')}`
  await admin.unsafe(`CREATE DATABASE ${name} TEMPLATE template0`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  const owner = ownerClient(url.href)
  onTestFinished(async () => {
    await owner.end()
    await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)
    await admin.end()
  })
  return { url: url.href, owner }
}

/** The schema as words, to compare two of them. */
async function shapeOf(owner: postgres.Sql): Promise<string[]> {
  const rows = await owner<{ line: string }[]>`
    SELECT table_name || '.' || column_name || ' ' || data_type AS line FROM information_schema.columns
    WHERE table_schema = 'public'
    UNION ALL SELECT tablename || ' policy ' || policyname FROM pg_policies WHERE schemaname = 'public'
    UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT table_name || ' ' || grantee || ' ' || privilege_type
    FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee LIKE 'moa%'
    ORDER BY 1`
  return rows.map(({ line }) => line)
}

async function appliedIn(owner: postgres.Sql): Promise<number> {
  const [row] = await owner<[{ applied: number }]>`
    SELECT count(*)::int AS applied FROM drizzle.__drizzle_migrations`
  return row.applied
}

test('the journal is in order: an entry older than the last would be skipped without a word', async () => {
  const entries = await journal()
  expect(entries.map(({ idx }) => idx)).toEqual(entries.map((_, at) => at))
  expect(entries.map(({ when }) => when)).toEqual(entries.map(({ when }) => when).toSorted((a, b) => a - b))
  expect(new Set(entries.map(({ when }) => when)).size).toBe(entries.length)
  // No `when` of the future either: the next entry would be older.
  expect(entries.at(-1)!.when).toBeLessThan(Date.now() + 24 * 60 * 60 * 1000)
  const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).toSorted()
  expect(files).toEqual(entries.map(({ tag }) => `${tag}.sql`))
})

test('no migration does what cannot be done within a transaction', async () => {
  for (const { tag } of await journal()) {
    const text = await readFile(join(MIGRATIONS, `${tag}.sql`), 'utf8')
    expect({ tag, isConcurrent: /\bCONCURRENTLY\b/i.test(text) }).toEqual({ tag, isConcurrent: false })
  }
})

test('the migrations and the schema in code say the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'moa-migrations-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await cp(MIGRATIONS, folder, { recursive: true })
  const kit = join(ROOT, 'node_modules/drizzle-kit/bin.cjs')
  const given = ['--dialect', 'postgresql', '--schema', './db/schema/index.ts', '--out', folder]
  const { stdout } = await promisify(execFile)(process.execPath, [kit, 'generate', ...given], { cwd: ROOT })
  expect(await journal(folder), stdout).toEqual(await journal())
})

test('migrating again changes nothing, and several at once are as good as one', async () => {
  const [one, several] = await Promise.all([emptyDatabase(), emptyDatabase()])
  await migrateDatabase(one.url)
  const shape = await shapeOf(one.owner)
  await migrateDatabase(one.url)
  expect(await shapeOf(one.owner)).toEqual(shape)
  await Promise.all(Array.from({ length: 4 }, () => migrateDatabase(several.url)))
  expect(await shapeOf(several.owner)).toEqual(shape)
  expect(await appliedIn(several.owner)).toBe((await journal()).length)
})

test('killed in the middle it leaves nothing half-made, and the next one makes all of it', async () => {
  const { url, owner } = await emptyDatabase()
  // Its first policy is held: by then it has made tables, and not given every right.
  await owner.unsafe(`
    CREATE FUNCTION hold() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); END';
    CREATE EVENT TRIGGER held ON ddl_command_start WHEN TAG IN ('CREATE POLICY') EXECUTE FUNCTION hold()`)
  // In a process of its own, which may die of it.
  const script = `import { migrateDatabase } from './db/migrate.ts'; await migrateDatabase(process.argv[1])`
  const given = ['--import', 'tsx', '--input-type=module', '-e', script, url]
  const killed = promisify(execFile)(process.execPath, given, { cwd: ROOT }).then(
    () => 'done',
    () => 'killed',
  )
  await until('it to be in the middle', async () => {
    const rows = await owner`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event = 'PgSleep'`
    return rows.length > 0
  })
  expect(await killed).toBe('killed')
  await owner.unsafe('DROP EVENT TRIGGER held; DROP FUNCTION hold()')
  const left = await owner`SELECT FROM information_schema.tables WHERE table_schema = 'public'`
  expect(left.length).toBe(0)
  await migrateDatabase(url)
  expect(await appliedIn(owner)).toBe((await journal()).length)
  const held = await owner`SELECT FROM pg_locks WHERE locktype = 'advisory'`
  expect(held.length).toBe(0)
})
