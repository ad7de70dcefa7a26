import type { Call } from './call-log.ts'
import type { Mangle } from './mangle.ts'
import { type Random, random, seedOf } from './random.ts'

/** What an institution does instead of answering at once and well. */
export type Behaviour = {
  /** '*': every institution without a rule of its own. */
  institutionId: string
  /** Only calls of this person. */
  person?: string | undefined
  /** Fixed, or lognormal around a median. */
  latencyMs?: number | { p50: number; sigma: number } | undefined
  status?: { http: number; rspCode?: string; retryAfter?: number | string } | undefined
  /** Never answers. */
  hang?: boolean | undefined
  /** Spoils the answer instead of replacing it. */
  mangle?: Mangle | undefined
  /** Only calls of this x-api-type, e.g. 'scheduled' with 50009. */
  apiType?: string | undefined
  /** Only this API, e.g. 'bank-004'. */
  api?: string | undefined
  /** How many calls, then heals. */
  times?: number | undefined
  /** From the so-manieth matching call on (1 = the first), e.g. a failure in the middle of paging. */
  after?: number | undefined
}
export type Behaviours = ReturnType<typeof createBehaviours>
export type Effect = Pick<Behaviour, 'status' | 'hang' | 'mangle'> & { delayMs: number }

/** The longest drawn latency: no client waits longer for a call. */
const MAX_LATENCY_MS = 60_000

/** The rules in force, at most one for each institution, API and person; a new one replaces it. */
export function createBehaviours(seed: string) {
  const rules = new Map<string, { rule: Behaviour; left: number; skip: number; luck: Random }>()
  const set = (rule: Behaviour) => {
    const key = keyOf(rule.institutionId, rule.api, rule.person)
    rules.set(key, {
      rule,
      left: rule.times ?? Infinity,
      skip: (rule.after ?? 1) - 1,
      luck: random(seedOf(seed, 'latency', key)),
    })
  }
  /** What happens to this call; uses up one of a rule's times. */
  const next = (
    institutionId: string,
    api: string,
    { apiType = null, person = null }: Partial<Pick<Call, 'apiType' | 'person'>> = {},
  ): Effect => {
    const nearestFirst = (whose?: string) => [
      keyOf(institutionId, api, whose),
      keyOf(institutionId, undefined, whose),
      keyOf('*', api, whose),
      keyOf('*', undefined, whose),
    ]
    const keys = [...(person === null ? [] : nearestFirst(person)), ...nearestFirst()]
    const found = keys.find((key) => appliesTo(rules.get(key)?.rule, apiType))
    const held = found === undefined ? undefined : rules.get(found)
    if (found === undefined || !held) return { delayMs: 0 }
    if (held.skip > 0) {
      held.skip -= 1
      return { delayMs: 0 }
    }
    held.left -= 1
    if (held.left <= 0) rules.delete(found)
    const { latencyMs, status, hang, mangle } = held.rule
    return { delayMs: delayOf(latencyMs, held.luck), status, hang, mangle }
  }
  return { set, next, reset: () => rules.clear(), list: () => [...rules.values()].map(({ rule }) => rule) }
}

function appliesTo(rule: Behaviour | undefined, apiType: string | null): boolean {
  return rule !== undefined && (rule.apiType === undefined || rule.apiType === apiType)
}

function keyOf(institutionId: string, api: string | undefined, person?: string): string {
  return `${institutionId} ${api ?? '*'}${person === undefined ? '' : ` ${person}`}`
}

function delayOf(latency: Behaviour['latencyMs'], luck: Random): number {
  if (latency === undefined) return 0
  const drawn = typeof latency === 'number' ? latency : latency.p50 * Math.exp(latency.sigma * luck.normal())
  return Math.min(drawn, MAX_LATENCY_MS)
}
