import type { Effort } from './arguments.ts'
import type { Ground } from './ground.ts'
import { type Person, preparePeople } from './people.ts'
import { median, percentile } from './statistics.ts'
import { type Section, shown } from './tables.ts'

const N = 10
const PEOPLE = 8

/** What one arm of one round found: reads in ms, refreshes in ms, PostgreSQL's CPU per refresh in ms. */
type Found = { isOn: boolean; reads: number[]; refreshes: number[]; cpu: number[] }

/**
 * What row-level security costs: the same reads and the same quiet refreshes with it and without it, one arm after the
 * other in each round, the first arm changing from round to round. Without it every query still names its user.
 */
export async function rowSecurity(ground: Ground, { quick, rounds }: Effort): Promise<Section[]> {
  const people = await preparePeople(ground, 'row-security', PEOPLE, N)
  const reads = quick ? 100 : 500
  const tables = await guardedTables(ground)
  const found: Found[] = []
  try {
    for (let round = 0; round < Math.max(2, rounds); round += 1) {
      for (const isOn of round % 2 === 0 ? [true, false] : [false, true]) {
        await guard(ground, tables, isOn)
        found.push({
          isOn,
          reads: await readAll(ground, people, reads),
          ...(await refreshAll(ground, people)),
        })
      }
    }
  } finally {
    await guard(ground, tables, true)
  }
  return [sectionOf(found, tables.length)]
}

async function guardedTables({ owner }: Ground): Promise<string[]> {
  const rows = await owner<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity ORDER BY 1`
  return rows.map(({ name }) => name)
}

async function guard({ owner }: Ground, tables: readonly string[], isOn: boolean): Promise<void> {
  for (const table of tables)
    await owner.unsafe(`ALTER TABLE "${table}" ${isOn ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`)
}

/** Whole answers over HTTP, one after another; the first of each person is not counted: plans and pages are made anew. */
async function readAll({ api }: Ground, people: readonly Person[], reads: number): Promise<number[]> {
  for (const person of people) await api.readSnapshot(person)
  const found: number[] = []
  for (let at = 0; at < reads; at += 1) found.push((await api.readSnapshot(people[at % people.length]!)).ms)
  return found
}

async function refreshAll(ground: Ground, people: readonly Person[]) {
  const refreshes: number[] = []
  const cpu: number[] = []
  for (const person of people) {
    const before = ground.cpu().postgres
    const begunAt = performance.now()
    const { refreshNo } = await ground.api.start(person)
    refreshes.push((await ground.watcher.visible(person.userId, refreshNo)) - begunAt)
    const after = ground.cpu().postgres
    if (before !== undefined && after !== undefined) cpu.push(after - before)
  }
  return { refreshes, cpu }
}

function sectionOf(found: readonly Found[], tables: number): Section {
  const of = (isOn: boolean, what: 'reads' | 'refreshes' | 'cpu') =>
    found.filter((one) => one.isOn === isOn).flatMap((one) => one[what])
  const row = (name: string, what: 'reads' | 'refreshes' | 'cpu') => {
    const [on, off] = [of(true, what), of(false, what)]
    const [onP50, offP50] = [median(on), median(off)]
    return [
      name,
      shown(onP50),
      shown(offP50),
      shown(onP50 === null || offP50 === null ? null : onP50 - offP50),
      shown(percentile(on, 0.95)),
      shown(percentile(off, 0.95)),
      String(on.length),
    ]
  }
  return {
    title: 'row-level security: with it and without it',
    notes: [
      `${PEOPLE} people with ${N} banks; ${tables} tables guarded; arms alternate, ms, medians unless said otherwise`,
      'a difference below the spread of the arms themselves is none',
    ],
    columns: ['', 'with', 'without', 'difference', 'with p95', 'without p95', 'samples'],
    rows: [
      row('GET /v1/me/snapshot', 'reads'),
      row('a quiet refresh, event to visible', 'refreshes'),
      row('PostgreSQL’s CPU per refresh', 'cpu'),
    ],
    figures: [],
    raw: found,
  }
}
