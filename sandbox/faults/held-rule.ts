import { forgetOldest } from '../forget-oldest.ts'
import { random, type Random, seedOf } from '../random.ts'
import { openUntil } from './hours.ts'
import type { Behaviour, Struck } from './rule.ts'

/** What rules are judged by. */
export type Surroundings = {
  seed: string
  institutionIds: readonly string[]
  /** The institutions' clock. */
  now: () => number
  realNow: () => number
}
export type HeldRule = ReturnType<typeof holdRule>

/** Pairs of a person and an institution whose calls are counted; the oldest is forgotten. */
const MAX_COUNTED = 10_000

/** A rule in force with what it has seen. The same seed and the same calls of an institution give the same draws. */
export function holdRule(id: string, rule: Behaviour, surroundings: Surroundings) {
  const { seed, now, realNow } = surroundings
  const since = now()
  const lucks = new Map<string, Random>()
  const counts = new Map<string, { window: number; calls: number }>()
  const chosen = chosenBy(rule, id, surroundings)
  let [seen, fired] = [0, 0]

  const luckOf = (institutionId: string): Random => {
    const known = lucks.get(institutionId) ?? random(seedOf(seed, 'rule', id, institutionId))
    lucks.set(institutionId, known)
    return known
  }
  /** Whether it would strike now, but for what is drawn or counted for each call; and until when. */
  const endOf = (institutionId: string): number | undefined => {
    if (rule.institutionId !== '*' && rule.institutionId !== institutionId) return undefined
    if (rule.forSeconds !== undefined && now() >= since + rule.forSeconds * 1000) return undefined
    if (chosen && !chosen.has(institutionId)) return undefined
    if (!isDrawnFor(rule, [seed, id, institutionId], now())) return undefined
    const hours = openUntil(rule, now())
    if (hours === undefined || rule.forSeconds === undefined) return hours
    return Math.min(hours, since + rule.forSeconds * 1000)
  }
  /** A person's calls there in this window of real time, this one among them. */
  const countOf = ({ institutionId, person }: Struck, perSeconds: number): number => {
    const key = `${institutionId}|${person}`
    const window = Math.floor(realNow() / (perSeconds * 1000))
    const before = counts.get(key)
    const calls = before?.window === window ? before.calls + 1 : 1
    counts.delete(key)
    counts.set(key, { window, calls })
    if (counts.size > MAX_COUNTED) forgetOldest(counts)
    return calls
  }
  /** Whether it strikes this call, which is counted. */
  const strikes = (call: Struck): boolean => {
    if (rule.apiType !== undefined && rule.apiType !== call.apiType) return false
    if (rule.api !== undefined && rule.api !== call.api) return false
    if (rule.person !== undefined && rule.person !== call.person) return false
    if (endOf(call.institutionId) === undefined) return false
    seen += 1
    const late = seen - (rule.after ?? 1)
    if (late < 0 || late % (rule.every ?? 1) !== 0) return false
    if (rule.over && countOf(call, rule.over.perSeconds) <= rule.over.calls) return false
    const { probability, drawnEverySeconds } = rule
    if (probability !== undefined && drawnEverySeconds === undefined)
      if (!luckOf(call.institutionId).chance(probability)) return false
    fired += 1
    return true
  }
  return {
    id,
    rule,
    luckOf,
    endOf,
    strikes,
    isUsedUp: () => fired >= (rule.times ?? Infinity),
    told: () => ({ id, ...rule, seen, fired }),
  }
}

/** The institutions that a rule about a share of them is about: whole numbers of them, picked by seed and group. */
function chosenBy(rule: Behaviour, id: string, { seed, institutionIds }: Surroundings) {
  if (rule.share === undefined) return undefined
  const rank = (institutionId: string) => seedOf(seed, 'share', rule.group ?? id, institutionId)
  const ranked = institutionIds.toSorted((one, other) => rank(one) - rank(other))
  return new Set(ranked.slice(0, Math.round(rule.share * institutionIds.length)))
}

/** What was drawn for this stretch of time; without stretches each call draws for itself. */
function isDrawnFor(
  { probability, drawnEverySeconds }: Behaviour,
  parts: readonly string[],
  now: number,
): boolean {
  if (probability === undefined || drawnEverySeconds === undefined) return true
  const stretch = Math.floor(now / (drawnEverySeconds * 1000))
  return seedOf('stretch', ...parts, `${stretch}`) / 2 ** 32 < probability
}
