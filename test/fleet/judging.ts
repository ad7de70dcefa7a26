import type { Played } from './play-fleet.ts'
import { LEASE_MS } from './readings.ts'
import type { ReadingRecord } from './record.ts'
import { CAST, CUT, LONE_CUT, MINUTE, nameOf, SECOND, START } from './scenario.ts'

export type Period = { from: number; until: number }

export const when = (at: number): string => `${((at - START) / MINUTE).toFixed(2)} min`
export const isIn = (at: number, { from, until }: Period): boolean => from <= at && at < until
export function groupsOf<T extends { institutionId: string }>(all: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const each of all) {
    const group = groups.get(each.institutionId)
    if (group) group.push(each)
    else groups.set(each.institutionId, [each])
  }
  return groups
}

export const readingsOf = ({ record }: Played, id: string): ReadingRecord[] =>
  record.readings.filter(({ institutionId }) => institutionId === id)

export const openingsOf = ({ record }: Played, id: string) =>
  record.transitions.filter(({ institutionId, from }) => institutionId === id && from === 'closed')

export const lastAt = ({ record }: Played): number =>
  Math.max(...record.readings.map(({ begunAt }) => begunAt))

/** A lost probe keeps its lease. */
export const endOf = ({ begunAt, endedAt }: ReadingRecord): number => endedAt ?? begunAt + LEASE_MS

export const freshBy = ({ from, until }: Period): number => until + 2 * (until - from)

/** It never got out, or it was judged while nothing did. */
export const isCut = ({ begunAt }: { begunAt: number }): boolean =>
  [CUT, LONE_CUT].some(({ from, until }) => isIn(begunAt, { from: from - MINUTE, until: until + MINUTE }))

export const said = ({ institutionId, userId, begunAt, as, probe }: ReadingRecord): string =>
  `${institutionId} read for ${userId} at ${when(begunAt)} (${as}, probe ${probe})`

/** From each opening to the closing after it. */
export function periodsOpen({ record }: Played) {
  return [...groupsOf(record.transitions)].flatMap(([institutionId, transitions]) =>
    transitions.flatMap((opening, i) => {
      if (opening.from !== 'closed') return []
      const closing = transitions.slice(i).find(({ to }) => to === 'closed')
      return {
        institutionId,
        from: opening.at,
        until: closing?.at ?? Infinity,
        cause: closing?.cause ?? null,
      }
    }),
  )
}

/** What opened in this time without an outage of its own. */
export const openedIn = (played: Played, period: Period) =>
  periodsOpen(played).filter(
    ({ institutionId, from }) => institutionId !== nameOf(CAST.forEver) && isIn(from, period),
  )

/** How many probes go out while one wait after another passes in vain: after 30 s, 1, 2, 4, 8, 10, 10 … min. */
export function probesWithin(ms: number): number {
  let probes = 0
  for (let left = ms; left >= 0; probes += 1) left -= Math.min(10 * MINUTE, 30 * SECOND * 2 ** probes)
  return probes
}

/** Over every stretch that ends with a retry and begins with one: no more than may be saved, earned, and has risen. */
export function retriesBeyond(institutionId: string, readings: readonly ReadingRecord[]): string[] {
  let firsts = 0
  const retries: { at: number; firsts: number }[] = []
  for (const { as, begunAt } of readings) {
    if (as === 'first') firsts += 1
    if (as === 'retry') retries.push({ at: begunAt, firsts })
  }
  return retries.flatMap((last, j) => {
    const i = retries.findIndex((first, k) => {
      const allowed = 20 + (last.firsts - first.firsts) / 10 + (last.at - first.at) / (30 * SECOND) + 1
      return k <= j && j - k + 1 > allowed
    })
    return i < 0 ? [] : [`${institutionId}: ${j - i + 1} retries by ${when(last.at)}`]
  })
}
