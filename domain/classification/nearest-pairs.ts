import { instantOfKst } from '../time.ts'
import type { Classifiable } from './rule.ts'

// 16 rows each way: 10,000 rows of one amount in one hour make 160,000 candidates, sorted in a fraction of a second.
// Beyond 16 equal amounts inside the reach, the farthest stay unpaired, which is unknown and not a guess.
const LOOK = 16
// A row without a time lies at noon, at most 12 hours from the truth.
const NOON_MS = 12 * 60 * 60 * 1000

/** What lies on the line of time, and can be told from others. */
export type Dated = Pick<Classifiable, 'id' | 'occurredOn' | 'occurredAt' | 'timeKnown'>

export type Pairing<Left extends Dated, Right extends Dated> = {
  /** Only rows of one group can be a pair. */
  group: (row: Left | Right) => string
  /** How far apart two rows are, in milliseconds; null where they cannot be a pair. */
  distance: (left: Left, right: Right) => number | null
  /** Rows farther apart than this are never compared. */
  reachMs: number
}

type Candidate<Left, Right> = { left: Left; right: Right; distance: number }

/** Pairs each left row with at most one right row, the nearest first. Equal distances are decided by the ids. */
export function nearestPairs<Left extends Dated, Right extends Dated>(
  lefts: readonly Left[],
  rights: readonly Right[],
  pairing: Pairing<Left, Right>,
): [Left, Right][] {
  const rightsOf = grouped(rights, pairing.group)
  const candidates = lefts.flatMap((left) => around(left, rightsOf.get(pairing.group(left)) ?? [], pairing))
  const taken = new Set<Dated>()
  const pairs: [Left, Right][] = []
  for (const { left, right } of candidates.toSorted(nearestFirst)) {
    if (taken.has(left) || taken.has(right)) continue
    taken.add(left).add(right)
    pairs.push([left, right])
  }
  return pairs
}

/** Where a row lies on the line of time, in milliseconds. */
export const momentOf = (row: Dated): number =>
  row.timeKnown
    ? instantOfKst(row.occurredAt).getTime()
    : instantOfKst(`${row.occurredOn} 00:00:00`).getTime() + NOON_MS

/** Milliseconds between two rows. A row whose time is known is nearer than any of the same day whose time is not. */
export const apartMs = (left: Dated, right: Dated): number =>
  Math.abs(momentOf(left) - momentOf(right)) + (left.timeKnown && right.timeKnown ? 0 : NOON_MS)

type Placed<Row> = { row: Row; moment: number }

function grouped<Row extends Dated>(
  rows: readonly Row[],
  group: (row: Row) => string,
): ReadonlyMap<string, Placed<Row>[]> {
  const groups = new Map<string, Placed<Row>[]>()
  for (const row of rows) {
    const placed = { row, moment: momentOf(row) }
    const members = groups.get(group(row))
    if (members) members.push(placed)
    else groups.set(group(row), [placed])
  }
  for (const members of groups.values())
    members.sort((a, b) => a.moment - b.moment || byText(a.row.id, b.row.id))
  return groups
}

function around<Left extends Dated, Right extends Dated>(
  left: Left,
  rights: readonly Placed<Right>[],
  pairing: Pairing<Left, Right>,
): Candidate<Left, Right>[] {
  const moment = momentOf(left)
  const middle = firstFrom(rights, moment)
  return rights
    .slice(Math.max(0, middle - LOOK), middle + LOOK)
    .filter((placed) => Math.abs(placed.moment - moment) <= pairing.reachMs)
    .flatMap(({ row: right }) => {
      const distance = pairing.distance(left, right)
      return distance === null ? [] : [{ left, right, distance }]
    })
}

function firstFrom(rows: readonly Placed<Dated>[], moment: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle]?.moment ?? moment) < moment) low = middle + 1
    else high = middle
  }
  return low
}

const nearestFirst = (a: Candidate<Dated, Dated>, b: Candidate<Dated, Dated>): number =>
  a.distance - b.distance || byText(a.left.id, b.left.id) || byText(a.right.id, b.right.id)

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
