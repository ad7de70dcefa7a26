import type { Keys } from '../db/keys.ts'
import type { Sealer } from '../db/sealing.ts'
import type { Effort } from './arguments.ts'
import { measureAudit } from './audit.ts'
import { createFloor } from './floor.ts'
import type { Ground } from './ground.ts'
import { preparePeople } from './people.ts'
import { median } from './statistics.ts'
import { type Section, shown } from './tables.ts'

const N = 10
const NEW_ROWS_EACH = 5
const OPERATIONS = ['seal', 'open', 'naturalKey'] as const
type Operation = (typeof OPERATIONS)[number]

/** What was done, how often, and how long it took in all. */
type Spent = Record<Operation, { calls: number; ms: number }>
type Found = { name: string; refreshes: { spent: Spent; ms: number }[] }

/** What sealing costs a refresh, and what the audit's chain costs an act. Reads open nothing and add no entry. */
export async function sealing(ground: Ground, effort: Effort): Promise<Section[]> {
  const times = effort.quick ? 3 : 5 * effort.rounds
  const [person] = await preparePeople(ground, 'sealing', 1, N)
  const spending = { now: nothing() }
  const repositories = ground.repositories.withKeys((keys) => counted(keys, () => spending.now))
  const floor = createFloor(repositories)
  try {
    const found: Found[] = []
    for (const [name, rows] of [
      ['nothing new', 0],
      [`${NEW_ROWS_EACH} new rows at each`, NEW_ROWS_EACH],
    ] as const) {
      const one: Found = { name, refreshes: [] }
      for (let time = 0; time <= times; time += 1) {
        if (rows > 0) await ground.institutions.addRows(person!.name, person!.institutionIds, rows)
        spending.now = nothing()
        const begunAt = performance.now()
        await floor.refresh(person!, () => {})
        if (time > 0) one.refreshes.push({ spent: spending.now, ms: performance.now() - begunAt }) // the first one warms up
      }
      found.push(one)
    }
    const fetched = await measureKeys(ground, person!.userId, effort.quick ? 50 : 500)
    return [sectionOf(found, fetched), await measureAudit(ground, effort)]
  } finally {
    await floor.close()
  }
}

const nothing = (): Spent => ({
  seal: { calls: 0, ms: 0 },
  open: { calls: 0, ms: 0 },
  naturalKey: { calls: 0, ms: 0 },
})

/** The same keys, with a clock beside every operation. */
function counted(keys: Keys, now: () => Spent): Keys {
  const timed =
    <A extends unknown[], R>(name: Operation, work: (...given: A) => R) =>
    (...given: A): R => {
      const begunAt = performance.now()
      const result = work(...given)
      now()[name].ms += performance.now() - begunAt
      now()[name].calls += 1
      return result
    }
  const timedSealer = (sealer: Sealer): Sealer => ({
    seal: timed('seal', sealer.seal),
    open: timed('open', sealer.open),
    naturalKey: timed('naturalKey', sealer.naturalKey),
  })
  return {
    ...keys,
    of: async (userId) => timedSealer(await keys.of(userId)),
    within: async (tx, userId) => timedSealer(await keys.within(tx, userId)),
  }
}

const all = (spent: Spent): number => OPERATIONS.reduce((sum, name) => sum + spent[name].ms, 0)

type Fetched = { rememberedMs: number | null; readMs: number | null }

/** A key that is in memory, and one that must be read and unwrapped. */
async function measureKeys({ repositories }: Ground, userId: number, times: number): Promise<Fetched> {
  const keys = repositories.keys
  const remembered: number[] = []
  const read: number[] = []
  const timed = async (into: number[]): Promise<void> => {
    const begunAt = performance.now()
    await keys.of(userId)
    into.push(performance.now() - begunAt)
  }
  for (let time = 0; time < times; time += 1) {
    keys.forget(userId)
    await timed(read)
    await timed(remembered)
  }
  return { rememberedMs: median(remembered), readMs: median(read) }
}

function sectionOf(found: readonly Found[], fetched: Fetched): Section {
  const middle = (one: Found, pick: (each: Found['refreshes'][number]) => number) =>
    median(one.refreshes.map(pick))
  return {
    title: 'sealing: what a refresh spends on it',
    notes: [
      `N = ${N}; the floor's refresh (no engine), its institutions answering at once; medians of ${found[0]!.refreshes.length}. A user's key is in memory.`,
      'naturalKey: the keyed hash that names a row; one for every row that comes, new or not. A read of a snapshot opens nothing.',
    ],
    columns: ['refresh', 'seals', 'opens', 'natural keys', 'ms of all these', 'ms of the refresh'],
    rows: found.map((one) => [
      one.name,
      ...OPERATIONS.map((name) => shown(middle(one, ({ spent }) => spent[name].calls))),
      shown(middle(one, ({ spent }) => all(spent))),
      shown(middle(one, ({ ms }) => ms)),
    ]),
    figures: [
      {
        name: 'sealing in a refresh with nothing new',
        value: middle(found[0]!, ({ spent }) => all(spent)),
        unit: 'ms',
      },
      { name: 'a user’s key, once in five minutes', value: fetched.readMs, unit: 'ms' },
      { name: 'a user’s key, in memory', value: fetched.rememberedMs, unit: 'ms' },
    ],
    raw: { found, fetched },
  }
}
