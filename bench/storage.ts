import { setTimeout as sleep } from 'node:timers/promises'

import type { Effort } from './arguments.ts'
import type { Ground } from './ground.ts'
import { type Person, preparePeople } from './people.ts'
import { countStatements, type Statements } from './statements.ts'
import { growth, median, total } from './statistics.ts'
import { type Section, shown } from './tables.ts'
import { TARGETS } from './targets.ts'

const N = 10
/** New rows at each of so many institutions. */
const CASES = [
  { changed: 0, institutions: 0, each: 0 },
  { changed: 5, institutions: 5, each: 1 },
  { changed: 500, institutions: 10, each: 50 },
]
type Case = (typeof CASES)[number]

/** What people own; everything else is what a refresh says about itself. */
const DATA_TABLES = ['accounts', 'balances', 'contracts', 'holdings', 'transactions', 'classifications']

type Writes = { inserted: number; updated: number; hot: number; deleted: number }
type Found = {
  one: Case
  walBytes: number[]
  fullPages: number[]
  writes: Record<string, Writes>
  refreshes: number
  statements: Statements
}

/** What one refresh leaves in the database: bytes of log, and rows by table. Nothing else runs meanwhile. */
export async function storage(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  const [person] = await preparePeople(ground, 'storage', 1, N)
  const found: Found[] = []
  await ground.owner.unsafe('ALTER SYSTEM SET autovacuum = off')
  await ground.owner`SELECT pg_reload_conf()`
  try {
    for (const one of CASES)
      found.push(await measureCase(ground, person!, one, quick ? 3 : Math.max(5, rounds)))
  } finally {
    await ground.owner.unsafe('ALTER SYSTEM RESET autovacuum')
    await ground.owner`SELECT pg_reload_conf()`
  }
  return [sectionOf(found), tablesOf(found)]
}

async function measureCase(ground: Ground, person: Person, one: Case, refreshes: number): Promise<Found> {
  await refreshWith(ground, person, one) // touches its pages once: the first write after a checkpoint logs them whole
  await flushStatistics(ground)
  const before = await writesByTable(ground)
  const walBytes: number[] = []
  const fullPages: number[] = []
  for (let k = 0; k < refreshes; k += 1) {
    const [start, pagesBefore] = await position(ground)
    await refreshWith(ground, person, one)
    const [end, pagesAfter] = await position(ground)
    walBytes.push(Number(end) - Number(start))
    fullPages.push(pagesAfter - pagesBefore)
  }
  await flushStatistics(ground)
  const after = await writesByTable(ground)
  const statements = await countStatements(ground, () => refreshWith(ground, person, one))
  const writes = Object.fromEntries(
    Object.entries(after).map(([name, counted]) => [name, growth<keyof Writes>(before[name] ?? {}, counted)]),
  )
  return { one, walBytes, fullPages, writes, refreshes, statements }
}

/** One refresh, to the end of its run: what follows the publication is part of what it costs. */
async function refreshWith(
  { api, watcher, institutions, owner }: Ground,
  person: Person,
  one: Case,
): Promise<void> {
  const at = person.institutionIds.slice(0, one.institutions)
  if (one.each > 0) await institutions.addRows(person.name, at, one.each)
  const { refreshNo } = await api.start(person)
  await watcher.visible(person.userId, refreshNo)
  await owner`SELECT 1 FROM refreshes WHERE user_id = ${person.userId} AND refresh_no = ${refreshNo} AND closed_at IS NOT NULL`
}

async function position({ owner }: Ground): Promise<[string, number]> {
  await sleep(50) // a commit record that is still on its way
  const [row] = await owner<{ lsn: string; pages: string }[]>`
    SELECT (pg_current_wal_insert_lsn() - '0/0')::text AS lsn, (SELECT wal_fpi FROM pg_stat_wal)::text AS pages`
  return [row!.lsn, Number(row!.pages)]
}

/**
 * A backend tells its counts at most once a second, or when it ends. Idle ones of Moa are ended: they tell, and the
 * pools open new ones when they need them.
 */
async function flushStatistics({ owner }: Ground): Promise<void> {
  await owner`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name LIKE 'moa %' AND application_name <> 'moa listener' AND state = 'idle'`
  await sleep(300)
  await owner`SELECT pg_stat_clear_snapshot()`
}

async function writesByTable({ owner }: Ground): Promise<Record<string, Writes>> {
  const rows = await owner<({ name: string } & Writes)[]>`
    SELECT relname AS name, n_tup_ins::float8 AS inserted, n_tup_upd::float8 AS updated, n_tup_hot_upd::float8 AS hot, n_tup_del::float8 AS deleted
    FROM pg_stat_user_tables WHERE schemaname = 'public'`
  return Object.fromEntries(rows.map(({ name, ...writes }) => [name, writes]))
}

const rowsOf = (found: Found, isWanted: (name: string) => boolean): number =>
  total(
    Object.entries(found.writes)
      .filter(([name]) => isWanted(name))
      .map(([, { inserted, updated, deleted }]) => inserted + updated + deleted),
  ) / found.refreshes

const isData = (name: string): boolean => DATA_TABLES.includes(name)

function sectionOf(found: readonly Found[]): Section {
  const quiet = found.find(({ one }) => one.changed === 0)!
  const quietWal = median(quiet.walBytes)
  return {
    title: 'storage: what one refresh writes',
    notes: [
      `N = ${N}; medians of ${quiet.refreshes} refreshes after one that is not counted; autovacuum off, full pages included.`,
      'changed: new rows at the institutions (each also moves a balance). data: holdings and classifications; rest: what a refresh says of itself.',
      'statements and transactions: counted from PostgreSQL’s log in one more refresh; BEGIN, COMMIT and set_config included.',
    ],
    columns: [
      'changed',
      'WAL KB',
      'full pages',
      'data rows',
      'other rows',
      'statements',
      'transactions',
      'of worker',
      'of api',
    ],
    rows: found.map((each) => [
      `${each.one.changed}`,
      shown((median(each.walBytes) ?? 0) / 1024),
      shown(median(each.fullPages)),
      shown(rowsOf(each, isData)),
      shown(rowsOf(each, (name) => !isData(name))),
      shown(each.statements.count),
      shown(each.statements.transactions),
      shown(each.statements.byProcess['moa worker'] ?? 0),
      shown(each.statements.byProcess['moa api'] ?? 0),
    ]),
    figures: [
      {
        name: 'data rows written, nothing new',
        value: rowsOf(quiet, isData),
        unit: '',
        target: TARGETS.quietDataRows,
      },
      {
        name: 'WAL, nothing new',
        value: quietWal === null ? null : quietWal / 1024,
        unit: 'KB',
        target: TARGETS.quietWalKb,
      },
    ],
    raw: found,
  }
}

function tablesOf(found: readonly Found[]): Section {
  const names = [...new Set(found.flatMap(({ writes }) => Object.keys(writes)))]
  const cell = (each: Found, name: string) => {
    const { inserted = 0, updated = 0, hot = 0, deleted = 0 } = each.writes[name] ?? {}
    const parts = [inserted, updated, hot, deleted].map((value) => shown(value / each.refreshes))
    return inserted + updated + deleted === 0 ? '' : parts.join(' / ')
  }
  return {
    title: 'rows by table: inserted / updated / of these without touching an index / deleted, per refresh',
    notes: [],
    columns: ['table', ...found.map(({ one }) => `${one.changed} changed`)],
    rows: names
      .map((name) => [name, ...found.map((each) => cell(each, name))])
      .filter(([, ...cells]) => cells.some((text) => text !== '')),
    figures: [],
  }
}
