import { instantOfKst } from '../time.ts'
import type { Classifiable } from './rule.ts'

// 16 rows each way: 10,000 rows of one amount in one hour make 160,000 candidates, sorted in a fraction of a second.
// Beyond 16 equal amounts inside the reach, the farthest stay unpaired, which is unknown and not a guess.
const LOOK = 16
// A row without a time lies at noon, at most 12 hours from the truth.
const NOON_MS = 12 * 60 * 60 * 1000

export type Pairing = {
  /** Only rows of one group can be a pair. */
  group: (row: Classifiable) => string
  /** How far apart two rows are, in milliseconds; null where they cannot be a pair. */
  distance: (left: Classifiable, right: Classifiable) => number | null
  /** Rows farther apart than this are never compared. */
  reachMs: number
}

type Candidate = { left: Classifiable; right: Classifiable; distance: number }

/** Pairs each left row with at most one right row, the nearest first. Equal distances are decided by the ids. */
export function nearestPairs(
  lefts: readonly Classifiable[],
  rights: readonly Classifiable[],
  pairing: Pairing,
): [Classifiable, Classifiable][] {
  const rightsOf = grouped(rights, pairing.group)
  const candidates = lefts.flatMap((left) => around(left, rightsOf.get(pairing.group(left)) ?? [], pairing))
  const taken = new Set<Classifiable>()
  const pairs: [Classifiable, Classifiable][] = []
  for (const { left, right } of candidates.toSorted(nearestFirst)) {
    if (taken.has(left) || taken.has(right)) continue
    taken.add(left).add(right)
    pairs.push([left, right])
  }
  return pairs
}

/** Where a row lies on the line of time, in milliseconds. */
export const momentOf = (row: Classifiable): number =>
  row.timeKnown
    ? instantOfKst(row.occurredAt).getTime()
    : instantOfKst(`${row.occurredOn} 00:00:00`).getTime() + NOON_MS

/** Milliseconds between two rows. A row whose time is known is nearer than any of the same day whose time is not. */
export const apartMs = (left: Classifiable, right: Classifiable): number =>
  Math.abs(momentOf(left) - momentOf(right)) + (left.timeKnown && right.timeKnown ? 0 : NOON_MS)

type Placed = { row: Classifiable; moment: number }

function grouped(
  rows: readonly Classifiable[],
  group: (row: Classifiable) => string,
): ReadonlyMap<string, Placed[]> {
  const groups = new Map<string, Placed[]>()
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

function around(left: Classifiable, rights: readonly Placed[], pairing: Pairing): Candidate[] {
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

function firstFrom(rows: readonly Placed[], moment: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle]?.moment ?? moment) < moment) low = middle + 1
    else high = middle
  }
  return low
}

const nearestFirst = (a: Candidate, b: Candidate): number =>
  a.distance - b.distance || byText(a.left.id, b.left.id) || byText(a.right.id, b.right.id)

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
